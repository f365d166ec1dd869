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

namespace recoscope {

struct RowBatch {
    static constexpr std::size_t capacity = 4096;
    std::array<std::int64_t, capacity> users, items, times; // times as in the file
    std::array<float, capacity> ratings;
    std::size_t size = 0;
};

class FastRowParser {
public:
    // Layouts with dates, quotes around every field and the like are simply slow.
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

    bool parseRow(RowBatch& batch, std::size_t& mark, std::size_t& line) const;

    std::vector<Role> m_roles; // by column
    std::string m_delimiter;
    std::int64_t m_maxTime = -1; // beyond it the slow path decides
    std::size_t m_marksOfRow = 0; // at most, of a plain row
    std::string_view m_block;
    std::vector<std::uint32_t> m_marks; // positions of bytes that are no digits
    std::size_t m_markCount = 0;
    std::size_t m_mark = 0; // next one
    std::size_t m_line = 0; // where the next line begins
};

} // namespace recoscope
