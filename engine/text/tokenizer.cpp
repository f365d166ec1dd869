// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/tokenizer.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/text/sentencepiece_tokenizer.h"
#include "engine/text/tokenizer_json.h"

namespace recoscope {

namespace {

// Normalisation makes a text some ten times longer at most, and ICU counts in 32 bits.
constexpr std::size_t longestText = std::size_t(16) << 20;

// In the order of preference: tokenizer.json also tells what is added around a text.
constexpr const char* names[]
    = {"tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"};

bool looksLikeJson(const std::string& content)
{
    const std::size_t start = content.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    const std::size_t first = content.find_first_not_of(" \t\r\n", start);
    return first != std::string::npos && content[first] == '{';
}

} // namespace

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, bool addSpecial, std::size_t maxTokens) const
{
    if (text.size() > longestText)
        throw Error(
            ErrorKind::Input, "a text of " + std::to_string(text.size()) + " bytes", "encode it in parts of 16 MiB");
    std::vector<std::int32_t> ids = encodePlain(text);
    if (maxTokens > 0) {
        const std::size_t added = addSpecial ? withSpecial({}).size() : 0;
        ids.resize(std::min(ids.size(), maxTokens - std::min(added, maxTokens)));
    }
    return addSpecial ? withSpecial(std::move(ids)) : ids;
}

Path tokenizerFile(const Path& folder)
{
    for (const char* name : names)
        if (std::filesystem::is_regular_file(folder / name))
            return folder / name;
    std::string list;
    for (const char* name : names)
        list += (list.empty() ? "" : ", ") + std::string(name);
    throw Error(ErrorKind::NotFound, "no tokeniser in " + folder.string(), "a folder has one of " + list);
}

std::shared_ptr<const Tokenizer> loadTokenizer(const Path& path)
{
    const Path file = std::filesystem::is_directory(path) ? tokenizerFile(path) : path;
    const std::string content = readFile(file);
    // A SentencePiece file begins with the bytes of a line feed and a length, which JSON may begin with as well.
    if (file.extension() == ".json" || (file.extension() != ".model" && looksLikeJson(content)))
        return tokenizerFromJson(content, file.string());
    return tokenizerFromSentencePiece(content, file.string());
}

} // namespace recoscope
