// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/fast_rows.h"

#include <algorithm>
#include <utility>

namespace recoscope {

namespace {

// Whether the digits print back to the same text and fit DigitWords.
bool isPlainInteger(const char* begin, std::size_t length)
{
    return length - 1 < 16 && (*begin != '0' || length == 1);
}

// A division takes longer than all the rest of a row.
constexpr auto tenths = [] {
    std::array<float, 100> values{};
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i) / 10.0F;
    return values;
}();

// Up to 8 digits and, where `fraction` is not 0, a point and up to 4 decimals (`fraction` counts the point with them).
inline bool parseRating(const char* begin, std::size_t length, std::size_t fraction, float& rating)
{
    static constexpr std::int64_t powersOfTen[] = {1, 10, 100, 1000, 10000};
    if (length == 1 && fraction == 2) { // 3.5: by far the most frequent shape
        rating = tenths[static_cast<std::size_t>((begin[0] - '0') * 10 + (begin[2] - '0'))];
        return true;
    }
    const std::size_t decimals = fraction - (fraction > 0 ? 1 : 0);
    if (length - 1 >= 8 || fraction == 1 || decimals > 4)
        return false;
    auto value = static_cast<std::int64_t>(wordValue(digitWords(begin, length).low));
    if (decimals > 0)
        value = value * powersOfTen[decimals]
            + static_cast<std::int64_t>(wordValue(digitWords(begin + length + 1, decimals).low));
    rating = static_cast<float>(static_cast<double>(value) / static_cast<double>(powersOfTen[decimals]));
    return true;
}

constexpr std::size_t readAhead = 16;

} // namespace

FastRowParser::FastRowParser(const DelimitedLayout& layout)
    : m_scan(availableDigitScans().back())
    , m_delimiter(layout.delimiter)
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
    m_ratingsFile = m_delimiter.size() == 1 && std::ranges::equal(m_roles, ratingsFileRoles);
    m_hasTime = layout.time >= 0;
    m_hasNames = layout.surface >= 0 || layout.kind >= 0;
    m_safeTimeDigits = m_maxTime < 0 ? 0 : std::to_string(m_maxTime).size() - 1;
    m_marksOfRow = m_roles.size() * m_delimiter.size() + 2; // a decimal point and \r
}

void FastRowParser::begin(std::string_view block)
{
    m_block = block;
    m_mark = 0;
    m_line = 0;
    m_markCount = m_safeMarks = 0;
    if (m_hasNames)
        return;
    if (m_marks.size() < block.size() + spareMarks)
        m_marks.resize(block.size() + spareMarks);
    m_markCount = m_scan.listMarks(block.data(), block.size(), m_marks.data());
    // The last rows of a block, where reading ahead could leave it, are left to the slow path.
    m_safeMarks = m_markCount + 1 - std::min(m_marksOfRow, m_markCount + 1);
    while (m_safeMarks > 0 && m_marks[m_safeMarks + m_marksOfRow - 2] + readAhead > block.size())
        --m_safeMarks;
}

// What rows are read by, apart from the parser: its stores could change members, as far as the compiler knows.
struct FastRowParser::RowReader {
    const char* bytes;
    const Role* roles;
    std::size_t columns;
    const char* delimiter;
    std::size_t delimiterSize;
    std::size_t safeTimeDigits;
    std::int64_t maxTime;

    // The row that begins at `line` and ends at one of the marks from `next` on; both are moved behind it. False leaves
    // them somewhere in the row.
    template <bool ratingsFile>
    bool read(const std::uint32_t*& next, std::size_t& line, std::uint64_t* words, float& rating) const
    {
        if constexpr (ratingsFile) {
            return [&]<std::size_t... column>(std::index_sequence<column...>)
            {
                return (readColumn(RatingsFileRole<column>(), std::bool_constant<column + 1 == sizeof...(column)>(),
                            std::integral_constant<std::size_t, 1>(), next, line, words, rating)
                    && ...);
            }
            (std::make_index_sequence<ratingsFileRoles.size()>());
        }
        for (std::size_t column = 0; column < columns; ++column) {
            if (!readColumn(roles[column], column + 1 == columns, delimiterSize, next, line, words, rating))
                return false;
        }
        return true;
    }

private:
    template <std::size_t column> using RatingsFileRole = std::integral_constant<Role, ratingsFileRoles[column]>;

    // What the compiler knows comes as a constant of its own type.
    template <class RoleOf, class Last, class Size>
    [[gnu::always_inline]] inline bool readColumn(RoleOf role, Last last, Size separatorSize,
        const std::uint32_t*& next, std::size_t& begin, std::uint64_t* words, float& rating) const
    {
        std::size_t end = *next++;
        if (role == Role::Rating) {
            const std::size_t point = end;
            if (bytes[point] == '.')
                end = *next++;
            if (!parseRating(bytes + begin, point - begin, end - point, rating))
                return false;
        } else if (role != Role::Skip && !takeInteger(role, begin, end - begin, words)) {
            return false;
        }
        if (last) {
            if (bytes[end] == '\r' && *next == end + 1)
                end = *next++;
            begin = end + 1;
            return bytes[end] == '\n';
        }
        if (bytes[end] != delimiter[0])
            return false;
        for (std::size_t i = 1; i < separatorSize; ++i) {
            if (*next++ != end + i || bytes[end + i] != delimiter[i])
                return false;
        }
        begin = end + separatorSize;
        return true;
    }
    template <class RoleOf>
    [[gnu::always_inline]] inline bool takeInteger(
        RoleOf role, std::size_t begin, std::size_t length, std::uint64_t* words) const
    {
        if (!isPlainInteger(bytes + begin, length))
            return false;
        if (role == Role::Time && length > safeTimeDigits
            && static_cast<std::int64_t>(digitsValue(bytes + begin, length)) > maxTime)
            return false;
        const DigitWords digits = digitWords(bytes + begin, length);
        std::uint64_t* const place = words + 2 * stageRows * static_cast<std::size_t>(Role(role));
        place[0] = digits.high;
        place[stageRows] = digits.low;
        return true;
    }
};

template <bool ratingsFile> std::size_t FastRowParser::stage(std::size_t rows, float* ratings)
{
    const RowReader reader{m_block.data(), m_roles.data(), m_roles.size(), m_delimiter.data(), m_delimiter.size(),
        m_safeTimeDigits, m_maxTime};
    const std::uint32_t* const safe = m_marks.data() + m_safeMarks;
    const std::uint32_t* mark = m_marks.data() + m_mark;
    std::uint64_t* const words = m_words.data();
    std::size_t line = m_line, done = 0;
    for (; done < rows && mark < safe; ++done) {
        const std::uint32_t* next = mark;
        std::size_t nextLine = line;
        if (!reader.read<ratingsFile>(next, nextLine, words + done, ratings[done]))
            break;
        mark = next;
        line = nextLine;
    }
    m_mark = static_cast<std::size_t>(mark - m_marks.data());
    m_line = line;
    return done;
}

std::size_t FastRowParser::parse(RowBatch& batch)
{
    const std::size_t before = batch.size;
    for (std::size_t wanted = 1, done = 1; wanted > 0 && done == wanted;) {
        wanted = std::min(stageRows, RowBatch::capacity - batch.size);
        float* const ratings = batch.ratings.data() + batch.size;
        done = m_ratingsFile ? stage<true>(wanted, ratings) : stage<false>(wanted, ratings);
        const auto join = [&](Role role, std::int64_t* column) {
            const std::uint64_t* const words = m_words.data() + 2 * stageRows * static_cast<std::size_t>(role);
            m_scan.joinDigits(words, words + stageRows, column + batch.size, done);
        };
        join(Role::User, batch.users.data());
        join(Role::Item, batch.items.data());
        if (m_hasTime)
            join(Role::Time, batch.times.data());
        batch.size += done;
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
