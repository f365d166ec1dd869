// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rows of a dataset in the making, in blocks of fixed size, so that growing never copies: 20 bytes a row, 2 more
// with marks. What belongs to a row lies together, because sorting by user visits rows all over the store. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/packed.h"

namespace recoscope {

template <class T> class BlockColumn {
public:
    static constexpr std::int64_t blockRows = std::int64_t(1) << 18;

    void push(T value)
    {
        if (m_size == static_cast<std::int64_t>(m_blocks.size()) * blockRows)
            m_blocks.push_back(std::make_unique_for_overwrite<T[]>(blockRows));
        m_blocks.back()[m_size % blockRows] = value;
        ++m_size;
    }
    T& operator[](std::int64_t row) { return m_blocks[row / blockRows][row % blockRows]; }
    const T& operator[](std::int64_t row) const { return m_blocks[row / blockRows][row % blockRows]; }
    std::int64_t size() const { return m_size; }

private:
    std::vector<std::unique_ptr<T[]>> m_blocks;
    std::int64_t m_size = 0;
};

struct StoredRow {
    std::int64_t time = 0; // milliseconds; 0 without times
    std::int32_t item = 0;
    float feedback = 0.0f; // 0 without feedback
};

struct RowStore {
    BlockColumn<std::int32_t> users;
    BlockColumn<StoredRow> rows;
    BlockColumn<EventMark> marks; // of the rows up to the last one with a mark
    bool hasTimes = false;
    bool hasFeedback = false;

    std::int64_t size() const { return users.size(); }
    // Error{Usage} when a row differs from the first one in having a time or feedback.
    void requireSameShape(bool time, bool rating);
    // Of the row pushed last.
    void pushMark(EventMark mark);
    EventMark markOf(std::int64_t row) const { return row < marks.size() ? marks[row] : EventMark(); }
};

// [users+1] ends of the users' rows once sorted.
std::vector<std::int64_t> offsetsByUser(const RowStore& store, std::int32_t users);
// Row numbers by user, then row number. At most 2^32 - 1 rows (Error{Resource}).
std::vector<std::uint32_t> rowsByUser(const RowStore& store, std::span<const std::int64_t> offsets);

struct NumberedRow {
    StoredRow row;
    std::uint32_t number = 0; // in the store
};
// The rows of one user (given in row order) by time, then row number.
void gatherByTime(const RowStore& store, std::span<const std::uint32_t> numbers, std::vector<NumberedRow>& out);

} // namespace recoscope
