// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The beginnings of all items' token sequences as a flat table (in the way of STATIC, arXiv 2602.22647): nodes in
// breadth-first order, so that the children of a node are consecutive nodes and their tokens, ascending, one contiguous
// range that is found in O(1). Nothing is hashed and nothing is called back; the arrays may lie on any device as they
// are. 16 bytes a node and 8 an item. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/generative/token_sequences.h"

namespace recoscope {

class PrefixTrie {
public:
    static constexpr std::int32_t root = 0;

    // Error{Input} naming the items when there are none, one has no tokens, or one's tokens are the beginning of (or
    // the same as) another's: numberSequences() makes such sequences distinct.
    explicit PrefixTrie(const TokenSequences& sequences);

    std::int32_t vocabulary() const { return m_vocabulary; }
    std::int32_t items() const { return static_cast<std::int32_t>(m_itemOfLeaf.size()); }
    std::int32_t nodes() const { return static_cast<std::int32_t>(m_token.size()); }
    std::int32_t depth() const { return m_depth; } // tokens of the longest sequence
    std::int64_t bytes() const; // of the table

    // Tokens that may follow: child c is node first + c.
    struct Children {
        std::int32_t first = 0;
        std::span<const std::int32_t> tokens; // ascending
    };
    Children children(std::int32_t node) const
    {
        const std::int32_t first = m_firstChild[static_cast<std::size_t>(node)];
        const std::int32_t end = m_firstChild[static_cast<std::size_t>(node) + 1];
        return {
            first, std::span(m_token).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first))};
    }
    // The child behind a token, or -1. O(log children).
    std::int32_t child(std::int32_t node, std::int32_t token) const;
    // The token that leads to a node; -1 for the root.
    std::int32_t token(std::int32_t node) const { return m_token[static_cast<std::size_t>(node)]; }
    bool isLeaf(std::int32_t node) const
    {
        return m_firstChild[static_cast<std::size_t>(node)] == m_firstChild[static_cast<std::size_t>(node) + 1];
    }
    // The item whose sequence ends here; -1 for inner nodes.
    std::int32_t itemAt(std::int32_t node) const
    {
        return isLeaf(node) ? m_itemOfLeaf[static_cast<std::size_t>(m_leaves[static_cast<std::size_t>(node)].first)]
                            : -1;
    }

    // Items below a node are leaves [first, end), counted in lexicographic order of the sequences.
    struct Leaves {
        std::int32_t first = 0, end = 0;
    };
    Leaves leaves(std::int32_t node) const { return m_leaves[static_cast<std::size_t>(node)]; }
    std::int32_t leafOf(std::int32_t item) const { return m_leafOfItem[static_cast<std::size_t>(item)]; }

private:
    void appendNode(std::int32_t token, std::int32_t firstLeaf, std::int32_t endLeaf);
    void expand(std::int32_t node, const TokenSequences& sequences, std::size_t depth);

    std::int32_t m_vocabulary = 0, m_depth = 0;
    std::vector<std::int32_t> m_token; // [nodes]
    std::vector<std::int32_t> m_firstChild; // [nodes+1]
    std::vector<Leaves> m_leaves; // [nodes]
    std::vector<std::int32_t> m_itemOfLeaf, m_leafOfItem; // [items]
};

} // namespace recoscope
