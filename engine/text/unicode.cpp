// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/unicode.h"

#include <algorithm>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/utf8.h>

#include "engine/core/error.h"

namespace recoscope {

namespace {

bool isAscii(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

UChar32 icuCharacter(char32_t c)
{
    return static_cast<UChar32>(c);
}

// The files were made with tables of two older versions of Unicode: characters that are younger have no class and no
// other form there.
constexpr int classVersion = 8, formVersion = 9;

bool isOfVersion(char32_t c, int version)
{
    UVersionInfo age;
    u_charAge(icuCharacter(c), age);
    return age[0] > 0 && age[0] <= version;
}

const icu::UnicodeSet& charactersWithForms()
{
    static const icu::UnicodeSet set = [] {
        UErrorCode status = U_ZERO_ERROR;
        const std::string pattern = "[:age=" + std::to_string(formVersion) + ".0:]";
        icu::UnicodeSet made(icu::UnicodeString::fromUTF8(pattern), status);
        if (U_FAILURE(status))
            throw Error(ErrorKind::Resource, std::string("Unicode data are not available: ") + u_errorName(status),
                "check the installation of ICU");
        made.freeze();
        return made;
    }();
    return set;
}

icu::FilteredNormalizer2 normalizerOf(NormalForm form)
{
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = nullptr;
    switch (form) {
    case NormalForm::Nfc: normalizer = icu::Normalizer2::getNFCInstance(status); break;
    case NormalForm::Nfd: normalizer = icu::Normalizer2::getNFDInstance(status); break;
    case NormalForm::Nfkc: normalizer = icu::Normalizer2::getNFKCInstance(status); break;
    case NormalForm::Nfkd: normalizer = icu::Normalizer2::getNFKDInstance(status); break;
    }
    if (U_FAILURE(status) || !normalizer)
        throw Error(ErrorKind::Resource, std::string("Unicode normalisation is not available: ") + u_errorName(status),
            "check the installation of ICU");
    return {*normalizer, charactersWithForms()};
}

} // namespace

char32_t nextCodePoint(std::string_view text, std::size_t& index)
{
    const auto first = static_cast<unsigned char>(text[index]);
    if (first < 0x80) {
        ++index;
        return first;
    }
    // No character is longer than four bytes: a window keeps ICU's 32-bit positions safe for texts of any size.
    const std::string_view window = text.substr(index, 4);
    std::int32_t position = 0;
    UChar32 c = 0;
    U8_NEXT(window.data(), position, static_cast<std::int32_t>(window.size()), c);
    index += static_cast<std::size_t>(position);
    return c < 0 ? illFormed : static_cast<char32_t>(c);
}

void appendUtf8(std::string& text, char32_t c)
{
    char buffer[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(buffer, length, c);
    text.append(buffer, static_cast<std::size_t>(length));
}

std::string validUtf8(std::string_view text)
{
    if (isAscii(text))
        return std::string(text);
    std::string valid;
    valid.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        if (nextCodePoint(text, i) == illFormed)
            valid += "\xEF\xBF\xBD";
        else
            valid += text.substr(begin, i - begin);
    }
    return valid;
}

std::size_t characterLength(std::string_view text, std::size_t index)
{
    const auto first = static_cast<unsigned char>(text[index]);
    const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    return std::min(length, text.size() - index);
}

std::size_t characterCount(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string normalized(const std::string& text, NormalForm form)
{
    if (isAscii(text))
        return text;
    std::string result;
    icu::StringByteSink<std::string> sink(&result);
    UErrorCode status = U_ZERO_ERROR;
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    normalizerOf(form).normalizeUTF8(0, piece, sink, nullptr, status);
    if (U_FAILURE(status))
        throw Error(ErrorKind::Input, std::string("the text cannot be normalised: ") + u_errorName(status),
            "use a shorter text");
    return result;
}

std::string lowercase(const std::string& text)
{
    std::string lower;
    lower.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const char32_t c = nextCodePoint(text, i);
        if (c == 0x130) // the only letter whose small form is two characters in every context
            lower += "i\xCC\x87";
        else
            appendUtf8(lower, static_cast<char32_t>(u_tolower(icuCharacter(c))));
    }
    return lower;
}

bool isWhiteSpace(char32_t c)
{
    return u_isUWhiteSpace(icuCharacter(c));
}

bool isPunctuation(char32_t c)
{
    if (c < 0x80)
        return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
    // U+166D and U+111C9 were punctuation in that version.
    return c == 0x166D || c == 0x111C9
        || ((U_GET_GC_MASK(icuCharacter(c)) & U_GC_P_MASK) != 0 && isOfVersion(c, classVersion));
}

bool isNumeric(char32_t c)
{
    return (U_GET_GC_MASK(icuCharacter(c)) & U_GC_N_MASK) != 0;
}

bool isMark(char32_t c)
{
    if (c == 0x1CF2 || c == 0x1CF3 || c == 0x111C9) // marks in that version: yes, yes, no
        return c != 0x111C9;
    return (U_GET_GC_MASK(icuCharacter(c)) & U_GC_M_MASK) != 0 && isOfVersion(c, formVersion);
}

bool isNonspacingMark(char32_t c)
{
    if (c == 0x1734 || c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) // of another class in that version
        return c == 0x1734;
    return u_charType(icuCharacter(c)) == U_NON_SPACING_MARK && isOfVersion(c, classVersion);
}

bool isOther(char32_t c)
{
    const std::uint32_t kinds = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK;
    return (U_GET_GC_MASK(icuCharacter(c)) & kinds) != 0 && isOfVersion(c, classVersion);
}

void checkExpansion(const std::string& text, const std::string& where)
{
    if (text.size() > std::size_t(256) << 20)
        throw Error(
            ErrorKind::Input, where + ": makes a text longer than 256 MiB", "check the rule, or use a shorter text");
}

Utf16Text::Utf16Text(std::string_view utf8)
{
    m_text = icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
    if (isAscii(utf8))
        return;
    m_bytes.reserve(utf8.size() + 1);
    for (std::size_t i = 0; i < utf8.size();) {
        m_bytes.push_back(static_cast<std::uint32_t>(i));
        if (nextCodePoint(utf8, i) > 0xFFFF)
            m_bytes.push_back(m_bytes.back());
    }
    m_bytes.push_back(static_cast<std::uint32_t>(utf8.size()));
}

} // namespace recoscope
