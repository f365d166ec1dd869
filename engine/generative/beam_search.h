// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beam search for items that a model names token by token, over the trie of all names. Users and their prefixes are
// decoded together, one call a token; which tokens may follow is read from the trie's table, so a list holds items of
// the catalogue only, each once.
//
// Score of a prefix: sum of its tokens' log probabilities, in double precision. After each token the `width` best live
// prefixes of a user are kept; a prefix that names an item leaves the beam and takes none of its places. The list is
// the `width` best items so found. A prefix that is worse than the last of a full list can only get worse and is given
// up, which changes no list. With a width of at least the number of items nothing is ever lost: the list is that of
// scoring every item.
//
// Ties: live prefixes by lexicographic order of their tokens, items by index. -inf is never taken. A log probability
// above 0, as rounding leaves it, counts as 0.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/generative/prefix_trie.h"

namespace recoscope {

// A model in the middle of decoding. It owns its cache of keys and values, a row for each prefix of the last call.
class BeamDecoder {
public:
    virtual ~BeamDecoder() = default;
    virtual std::int32_t vocabulary() const = 0;
    // Log probabilities of each user's first token: [users, vocabulary], valid until the next call.
    virtual std::span<const float> begin() = 0;
    // Row r goes on from row parents[r] of the last call (of begin(): the user) with tokens[r]; what no row goes on
    // from may be forgotten. Log probabilities of the next token: [rows, vocabulary], valid until the next call.
    virtual std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens)
        = 0;
};

// Where the time went, added up over calls.
struct BeamTimes {
    std::function<double()> clock; // seconds, monotonic
    double encode = 0.0; // in begin()
    double decode = 0.0; // in step()
    double rest = 0.0;
    std::int64_t rows = 0; // decoded by step()
};

struct BeamRequest {
    static constexpr std::int64_t widest = 4096;

    std::int64_t users = 0;
    std::int64_t width = 10; // 1 .. widest
    // Items that user u may not get: seen[seenOffsets[u] .. seenOffsets[u+1]), in any order. Prefixes that only such
    // items go on from take no place in the beam. Or empty.
    std::span<const std::int64_t> seenOffsets = {}; // [users+1]
    std::span<const std::int32_t> seen = {};
    BeamTimes* times = nullptr; // not owned; or null
};

struct BeamItem {
    std::int32_t item = 0;
    double score = 0.0; // log probability of the item's name
};

// At most `width` items a user, best first. Error{Usage} for a request that contradicts itself or the trie;
// Error{Input} when the decoder gives values that are not numbers. One thread.
std::vector<std::vector<BeamItem>> beamSearch(const PrefixTrie& trie, BeamDecoder& decoder, const BeamRequest& request);

} // namespace recoscope
