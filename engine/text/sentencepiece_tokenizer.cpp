// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/sentencepiece_tokenizer.h"

#include "engine/text/decoders.h"
#include "engine/text/json_fields.h"
#include "engine/text/metaspace.h"
#include "engine/text/sentencepiece_models.h"
#include "engine/text/sentencepiece_normalizer.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

bool isText(SentencePieceType type)
{
    return type == SentencePieceType::Normal || type == SentencePieceType::UserDefined
        || type == SentencePieceType::Unused;
}

std::unique_ptr<SentencePieceModel> makeModel(const SentencePieceTable& table, const std::string& origin)
{
    switch (table.file.modelType) {
    case 1: return makeSentencePieceUnigram(table);
    case 2: return makeSentencePieceBpe(table);
    case 3: failUnknownKind(origin + ": model_type", "WORD", "UNIGRAM, BPE");
    case 4: failUnknownKind(origin + ": model_type", "CHAR", "UNIGRAM, BPE");
    default: failUnknownKind(origin + ": model_type", "of a later version", "UNIGRAM, BPE");
    }
}

// Every byte that belongs to no character becomes U+FFFD.
std::string spelled(const std::string& bytes)
{
    std::string text;
    for (std::size_t i = 0; i < bytes.size();) {
        std::size_t next = i;
        if (nextCodePoint(bytes, next) == illFormed) {
            text += "\xEF\xBF\xBD";
            ++i;
            continue;
        }
        text.append(bytes, i, next - i);
        i = next;
    }
    return text;
}

class SentencePieceTokenizer : public Tokenizer {
public:
    SentencePieceTokenizer(const std::string& content, const std::string& origin)
        : m_table(parseSentencePieceFile(content, origin), origin)
        , m_normalizer(m_table.file, m_table.userDefined, origin)
        , m_model(makeModel(m_table, origin))
    {
    }

    std::string decode(std::span<const std::int32_t> ids, bool skipSpecial) const override;

    std::int32_t idOf(std::string_view piece) const override
    {
        const std::int32_t id = m_table.reserved.idOf(piece);
        return id >= 0 ? id : m_table.textPieces.idOf(piece);
    }
    std::string piece(std::int32_t id) const override
    {
        return id < 0 || id >= size() ? std::string() : m_table.file.pieces[static_cast<std::size_t>(id)].piece;
    }
    std::int32_t size() const override { return static_cast<std::int32_t>(m_table.file.pieces.size()); }
    std::string kind() const override
    {
        return m_table.file.modelType == 2 ? "SentencePiece BPE" : "SentencePiece Unigram";
    }

protected:
    std::vector<std::int32_t> encodePlain(std::string_view text) const override
    {
        const std::string normalized = m_normalizer.apply(text);
        std::vector<std::int32_t> ids;
        bool afterUnknown = false;
        for (const PieceOfText& piece : m_model->encode(normalized)) {
            const bool unknown = piece.id == m_table.unknown;
            if (unknown && !m_table.bytes.empty())
                for (const char byte : piece.text)
                    ids.push_back(m_table.bytes[static_cast<unsigned char>(byte)]);
            else if (!unknown || !afterUnknown) // unknown pieces that follow each other are one
                ids.push_back(piece.id);
            afterUnknown = unknown;
        }
        return ids;
    }

    // The file does not say what a text begins and ends with.
    std::vector<std::int32_t> withSpecial(std::vector<std::int32_t> ids) const override { return ids; }

private:
    SentencePieceTable m_table;
    SentencePieceNormalizer m_normalizer;
    std::unique_ptr<SentencePieceModel> m_model;
};

std::string SentencePieceTokenizer::decode(std::span<const std::int32_t> ids, bool skipSpecial) const
{
    std::vector<std::string> parts;
    std::string bytes;
    bool atStart = true;
    for (const std::int32_t id : ids) {
        if (id < 0 || id >= size())
            continue;
        const SentencePieceType type = m_table.type(id);
        std::string text = piece(id);
        if (type == SentencePieceType::Byte) {
            bytes += static_cast<char>(byteOfPiece(text));
            continue;
        }
        spellBytes(bytes, parts, spelled);
        atStart = atStart && parts.empty();
        if (type == SentencePieceType::Control)
            text = skipSpecial ? "" : text;
        else if (type == SentencePieceType::Unknown)
            text = m_table.file.unknownSurface;
        else if (atStart && (m_table.file.addSpacePrefix || m_table.file.removeExtraSpaces)
            && text.starts_with(spaceMark)) {
            text.erase(0, spaceMark.size());
            atStart = m_table.file.removeExtraSpaces; // then more of them go as well
        }
        if (!text.empty())
            parts.push_back(replaced(std::move(text), std::string(spaceMark), " "));
    }
    spellBytes(bytes, parts, spelled);
    std::string text;
    for (const std::string& part : parts)
        text += part;
    return text;
}

} // namespace

SentencePieceTable::SentencePieceTable(SentencePieceFile parsed, const std::string& origin)
    : file(std::move(parsed))
{
    std::vector<std::pair<std::string, std::int32_t>> defined;
    std::vector<std::int32_t> byteIds(256, -1);
    for (std::size_t i = 0; i < file.pieces.size(); ++i) {
        const SentencePieceEntry& entry = file.pieces[i];
        const auto id = static_cast<std::int32_t>(i);
        const std::string where = origin + ": piece " + std::to_string(i);
        if (entry.piece.empty())
            failInput(where, "is empty");
        Vocabulary& names = isText(entry.type) ? textPieces : reserved;
        if (names.idOf(entry.piece) >= 0)
            failInput(where, "\"" + entry.piece + "\" is there already");
        names.add(entry.piece, id);
        if (entry.type == SentencePieceType::UserDefined)
            defined.emplace_back(entry.piece, id);
        if (entry.type == SentencePieceType::Unknown)
            unknown = id;
        if (entry.type == SentencePieceType::Byte) {
            if (byteOfPiece(entry.piece) < 0)
                failInput(where, "\"" + entry.piece + "\" names no byte");
            byteIds[static_cast<std::size_t>(byteOfPiece(entry.piece))] = id;
        }
    }
    if (unknown < 0)
        failInput(origin, "has no unknown piece");
    userDefined = PieceTrie(std::move(defined));
    if (!file.byteFallback)
        return;
    for (const std::int32_t id : byteIds)
        if (id < 0)
            failInput(origin, "byte fallback without all 256 byte pieces");
    bytes = std::move(byteIds);
}

std::int32_t SentencePieceTable::idOf(std::string_view piece) const
{
    const std::int32_t id = textPieces.idOf(piece);
    return id >= 0 ? id : unknown;
}

std::shared_ptr<const Tokenizer> tokenizerFromSentencePiece(const std::string& content, const std::string& origin)
{
    return std::make_shared<SentencePieceTokenizer>(content, origin);
}

} // namespace recoscope
