// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/added_tokens.h"

#include <algorithm>

#include <unicode/uchar.h>

#include "engine/text/json_fields.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

bool isWordCharacter(char32_t c)
{
    const auto character = static_cast<UChar32>(c);
    const std::uint32_t kinds = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
    return u_isUAlphabetic(character) || (U_GET_GC_MASK(character) & kinds) != 0 || c == 0x200C || c == 0x200D;
}

// Where the character before `end` begins; `end` is not 0.
std::size_t previousCharacter(std::string_view text, std::size_t end)
{
    do
        --end;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
    return end;
}

bool wordEndsAt(std::string_view text, std::size_t end)
{
    if (end == 0)
        return false;
    std::size_t begin = previousCharacter(text, end);
    return isWordCharacter(nextCodePoint(text, begin));
}

bool wordBeginsAt(std::string_view text, std::size_t begin)
{
    return begin < text.size() && isWordCharacter(nextCodePoint(text, begin));
}

std::size_t spacesBefore(std::string_view text, std::size_t begin)
{
    while (begin > 0) {
        const std::size_t previous = previousCharacter(text, begin);
        std::size_t i = previous;
        if (!isWhiteSpace(nextCodePoint(text, i)))
            break;
        begin = previous;
    }
    return begin;
}

std::size_t spacesBehind(std::string_view text, std::size_t end)
{
    for (std::size_t i = end; i < text.size(); end = i)
        if (!isWhiteSpace(nextCodePoint(text, i)))
            break;
    return end;
}

AddedToken tokenFrom(const Json& json, const std::string& where)
{
    AddedToken token;
    token.content = textOf(json, "content", where);
    token.id = idFrom(fieldOf(json, "id", where), where);
    token.singleWord = flagOf(json, "single_word", where, false);
    token.leftStrip = flagOf(json, "lstrip", where, false);
    token.rightStrip = flagOf(json, "rstrip", where, false);
    token.special = flagOf(json, "special", where, false);
    token.normalized = flagOf(json, "normalized", where, !token.special);
    return token;
}

} // namespace

AddedTokens::AddedTokens(
    const Json& json, const Vocabulary& model, const Normalizer& normalizer, const std::string& where)
{
    if (json.is_null())
        return;
    if (!json.is_array())
        failInput(where, "is not a list");
    std::vector<std::pair<std::string, std::int32_t>> raw, normalised;
    for (const Json& entry : json) {
        AddedToken token = tokenFrom(entry, where);
        if (token.content.empty())
            continue;
        token.id = idOf(token.content, model);
        m_vocabulary.add(token.content, token.id);
        if (token.special)
            m_special.insert(token.content);
        const auto position = static_cast<std::int32_t>(m_tokens.size());
        if (token.normalized)
            normalised.emplace_back(normalizer.apply(token.content), position);
        else
            raw.emplace_back(token.content, position);
        m_tokens.push_back(std::move(token));
    }
    m_raw = PieceTrie(std::move(raw));
    m_normalized = PieceTrie(std::move(normalised));
}

// The file's own ids are passed over, as by the implementation that defines the format: tokens that the model lacks are
// numbered on behind it in their order.
std::int32_t AddedTokens::idOf(const std::string& content, const Vocabulary& model) const
{
    const std::int32_t added = m_vocabulary.idOf(content), known = added >= 0 ? added : model.idOf(content);
    return known >= 0 ? known : std::max(m_vocabulary.size(), model.count());
}

void AddedTokens::cut(
    const PieceTrie& trie, std::string_view text, bool first, std::vector<TextSection>& sections) const
{
    std::size_t done = 0;
    const auto addText = [&](std::size_t end) {
        if (done < end)
            sections.push_back({std::string(text.substr(done, end - done)), -1, first && done == 0});
    };
    for (std::size_t at = 0; at < text.size() && !trie.empty();) {
        const auto [length, position] = trie.longest(text.substr(at));
        if (length == 0) {
            ++at;
            continue;
        }
        const AddedToken& token = m_tokens[static_cast<std::size_t>(position)];
        std::size_t begin = at, end = at + length;
        at = end;
        if (token.singleWord && (wordEndsAt(text, begin) || wordBeginsAt(text, end)))
            continue;
        if (token.leftStrip)
            begin = std::max(spacesBefore(text, begin), done);
        if (token.rightStrip)
            end = spacesBehind(text, end);
        addText(begin);
        if (begin < end) // nothing is left of spaces that the token before took
            sections.push_back({{}, token.id, false});
        done = std::max(done, end);
    }
    addText(text.size());
}

std::vector<TextSection> AddedTokens::sections(const std::string& text, const Normalizer& normalizer) const
{
    std::vector<TextSection> raw, sections;
    cut(m_raw, text, true, raw);
    for (TextSection& section : raw)
        if (section.id >= 0)
            sections.push_back(std::move(section));
        else
            cut(m_normalized, normalizer.apply(std::move(section.text)), section.first, sections);
    return sections;
}

} // namespace recoscope
