// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A trie over the bytes of strings, packed into arrays: all strings that a text begins with, in one walk. Immutable;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recoscope {

class PieceTrie {
public:
    PieceTrie() = default; // holds nothing
    // Of equal strings the last one counts; empty ones are left out.
    explicit PieceTrie(std::vector<std::pair<std::string, std::int32_t>> pieces);

    // Calls visit(length, value) for each piece that `text` begins with, the short ones first.
    template <class Visit> void visitPrefixes(std::string_view text, Visit visit) const
    {
        std::uint32_t node = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            node = child(node, static_cast<unsigned char>(text[i]));
            if (node == 0)
                return;
            if (m_values[node] >= 0)
                visit(i + 1, m_values[node]);
        }
    }

    // The longest one: {0, -1} when there is none.
    std::pair<std::size_t, std::int32_t> longest(std::string_view text) const;
    bool empty() const { return m_labels.size() <= 1; }

private:
    std::uint32_t child(std::uint32_t node, unsigned char label) const; // 0 when there is none

    // Node n's children are [m_first[n], m_first[n + 1]); labels ascend. Node 0 is the root.
    std::vector<std::uint32_t> m_first{1, 1};
    std::vector<unsigned char> m_labels{0};
    std::vector<std::int32_t> m_values{-1};
};

} // namespace recoscope
