// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/token_model.h"

#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

// The visible list.
constexpr ComponentKind<TokenModel> kinds[] = {
    {"BPE", makeBpe},
    {"WordPiece", makeWordPiece},
    {"Unigram", makeUnigram},
};

// Files older than the key "type" tell by their other keys.
const char* kindOfOldFile(const Json& json)
{
    if (hasField(json, "merges"))
        return "BPE";
    return hasField(json, "vocab") && json.at("vocab").is_array() ? "Unigram" : "WordPiece";
}

} // namespace

NamedTokenModel makeTokenModel(const Json& json, const std::string& where)
{
    if (!json.is_object())
        failInput(where, "is missing");
    Json named = json;
    if (!hasField(named, "type"))
        named["type"] = kindOfOldFile(json);
    return {textOf(named, "type", where), makeComponent<TokenModel>(kinds, named, where)};
}

Vocabulary vocabularyFrom(const Json& json, const std::string& where)
{
    const Json& table = fieldOf(json, "vocab", where);
    if (!table.is_object())
        failInput(where, "`vocab` is not an object");
    Vocabulary vocabulary;
    for (const auto& [piece, id] : table.items())
        vocabulary.add(piece, idFrom(id, where + " vocab"));
    return vocabulary;
}

bool appendByteIds(const Vocabulary& vocabulary, std::string_view text, std::vector<std::int32_t>& ids)
{
    const std::size_t before = ids.size();
    for (const char byte : text) {
        ids.push_back(vocabulary.idOf(bytePiece(static_cast<unsigned char>(byte))));
        if (ids.back() < 0) {
            ids.resize(before);
            return false;
        }
    }
    return true;
}

} // namespace recoscope
