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
    // Eight at a time, whether there are so many or not: a loop that ends at the last mark is mispredicted each time.
    for (; position + 64 <= block.size(); position += 64) {
        std::uint64_t mask = otherThanDigits(block.data() + position);
        const auto count = static_cast<std::size_t>(std::popcount(mask));
        const auto base = static_cast<std::uint32_t>(position);
        for (std::size_t done = 0; done < count; done += 8) {
            for (std::size_t i = 0; i < 8; ++i, mask &= mask - 1)
                next[done + i] = base + static_cast<std::uint32_t>(std::countr_zero(mask));
        }
        next += count;
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

// 1 to 8 digits; 8 bytes from `begin` on must be readable.
inline std::uint64_t shortDigitsValue(const char* begin, std::size_t length)
{
    return eightDigits(load(begin) << (8 * (8 - length)));
}

// 1 to 16 digits; 8 bytes from `begin` on must be readable.
inline std::uint64_t digitsValue(const char* begin, std::size_t length)
{
    if (length <= 8)
        return shortDigitsValue(begin, length);
    return eightDigits(load(begin) << (8 * (16 - length))) * 100'000'000 + eightDigits(load(begin + length - 8));
}

// Whether the digits print back to the same text and fit digitsValue().
bool isPlainInteger(const char* begin, std::size_t length)
{
    return length - 1 < 16 && (*begin != '0' || length == 1);
}

// Up to 8 digits and, where `fraction` is not 0, a point and up to 4 decimals (`fraction` counts the point with them).
inline bool parseRating(const char* begin, std::size_t length, std::size_t fraction, float& rating)
{
    static constexpr std::int64_t powersOfTen[] = {1, 10, 100, 1000, 10000};
    if (length == 1 && fraction == 2) { // 3.5: by far the most frequent shape
        rating = static_cast<float>((begin[0] - '0') * 10 + (begin[2] - '0')) / 10.0F;
        return true;
    }
    const std::size_t decimals = fraction - (fraction > 0 ? 1 : 0);
    if (length - 1 >= 8 || fraction == 1 || decimals > 4)
        return false;
    auto value = static_cast<std::int64_t>(shortDigitsValue(begin, length));
    if (decimals > 0)
        value
            = value * powersOfTen[decimals] + static_cast<std::int64_t>(shortDigitsValue(begin + length + 1, decimals));
    rating = static_cast<float>(static_cast<double>(value) / static_cast<double>(powersOfTen[decimals]));
    return true;
}

constexpr std::size_t readAhead = 16;
constexpr std::size_t marksAhead = 8; // listMarks() may write so many beyond the last one

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
    m_marksOfRow = m_roles.size() * m_delimiter.size() + 2; // a decimal point and \r
}

void FastRowParser::begin(std::string_view block)
{
    m_block = block;
    m_mark = 0;
    m_line = 0;
    if (m_marks.size() < block.size() + marksAhead)
        m_marks.resize(block.size() + marksAhead);
    m_markCount = listMarks(block, m_marks.data());
}

inline bool FastRowParser::parseRow(RowBatch& batch, std::size_t& mark, std::size_t& line) const
{
    // In locals: stores into the batch could change members, as far as the compiler knows.
    const char* const bytes = m_block.data();
    const std::uint32_t* next = m_marks.data() + mark;
    const std::size_t last = m_roles.size() - 1, delimiterSize = m_delimiter.size(), row = batch.size;
    const Role* const roles = m_roles.data();
    const char* const delimiter = m_delimiter.data();
    const std::int64_t maxTime = m_maxTime;
    std::int64_t* const targets[] = {nullptr, batch.users.data(), batch.items.data(), batch.times.data()}; // by Role
    // The last rows of a block, where reading ahead could leave it, are left to the slow path.
    if (mark + m_marksOfRow > m_markCount || next[m_marksOfRow - 1] + readAhead > m_block.size())
        return false;
    std::size_t begin = line;
    for (std::size_t column = 0;; ++column) {
        std::size_t end = *next++;
        const Role role = roles[column];
        if (role == Role::Rating) {
            const std::size_t point = end;
            if (bytes[point] == '.')
                end = *next++;
            if (!parseRating(bytes + begin, point - begin, end - point, batch.ratings[row]))
                return false;
        } else if (role != Role::Skip) {
            if (!isPlainInteger(bytes + begin, end - begin))
                return false;
            const auto value = static_cast<std::int64_t>(digitsValue(bytes + begin, end - begin));
            if (role == Role::Time && value > maxTime)
                return false;
            targets[static_cast<std::size_t>(role)][row] = value;
        }
        if (column == last) {
            if (bytes[end] == '\r' && *next == end + 1)
                end = *next++;
            if (bytes[end] != '\n')
                return false;
            line = end + 1;
            mark = static_cast<std::size_t>(next - m_marks.data());
            return true;
        }
        if (bytes[end] != delimiter[0])
            return false;
        for (std::size_t i = 1; i < delimiterSize; ++i) {
            if (*next++ != end + i || bytes[end + i] != delimiter[i])
                return false;
        }
        begin = end + delimiterSize;
    }
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
