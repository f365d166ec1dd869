// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/generative/token_sequences.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "engine/core/error.h"

namespace recoscope {

void requireTokens(const TokenSequences& s)
{
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() - 1;
    if (s.offsets.empty() || s.offsets.front() != 0 || s.offsets.back() != std::ssize(s.tokens))
        throw Error(ErrorKind::Input, "the offsets of the items' tokens do not span the tokens",
            "append sequences with TokenSequences::append");
    if (s.items() > most || std::ssize(s.tokens) > most)
        throw Error(ErrorKind::Input,
            std::to_string(s.items()) + " items with " + std::to_string(s.tokens.size())
                + " tokens are more than a trie can number",
            "use fewer items or shorter names");
    for (std::int64_t item = 0; item < s.items(); ++item)
        if (s.offsets[static_cast<std::size_t>(item)] > s.offsets[static_cast<std::size_t>(item) + 1])
            throw Error(ErrorKind::Input, "the tokens of item " + std::to_string(item) + " end before they begin",
                "append sequences with TokenSequences::append");
    for (std::int64_t item = 0; item < s.items(); ++item)
        for (const std::int32_t token : s.of(item))
            if (token < 0 || token >= s.vocabulary)
                throw Error(ErrorKind::Input,
                    "item " + std::to_string(item) + " has the token " + std::to_string(token)
                        + ", outside a vocabulary of " + std::to_string(s.vocabulary),
                    "encode the items with the tokeniser of the model");
}

std::vector<std::int32_t> lexicographicOrder(const TokenSequences& sequences)
{
    std::vector<std::int32_t> order(static_cast<std::size_t>(sequences.items()));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        const auto left = sequences.of(a), right = sequences.of(b);
        const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
        if (r == right.end())
            return l == left.end() && a < b;
        return l == left.end() || *l < *r;
    });
    return order;
}

NumberedSequences numberSequences(const TokenSequences& given)
{
    requireTokens(given);
    const std::vector<std::int32_t> order = lexicographicOrder(given);
    const std::size_t count = order.size();
    std::vector<std::int32_t> numbers(count, 0);
    NumberedSequences result;
    for (std::size_t begin = 0, end; begin < count; begin = end) {
        const auto name = given.of(order[begin]);
        for (end = begin; end < count && std::ranges::equal(given.of(order[end]), name); ++end)
            numbers[static_cast<std::size_t>(order[end])] = static_cast<std::int32_t>(end - begin);
        const auto alike = static_cast<std::int64_t>(end - begin);
        ++result.collisions.names;
        result.collisions.items += alike > 1 ? alike : 0;
        result.collisions.largest = std::max(result.collisions.largest, alike);
    }
    if (result.collisions.largest > std::numeric_limits<std::int32_t>::max() - given.vocabulary)
        throw Error(ErrorKind::Input, "too many items of one name for the vocabulary", "use a smaller vocabulary");
    TokenSequences& out = result.sequences;
    out.vocabulary = given.vocabulary + static_cast<std::int32_t>(result.collisions.largest);
    out.tokens.reserve(given.tokens.size() + count);
    out.offsets.reserve(count + 1);
    for (std::size_t item = 0; item < count; ++item) {
        const auto name = given.of(static_cast<std::int64_t>(item));
        out.tokens.insert(out.tokens.end(), name.begin(), name.end());
        out.tokens.push_back(given.vocabulary + numbers[item]);
        out.offsets.push_back(static_cast<std::int64_t>(out.tokens.size()));
    }
    return result;
}

} // namespace recoscope
