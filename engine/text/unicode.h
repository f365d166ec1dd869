// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// UTF-8 and the character classes that tokenisers speak of. Functions are pure; text is UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <unicode/unistr.h>

namespace recoscope {

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };

// Each longest part of an ill-formed sequence becomes one U+FFFD.
std::string validUtf8(std::string_view text);
// The code point at `index`, which moves behind it; -1 for one ill-formed part.
char32_t nextCodePoint(std::string_view text, std::size_t& index);
constexpr char32_t illFormed = static_cast<char32_t>(-1);
void appendUtf8(std::string& text, char32_t c);
// Bytes of the character that begins at text[index], by its first byte alone and never beyond the end.
std::size_t characterLength(std::string_view text, std::size_t index);
std::size_t characterCount(std::string_view text);

std::string normalized(const std::string& text, NormalForm form);
// Character by character: a final sigma is not seen as one.
std::string lowercase(const std::string& text);

bool isWhiteSpace(char32_t c);
bool isPunctuation(char32_t c); // ASCII symbols too
bool isNumeric(char32_t c);
bool isMark(char32_t c);
bool isNonspacingMark(char32_t c);
bool isOther(char32_t c); // control, format, private use

// Keeps the characters for which `keep` holds.
template <class Keep> std::string filtered(std::string_view text, Keep keep)
{
    std::string kept;
    kept.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        if (keep(nextCodePoint(text, i)))
            kept += text.substr(begin, i - begin);
    }
    return kept;
}

// Error{Input} once a text has grown beyond 256 MiB, which only a hostile rule can bring about.
void checkExpansion(const std::string& text, const std::string& where);

// UTF-16 for ICU, with the way back to bytes.
class Utf16Text {
public:
    explicit Utf16Text(std::string_view utf8);
    const icu::UnicodeString& text() const { return m_text; }
    std::size_t byteOf(std::int32_t unit) const
    {
        const auto index = static_cast<std::size_t>(unit);
        return m_bytes.empty() ? index : m_bytes[index];
    }

private:
    icu::UnicodeString m_text;
    std::vector<std::uint32_t> m_bytes; // of each unit and of the end; empty for ASCII
};

} // namespace recoscope
