// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/id_index.h"

#include <bit>
#include <functional>
#include <limits>
#include <utility>

#include "engine/core/error.h"

namespace recoscope {

namespace {

// Far below every canonical integer, which has at most 18 digits.
constexpr std::int64_t textBase = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t textLimit = textBase / 2;
constexpr std::int64_t smallLimit = std::int64_t(1) << 22;
constexpr std::size_t firstSlots = 1024;

std::uint64_t mix(std::uint64_t value)
{
    value ^= value >> 32;
    value *= 0x9e3779b97f4a7c15ULL;
    return value ^ (value >> 29);
}

std::uint32_t hashOf(std::string_view text)
{
    return static_cast<std::uint32_t>(mix(std::hash<std::string_view>()(text)));
}

} // namespace

bool canonicalInteger(std::string_view text, std::int64_t& value)
{
    const bool negative = !text.empty() && text[0] == '-';
    const std::string_view digits = text.substr(negative ? 1 : 0);
    if (digits.empty() || digits.size() > 18 || (digits[0] == '0' && (digits.size() > 1 || negative)))
        return false;
    std::int64_t result = 0;
    for (const char c : digits) {
        const unsigned digit = static_cast<unsigned char>(c) - unsigned('0');
        if (digit > 9)
            return false;
        result = result * 10 + digit;
    }
    value = negative ? -result : result;
    return true;
}

IdIndex::IdIndex(std::string what, std::int64_t limit)
    : m_what(std::move(what))
    , m_limit(limit)
    , m_integers(firstSlots)
    , m_texts(firstSlots)
{
}

std::int32_t IdIndex::append(std::int64_t value)
{
    if (static_cast<std::int64_t>(m_values.size()) >= m_limit)
        throw Error(ErrorKind::Input, "the source has more than " + std::to_string(m_limit) + " distinct " + m_what,
            "check that the right column was taken for the " + m_what + ", or split the source");
    m_values.push_back(value);
    return static_cast<std::int32_t>(m_values.size() - 1);
}

std::int32_t IdIndex::indexOf(std::string_view raw)
{
    std::int64_t value = 0;
    return canonicalInteger(raw, value) ? indexOf(value) : indexOfText(raw);
}

std::int32_t IdIndex::indexOfSlowly(std::int64_t value)
{
    if (value >= 0 && value < smallLimit) {
        if (static_cast<std::uint64_t>(value) >= m_small.size())
            m_small.resize(std::max<std::size_t>(4096, std::bit_ceil(static_cast<std::uint64_t>(value) + 1)), -1);
        std::int32_t& index = m_small[static_cast<std::size_t>(value)];
        if (index < 0)
            index = append(value);
        return index;
    }
    std::size_t slot = integerSlot(value);
    if (m_integers[slot].index >= 0)
        return m_integers[slot].index;
    if (2 * (m_integerCount + 1) > m_integers.size()) {
        growIntegers();
        slot = integerSlot(value);
    }
    m_integers[slot] = {value, append(value)};
    ++m_integerCount;
    return m_integers[slot].index;
}

std::size_t IdIndex::integerSlot(std::int64_t value) const
{
    const std::size_t mask = m_integers.size() - 1;
    std::size_t slot = mix(static_cast<std::uint64_t>(value)) & mask;
    while (m_integers[slot].index >= 0 && m_integers[slot].value != value)
        slot = (slot + 1) & mask;
    return slot;
}

void IdIndex::growIntegers()
{
    std::vector<IntegerSlot> old(2 * m_integers.size());
    old.swap(m_integers);
    for (const IntegerSlot& entry : old) {
        if (entry.index >= 0)
            m_integers[integerSlot(entry.value)] = entry;
    }
}

std::int32_t IdIndex::indexOfText(std::string_view raw)
{
    const std::uint32_t hash = hashOf(raw);
    std::size_t slot = textSlot(raw, hash);
    if (m_texts[slot].index >= 0)
        return m_texts[slot].index;
    if (2 * (m_textEnds.size() + 1) > m_texts.size()) {
        growTexts();
        slot = textSlot(raw, hash);
    }
    m_texts[slot] = {hash, append(textBase + static_cast<std::int64_t>(m_textEnds.size()))};
    m_textBytes.append(raw);
    m_textEnds.push_back(m_textBytes.size());
    return m_texts[slot].index;
}

std::size_t IdIndex::textSlot(std::string_view raw, std::uint32_t hash) const
{
    const std::size_t mask = m_texts.size() - 1;
    std::size_t slot = hash & mask;
    while (m_texts[slot].index >= 0
        && (m_texts[slot].hash != hash || text(m_values[static_cast<std::size_t>(m_texts[slot].index)]) != raw))
        slot = (slot + 1) & mask;
    return slot;
}

void IdIndex::growTexts()
{
    std::vector<TextSlot> old(2 * m_texts.size());
    old.swap(m_texts);
    const std::size_t mask = m_texts.size() - 1;
    for (const TextSlot& entry : old) {
        if (entry.index < 0)
            continue;
        std::size_t slot = entry.hash & mask;
        while (m_texts[slot].index >= 0)
            slot = (slot + 1) & mask;
        m_texts[slot] = entry;
    }
}

std::string_view IdIndex::text(std::int64_t value) const
{
    const auto number = static_cast<std::size_t>(value - textBase);
    const std::uint64_t begin = number == 0 ? 0 : m_textEnds[number - 1];
    return std::string_view(m_textBytes).substr(begin, m_textEnds[number] - begin);
}

std::int32_t IdIndex::find(std::string_view raw) const
{
    std::int64_t value = 0;
    if (!canonicalInteger(raw, value))
        return m_texts[textSlot(raw, hashOf(raw))].index;
    if (value >= 0 && value < smallLimit)
        return static_cast<std::uint64_t>(value) < m_small.size() ? m_small[static_cast<std::size_t>(value)] : -1;
    return m_integers[integerSlot(value)].index;
}

std::string IdIndex::raw(std::int32_t index) const
{
    const std::int64_t value = m_values[static_cast<std::size_t>(index)];
    return value < textLimit ? std::string(text(value)) : std::to_string(value);
}

void IdIndex::compact(const std::vector<bool>& keep)
{
    IdIndex kept(m_what, m_limit);
    for (std::int32_t index = 0; index < size(); ++index) {
        if (keep[static_cast<std::size_t>(index)])
            kept.indexOf(raw(index));
    }
    *this = std::move(kept);
}

} // namespace recoscope
