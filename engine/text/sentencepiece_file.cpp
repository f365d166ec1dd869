// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/sentencepiece_file.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

// One field of a message. Wire types: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes.
struct ProtobufField {
    std::uint64_t number = 0;
    int wire = 0;
    std::uint64_t value = 0; // of wire types 0, 1 and 5
    std::string_view bytes; // of wire type 2
};

class ProtobufReader {
public:
    ProtobufReader(std::string_view message, const std::string& where)
        : m_rest(message)
        , m_where(where)
    {
    }

    std::optional<ProtobufField> next()
    {
        if (m_rest.empty())
            return std::nullopt;
        const std::uint64_t tag = varint();
        ProtobufField field{tag >> 3, static_cast<int>(tag & 7), 0, {}};
        switch (field.wire) {
        case 0: field.value = varint(); break;
        case 1: field.value = littleEndian(8); break;
        case 2: field.bytes = take(varint()); break;
        case 5: field.value = littleEndian(4); break;
        default: fail();
        }
        if (field.number == 0)
            fail();
        return field;
    }

private:
    [[noreturn]] void fail() const { failInput(m_where, "is cut short, damaged, or no SentencePiece model"); }

    std::string_view take(std::uint64_t length)
    {
        if (length > m_rest.size())
            fail();
        const std::string_view taken = m_rest.substr(0, static_cast<std::size_t>(length));
        m_rest.remove_prefix(taken.size());
        return taken;
    }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1)[0]);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80)
                return value;
        }
        fail();
    }

    std::uint64_t littleEndian(std::size_t bytes)
    {
        std::uint64_t value = 0;
        int shift = 0;
        for (const char byte : take(bytes)) {
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
            shift += 8;
        }
        return value;
    }

    std::string_view m_rest;
    std::string m_where;
};

SentencePieceEntry entryFrom(std::string_view message, const std::string& where)
{
    SentencePieceEntry entry;
    ProtobufReader reader(message, where);
    while (const auto field = reader.next()) {
        if (field->number == 1 && field->wire == 2)
            entry.piece = std::string(field->bytes);
        else if (field->number == 2 && field->wire == 5)
            entry.score = std::bit_cast<float>(static_cast<std::uint32_t>(field->value));
        else if (field->number == 3 && field->wire == 0) {
            if (field->value < 1 || field->value > 6)
                failInput(where, "a piece of type " + std::to_string(field->value) + "; 1 to 6 are known");
            entry.type = static_cast<SentencePieceType>(field->value);
        }
    }
    if (!std::isfinite(entry.score))
        failInput(where, "a score is not a number");
    return entry;
}

void readTrainer(std::string_view message, SentencePieceFile& file, const std::string& where)
{
    ProtobufReader reader(message, where);
    while (const auto field = reader.next()) {
        if (field->number == 3 && field->wire == 0)
            file.modelType = field->value > 4 ? 0 : static_cast<int>(field->value);
        else if (field->number == 24 && field->wire == 0)
            file.spaceBehind = field->value != 0;
        else if (field->number == 35 && field->wire == 0)
            file.byteFallback = field->value != 0;
        else if (field->number == 44 && field->wire == 2)
            file.unknownSurface = std::string(field->bytes);
    }
}

void readNormalizer(std::string_view message, SentencePieceFile& file, const std::string& where)
{
    ProtobufReader reader(message, where);
    while (const auto field = reader.next()) {
        if (field->number == 2 && field->wire == 2)
            file.charsmap = std::string(field->bytes);
        else if (field->number == 3 && field->wire == 0)
            file.addSpacePrefix = field->value != 0;
        else if (field->number == 4 && field->wire == 0)
            file.removeExtraSpaces = field->value != 0;
        else if (field->number == 5 && field->wire == 0)
            file.escapeSpaces = field->value != 0;
    }
}

} // namespace

SentencePieceFile parseSentencePieceFile(std::string_view content, const std::string& origin)
{
    SentencePieceFile file;
    ProtobufReader reader(content, origin);
    while (const auto field = reader.next()) {
        if (field->wire != 2)
            continue;
        switch (field->number) {
        case 1:
            file.pieces.push_back(entryFrom(field->bytes, origin + ": piece " + std::to_string(file.pieces.size())));
            break;
        case 2: readTrainer(field->bytes, file, origin + ": trainer_spec"); break;
        case 3: readNormalizer(field->bytes, file, origin + ": normalizer_spec"); break;
        default: break;
        }
    }
    if (file.pieces.empty())
        failInput(origin, "holds no pieces: no SentencePiece model");
    return file;
}

} // namespace recoscope
