// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Counts of a stream in fixed memory (Cormode & Muthukrishnan 2005): each key is counted in one cell of every row, and
// the smallest of its cells is the estimate. Never below the true count; above it by more than 2 total / width with
// probability 2^-depth at most. A function of the keys added, not of their order. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/random.h"

namespace recoscope {

class CountMinSketch {
public:
    CountMinSketch(std::int64_t width, std::int64_t depth)
        : m_width(static_cast<std::uint64_t>(width))
        , m_depth(depth)
        , m_cells(static_cast<std::size_t>(width * depth + 1), 0)
    {
    }

    void add(std::uint64_t key)
    {
        for (std::int64_t row = 0; row < m_depth; ++row)
            ++m_cells[cell(row, key)];
        ++m_cells.back();
    }
    std::int64_t estimate(std::uint64_t key) const
    {
        std::int64_t least = total();
        for (std::int64_t row = 0; row < m_depth; ++row)
            least = std::min(least, m_cells[cell(row, key)]);
        return least;
    }
    std::int64_t total() const { return m_cells.back(); }
    // Everything it knows: [depth, width] counts, then the total.
    std::span<std::int64_t> memory() { return m_cells; }

private:
    std::size_t cell(std::int64_t row, std::uint64_t key) const
    {
        const std::uint64_t hash = mixBits(key + mixBits(static_cast<std::uint64_t>(row + 1)));
        return static_cast<std::size_t>(static_cast<std::uint64_t>(row) * m_width + hash % m_width);
    }

    std::uint64_t m_width;
    std::int64_t m_depth;
    std::vector<std::int64_t> m_cells;
};

} // namespace recoscope
