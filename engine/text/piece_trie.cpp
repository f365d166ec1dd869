// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/piece_trie.h"

#include <algorithm>

namespace recoscope {

namespace {

// The sorted pieces [begin, end) share their first `depth` bytes: one node.
struct Range {
    std::size_t begin, end, depth;
};

} // namespace

PieceTrie::PieceTrie(std::vector<std::pair<std::string, std::int32_t>> pieces)
{
    std::stable_sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    m_first.clear();
    std::vector<Range> nodes{{0, pieces.size(), 0}}; // in the order of breadth, which is the order of the arrays
    for (std::size_t n = 0; n < nodes.size(); ++n) {
        Range range = nodes[n];
        while (range.begin < range.end && pieces[range.begin].first.size() == range.depth) {
            if (range.depth > 0)
                m_values[n] = pieces[range.begin].second;
            ++range.begin;
        }
        m_first.push_back(static_cast<std::uint32_t>(nodes.size()));
        for (std::size_t i = range.begin; i < range.end;) {
            const char label = pieces[i].first[range.depth];
            const std::size_t begin = i;
            while (i < range.end && pieces[i].first[range.depth] == label)
                ++i;
            nodes.push_back({begin, i, range.depth + 1});
            m_labels.push_back(static_cast<unsigned char>(label));
            m_values.push_back(-1);
        }
    }
    m_first.push_back(static_cast<std::uint32_t>(nodes.size()));
}

std::uint32_t PieceTrie::child(std::uint32_t node, unsigned char label) const
{
    const auto begin = m_labels.begin() + m_first[node], end = m_labels.begin() + m_first[node + 1];
    const auto found = std::lower_bound(begin, end, label);
    return found != end && *found == label ? static_cast<std::uint32_t>(found - m_labels.begin()) : 0;
}

std::pair<std::size_t, std::int32_t> PieceTrie::longest(std::string_view text) const
{
    std::pair<std::size_t, std::int32_t> found{0, -1};
    visitPrefixes(text, [&](std::size_t length, std::int32_t value) { found = {length, value}; });
    return found;
}

} // namespace recoscope
