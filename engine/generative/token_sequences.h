// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What items are called in tokens, for models that generate their recommendations token by token: codes of semantic ids
// or ids of the pieces of titles. Values; pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace recoscope {

// Item i is called tokens[offsets[i] .. offsets[i+1]).
struct TokenSequences {
    std::int32_t vocabulary = 0; // tokens are 0 .. vocabulary - 1
    std::vector<std::int64_t> offsets{0}; // [items+1]
    std::vector<std::int32_t> tokens;

    std::int64_t items() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
    std::span<const std::int32_t> of(std::int64_t item) const
    {
        const std::int64_t begin = offsets[static_cast<std::size_t>(item)];
        const std::int64_t end = offsets[static_cast<std::size_t>(item) + 1];
        return std::span(tokens).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    }
    void append(std::span<const std::int32_t> sequence)
    {
        tokens.insert(tokens.end(), sequence.begin(), sequence.end());
        offsets.push_back(static_cast<std::int64_t>(tokens.size()));
    }
};

// Error{Input} naming the item for offsets that do not ascend, a token outside the vocabulary, or more items or tokens
// than 32-bit indices number.
void requireTokens(const TokenSequences& sequences);

// Items in lexicographic order of their tokens; equal sequences by index. O(tokens log items).
std::vector<std::int32_t> lexicographicOrder(const TokenSequences& sequences);

// Items that are called alike.
struct NameCollisions {
    std::int64_t names = 0; // that differ
    std::int64_t items = 0; // that share their name with another
    std::int64_t largest = 0; // items of the most frequent name
};

struct NumberedSequences {
    TokenSequences sequences;
    NameCollisions collisions; // of the sequences as they were given
};

// Every sequence with one more token behind it, vocabulary + n for the n-th item (from 0, by index) that is called so.
// Now each item has a name of its own, and none is the beginning of another: the token that resolves collisions is the
// end of the name as well. An empty sequence is a name like any other.
NumberedSequences numberSequences(const TokenSequences& given);

} // namespace recoscope
