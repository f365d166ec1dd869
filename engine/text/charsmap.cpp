// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/charsmap.h"

#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

// The fields of a unit of the trie, after the description of the Darts-clone format.
bool hasLeaf(std::uint32_t unit)
{
    return (unit >> 8) & 1;
}

std::uint32_t label(std::uint32_t unit)
{
    return unit & 0x800000FFu;
}

std::uint32_t offset(std::uint32_t unit)
{
    return (unit >> 10) << ((unit & 0x200u) >> 6);
}

std::uint32_t littleEndian(std::string_view bytes)
{
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
        value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    return value;
}

} // namespace

Charsmap::Charsmap(std::string_view blob, const std::string& where)
{
    if (blob.empty())
        return;
    const std::size_t bytes = blob.size() < 4 ? 0 : littleEndian(blob);
    if (bytes == 0 || bytes % 4 != 0 || bytes > blob.size() - 4)
        failInput(where, "the table of characters is damaged");
    m_units.reserve(bytes / 4);
    for (std::size_t at = 4; at < 4 + bytes; at += 4)
        m_units.push_back(littleEndian(blob.substr(at)));
    m_replacements = std::string(blob.substr(4 + bytes)) + '\0';
}

std::string_view Charsmap::replacementAt(std::uint32_t offset) const
{
    if (offset >= m_replacements.size())
        return {};
    const std::string_view rest = std::string_view(m_replacements).substr(offset);
    return rest.substr(0, rest.find('\0'));
}

// Calls visit(match) for each rule that is a prefix of the text, the short ones first, until it answers false.
template <class Visit> void Charsmap::visitRules(std::string_view text, Visit visit) const
{
    if (m_units.empty())
        return;
    std::size_t node = offset(m_units[0]);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        node ^= byte;
        if (node >= m_units.size() || label(m_units[node]) != byte)
            return;
        const std::uint32_t unit = m_units[node];
        node ^= offset(unit);
        if (!hasLeaf(unit))
            continue;
        if (node >= m_units.size() || !visit(Match{i + 1, replacementAt(m_units[node] & 0x7FFFFFFFu)}))
            return;
    }
}

std::optional<Charsmap::Match> Charsmap::longest(std::string_view text) const
{
    std::optional<Match> found;
    visitRules(text, [&](const Match& match) {
        found = match;
        return true;
    });
    return found;
}

std::optional<Charsmap::Match> Charsmap::shortest(std::string_view text) const
{
    std::optional<Match> found;
    visitRules(text.substr(0, text.find('\0')), [&](const Match& match) {
        found = match;
        return false;
    });
    return found;
}

} // namespace recoscope
