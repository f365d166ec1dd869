// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rows of a dataset in the making, column by column in blocks of fixed size, so that growing never copies: 8 bytes a
// row, 16 with times, 20 with feedback. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

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
    T operator[](std::int64_t row) const { return m_blocks[row / blockRows][row % blockRows]; }
    std::int64_t size() const { return m_size; }
    void clear()
    {
        m_blocks.clear();
        m_size = 0;
    }

private:
    std::vector<std::unique_ptr<T[]>> m_blocks;
    std::int64_t m_size = 0;
};

struct RowStore {
    BlockColumn<std::int32_t> users, items;
    BlockColumn<std::int64_t> times; // milliseconds; empty without times
    BlockColumn<float> feedback; // empty without feedback
    bool hasTimes = false;
    bool hasFeedback = false;

    std::int64_t size() const { return users.size(); }
    // Error{Usage} when a row differs from the first one in having a time or feedback.
    void requireSameShape(bool time, bool rating);
};

// [users+1] ends of the users' rows once sorted.
std::vector<std::int64_t> offsetsByUser(const RowStore& rows, std::int32_t users);
// Row numbers by user, then time, then row number. At most 2^32 - 1 rows (Error{Resource}).
std::vector<std::uint32_t> sortedRows(const RowStore& rows, std::span<const std::int64_t> offsets);

} // namespace recoscope
