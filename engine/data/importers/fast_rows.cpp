// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/fast_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace recoscope {

namespace {

bool isDigit(char c)
{
    return static_cast<unsigned char>(c - '0') <= 9;
}

// One bit per byte that is no digit.
std::uint64_t otherThanDigits(const char* bytes)
{
#if defined(__SSE2__)
    std::uint64_t mask = 0;
    for (int part = 0; part < 4; ++part) {
        const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * part));
        const __m128i digits = _mm_sub_epi8(values, _mm_set1_epi8('0'));
        const __m128i small = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
        mask |= static_cast<std::uint64_t>(static_cast<std::uint16_t>(~_mm_movemask_epi8(small))) << (16 * part);
    }
    return mask;
#else
    std::uint64_t mask = 0;
    for (int i = 0; i < 64; ++i)
        mask |= static_cast<std::uint64_t>(!isDigit(bytes[i])) << i;
    return mask;
#endif
}

std::size_t listMarks(std::string_view block, std::uint32_t* marks)
{
    std::uint32_t* next = marks;
    std::size_t position = 0;
    for (; position + 64 <= block.size(); position += 64) {
        for (std::uint64_t mask = otherThanDigits(block.data() + position); mask != 0; mask &= mask - 1)
            *next++ = static_cast<std::uint32_t>(position) + static_cast<std::uint32_t>(std::countr_zero(mask));
    }
    for (; position < block.size(); ++position) {
        if (!isDigit(block[position]))
            *next++ = static_cast<std::uint32_t>(position);
    }
    return static_cast<std::size_t>(next - marks);
}

// Eight digit characters, the first one in the lowest byte, by three multiplications.
std::uint64_t eightDigits(std::uint64_t characters)
{
    std::uint64_t value = characters & 0x0f0f0f0f0f0f0f0fULL;
    value = (value * 10 + (value >> 8)) & 0x00ff00ff00ff00ffULL;
    value = (value * 100 + (value >> 16)) & 0x0000ffff0000ffffULL;
    return (value * 10000 + (value >> 32)) & 0xffffffffULL;
}

std::uint64_t load(const char* bytes)
{
    std::uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

// 1 to 16 digits; 8 bytes from `begin` on must be readable.
std::uint64_t digitsValue(const char* begin, std::size_t length)
{
    if (length <= 8)
        return eightDigits(load(begin) << (8 * (8 - length)));
    return eightDigits(load(begin) << (8 * (16 - length))) * 100'000'000 + eightDigits(load(begin + length - 8));
}

// Whether the digits print back to the same text and fit digitsValue().
bool isPlainInteger(const char* begin, std::size_t length)
{
    return length - 1 < 16 && (*begin != '0' || length == 1);
}

constexpr double powersOfTen[] = {1, 10, 100, 1000, 10000};
constexpr std::size_t readAhead = 16;

} // namespace

FastRowParser::FastRowParser(const DelimitedLayout& layout)
    : m_delimiter(layout.delimiter)
{
    m_roles.assign(layout.columns.size(), Role::Skip);
    const auto set = [this](int column, Role role) {
        if (column >= 0)
            m_roles[static_cast<std::size_t>(column)] = role;
    };
    set(layout.user, Role::User);
    set(layout.item, Role::Item);
    set(layout.time, Role::Time);
    set(layout.rating, Role::Rating);
    if (layout.timeUnit == TimeUnit::Seconds)
        m_maxTime = lastTimeMs / 1000;
    else if (layout.timeUnit == TimeUnit::Milliseconds)
        m_maxTime = lastTimeMs;
}

void FastRowParser::begin(std::string_view block)
{
    m_block = block;
    m_mark = 0;
    m_line = 0;
    if (m_marks.size() < block.size())
        m_marks.resize(block.size());
    m_markCount = listMarks(block, m_marks.data());
}

bool FastRowParser::parseRow(RowBatch& batch, std::size_t& mark, std::size_t& line) const
{
    const char* const bytes = m_block.data();
    std::size_t begin = line;
    for (std::size_t column = 0; column < m_roles.size(); ++column) {
        if (mark >= m_markCount || begin + readAhead > m_block.size())
            return false;
        std::size_t end = m_marks[mark++];
        switch (m_roles[column]) {
        case Role::Skip: break;
        case Role::User:
        case Role::Item:
        case Role::Time: {
            if (!isPlainInteger(bytes + begin, end - begin))
                return false;
            const auto value = static_cast<std::int64_t>(digitsValue(bytes + begin, end - begin));
            if (m_roles[column] == Role::Time && value > m_maxTime)
                return false;
            auto& target = m_roles[column] == Role::User ? batch.users
                : m_roles[column] == Role::Item          ? batch.items
                                                         : batch.times;
            target[batch.size] = value;
            break;
        }
        case Role::Rating: {
            std::size_t length = end - begin;
            if (length - 1 >= 8)
                return false;
            std::uint64_t value = digitsValue(bytes + begin, length);
            std::size_t decimals = 0;
            if (bytes[end] == '.') {
                const std::size_t point = end;
                if (mark >= m_markCount || point + readAhead > m_block.size())
                    return false;
                end = m_marks[mark++];
                decimals = end - point - 1;
                if (decimals - 1 >= 4)
                    return false;
                value = value * static_cast<std::uint64_t>(powersOfTen[decimals])
                    + digitsValue(bytes + point + 1, decimals);
            }
            batch.ratings[batch.size] = static_cast<float>(static_cast<double>(value) / powersOfTen[decimals]);
            break;
        }
        }
        if (column + 1 == m_roles.size()) {
            if (bytes[end] == '\r' && mark < m_markCount && m_marks[mark] == end + 1)
                end = m_marks[mark++];
            if (bytes[end] != '\n')
                return false;
            begin = end + 1;
            continue;
        }
        if (bytes[end] != m_delimiter[0])
            return false;
        for (std::size_t i = 1; i < m_delimiter.size(); ++i) {
            if (mark >= m_markCount || m_marks[mark] != end + i || bytes[end + i] != m_delimiter[i])
                return false;
            ++mark;
        }
        begin = end + m_delimiter.size();
    }
    line = begin;
    return true;
}

std::size_t FastRowParser::parse(RowBatch& batch)
{
    const std::size_t before = batch.size;
    while (batch.size < RowBatch::capacity) {
        std::size_t mark = m_mark, line = m_line;
        if (!parseRow(batch, mark, line))
            break;
        m_mark = mark;
        m_line = line;
        ++batch.size;
    }
    return batch.size - before;
}

std::string_view FastRowParser::takeLine()
{
    const std::size_t end = std::min(m_block.find('\n', m_line), m_block.size());
    std::string_view line = m_block.substr(m_line, end - m_line);
    m_line = std::min(end + 1, m_block.size());
    while (m_mark < m_markCount && m_marks[m_mark] < m_line)
        ++m_mark;
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

} // namespace recoscope
