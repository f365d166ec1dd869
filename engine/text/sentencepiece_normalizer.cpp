// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/sentencepiece_normalizer.h"

#include "engine/text/unicode.h"

namespace recoscope {

SentencePieceNormalizer::SentencePieceNormalizer(
    const SentencePieceFile& file, const PieceTrie& userDefined, const std::string& origin)
    : m_userDefined(userDefined)
    , m_map(file.charsmap, origin + ": normalizer_spec")
    , m_origin(origin)
    , m_addPrefix(file.addSpacePrefix)
    , m_removeExtra(file.removeExtraSpaces)
    , m_spaceBehind(file.spaceBehind)
    , m_space(file.escapeSpaces ? spaceMark : " ")
{
}

Charsmap::Match SentencePieceNormalizer::unitAt(std::string_view text) const
{
    const std::size_t kept = m_userDefined.longest(text).first;
    if (kept > 0)
        return {kept, text.substr(0, kept)};
    if (const auto rule = m_map.longest(text))
        return *rule;
    std::size_t length = 0;
    if (nextCodePoint(text, length) == illFormed)
        return {1, "\xEF\xBF\xBD"}; // one byte at a time
    return {length, text.substr(0, length)};
}

std::string SentencePieceNormalizer::apply(std::string_view text) const
{
    while (m_removeExtra && !text.empty()) {
        const Charsmap::Match unit = unitAt(text);
        if (unit.replacement != " ")
            break;
        text.remove_prefix(unit.length);
    }
    std::string result;
    if (text.empty())
        return result;
    if (m_addPrefix && !m_spaceBehind)
        result += m_space;
    bool afterSpace = m_removeExtra;
    while (!text.empty()) {
        const Charsmap::Match unit = unitAt(text);
        std::string_view piece = unit.replacement;
        while (afterSpace && piece.starts_with(' '))
            piece.remove_prefix(1);
        for (const char c : piece) {
            if (c == ' ')
                result += m_space;
            else
                result += c;
        }
        if (!piece.empty())
            afterSpace = m_removeExtra && piece.ends_with(' ');
        text.remove_prefix(unit.length);
        checkExpansion(result, m_origin);
    }
    while (m_removeExtra && result.ends_with(m_space))
        result.resize(result.size() - m_space.size());
    if (m_addPrefix && m_spaceBehind)
        result += m_space;
    return result;
}

} // namespace recoscope
