// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/byte_alphabet.h"

#include <array>

#include "engine/text/unicode.h"

namespace recoscope {

namespace {

struct Alphabet {
    std::array<std::string, 256> letters;
    std::array<int, 512> bytes; // of a code point, -1 outside the alphabet

    Alphabet()
    {
        bytes.fill(-1);
        char32_t next = 256;
        for (int byte = 0; byte < 256; ++byte) {
            const bool visible = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
            const char32_t letter = visible ? static_cast<char32_t>(byte) : next++;
            appendUtf8(letters[static_cast<std::size_t>(byte)], letter);
            bytes[letter] = byte;
        }
    }
};

const Alphabet& alphabet()
{
    static const Alphabet made;
    return made;
}

} // namespace

std::string bytesToLetters(std::string_view text)
{
    std::string letters;
    letters.reserve(text.size() + text.size() / 4);
    for (const char byte : text)
        letters += alphabet().letters[static_cast<unsigned char>(byte)];
    return letters;
}

std::string lettersToBytes(std::string_view letters)
{
    std::string bytes;
    for (std::size_t i = 0; i < letters.size();) {
        const char32_t c = nextCodePoint(letters, i);
        const int byte = c < alphabet().bytes.size() ? alphabet().bytes[c] : -1;
        if (byte < 0)
            return std::string(letters);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

} // namespace recoscope
