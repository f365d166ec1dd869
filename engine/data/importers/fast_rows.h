// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The fast path of delimited interactions: lines whose fields are plain integers and a short decimal rating. First the
// positions of all bytes that are no digits are listed for a whole block, then rows are read between them. A line that
// is anything else is handed back untouched, so what is fast never decides what is right.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/data/importers/delimited_text.h"
#include "engine/data/importers/digit_scan.h"

namespace recoscope {

struct RowBatch {
    static constexpr std::size_t capacity = 1024;
    std::array<std::int64_t, capacity> users, items, times; // times as in the file
    std::array<float, capacity> ratings;
    std::size_t size = 0;
};

class FastRowParser {
public:
    // Layouts with dates, quotes around every field, surfaces, kinds and the like are simply slow.
    explicit FastRowParser(const DelimitedLayout& layout);

    // Starts on a block of whole lines, which must stay until it is done.
    void begin(std::string_view block);
    // Appends plain rows to `batch` until it is full, the block ends or another kind of line comes; returns how many.
    std::size_t parse(RowBatch& batch);
    bool atEnd() const { return m_line == m_block.size(); }
    // The line that parse() stopped at, without its end; the next parse() goes on behind it.
    std::string_view takeLine();

private:
    enum class Role : std::uint8_t { Skip, User, Item, Time, Rating };

    // The columns of MovieLens, the most frequent ones, are known to the compiler; all others are looked up.
    static constexpr std::array ratingsFileRoles{Role::User, Role::Item, Role::Rating, Role::Time};

    struct RowReader;
    // Plain rows, their integers still as digits, in stages that stay in the first cache.
    static constexpr std::size_t stageRows = 256;

    // Reads at most `rows` rows up to m_words and `ratings`; returns how many.
    template <bool ratingsFile> std::size_t stage(std::size_t rows, float* ratings);

    DigitScan m_scan;
    std::vector<Role> m_roles; // by column
    std::string m_delimiter;
    std::int64_t m_maxTime = -1; // beyond it the slow path decides
    bool m_ratingsFile = false; // ratingsFileRoles between single bytes
    bool m_hasTime = false;
    bool m_hasNames = false; // a column of surfaces or kinds: no row is plain
    std::size_t m_safeTimeDigits = 0; // so many digits are never beyond it
    std::size_t m_marksOfRow = 0; // at most, of a plain row
    std::string_view m_block;
    std::vector<std::uint32_t> m_marks; // positions of bytes that are no digits
    std::size_t m_markCount = 0;
    std::size_t m_safeMarks = 0; // a row that begins before this one lies wholly in the block, with room behind it
    std::size_t m_mark = 0; // next one
    std::size_t m_line = 0; // where the next line begins
    std::array<std::uint64_t, 4 * 2 * stageRows> m_words{}; // [role][high, low][row of the stage]
};

} // namespace recoscope
