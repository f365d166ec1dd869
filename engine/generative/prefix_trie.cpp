// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/generative/prefix_trie.h"

#include <algorithm>
#include <string>

#include "engine/core/error.h"

namespace recoscope {

PrefixTrie::PrefixTrie(const TokenSequences& sequences)
    : m_vocabulary(sequences.vocabulary)
{
    requireTokens(sequences);
    if (sequences.items() == 0)
        throw Error(ErrorKind::Input, "a trie of no items", "give the token sequences of at least one item");
    for (std::int64_t item = 0; item < sequences.items(); ++item)
        if (sequences.of(item).empty())
            throw Error(ErrorKind::Input, "item " + std::to_string(item) + " has no tokens",
                "number the sequences, which also names items without a text");
    m_itemOfLeaf = lexicographicOrder(sequences);
    m_leafOfItem.resize(m_itemOfLeaf.size());
    for (std::size_t leaf = 0; leaf < m_itemOfLeaf.size(); ++leaf)
        m_leafOfItem[static_cast<std::size_t>(m_itemOfLeaf[leaf])] = static_cast<std::int32_t>(leaf);
    appendNode(-1, 0, static_cast<std::int32_t>(m_itemOfLeaf.size()));
    for (std::int32_t begin = 0, end = 1; begin < end; begin = end, end = nodes(), ++m_depth)
        for (std::int32_t node = begin; node < end; ++node)
            expand(node, sequences, static_cast<std::size_t>(m_depth));
    --m_depth; // the last round found leaves only
    m_firstChild.push_back(nodes());
    m_token.shrink_to_fit();
    m_firstChild.shrink_to_fit();
    m_leaves.shrink_to_fit();
}

void PrefixTrie::appendNode(std::int32_t token, std::int32_t firstLeaf, std::int32_t endLeaf)
{
    m_token.push_back(token);
    m_leaves.push_back({firstLeaf, endLeaf});
}

void PrefixTrie::expand(std::int32_t node, const TokenSequences& sequences, std::size_t depth)
{
    m_firstChild.push_back(nodes());
    const Leaves range = leaves(node);
    const auto name = [&](std::int32_t leaf) { return sequences.of(m_itemOfLeaf[static_cast<std::size_t>(leaf)]); };
    if (name(range.first).size() == depth) { // of those below, the shortest comes first
        if (range.end - range.first == 1)
            return;
        throw Error(ErrorKind::Input,
            "the tokens of item " + std::to_string(m_itemOfLeaf[static_cast<std::size_t>(range.first)])
                + " are the beginning of those of item "
                + std::to_string(m_itemOfLeaf[static_cast<std::size_t>(range.first) + 1]),
            "number the sequences, so that every item has a name of its own");
    }
    for (std::int32_t begin = range.first, end; begin < range.end; begin = end) {
        const std::int32_t token = name(begin)[depth];
        for (end = begin + 1; end < range.end && name(end)[depth] == token;)
            ++end;
        appendNode(token, begin, end);
    }
}

std::int32_t PrefixTrie::child(std::int32_t node, std::int32_t token) const
{
    const Children all = children(node);
    const auto at = std::lower_bound(all.tokens.begin(), all.tokens.end(), token);
    return at != all.tokens.end() && *at == token ? all.first + static_cast<std::int32_t>(at - all.tokens.begin()) : -1;
}

std::int64_t PrefixTrie::bytes() const
{
    const auto size = [](const auto& v) { return static_cast<std::int64_t>(v.size() * sizeof(v.front())); };
    return size(m_token) + size(m_firstChild) + size(m_leaves) + size(m_itemOfLeaf) + size(m_leafOfItem);
}

} // namespace recoscope
