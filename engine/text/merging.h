// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Byte-pair merging, shared by the two BPE formats: neighbours are joined in the order of their keys until no pair is
// left that may be. O(n log n) in the number of symbols.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace recoscope {

struct MergeSymbol {
    std::int32_t id = -1;
    std::uint32_t begin = 0, length = 0; // bytes of the piece; length 0: joined to another symbol
    std::int32_t previous = -1, next = -1;
    bool frozen = false; // never joined
};

struct MergeRule {
    double key; // the smaller one goes first; of equal keys the left one
    std::int32_t id;
};

// Sets previous and next as the symbols stand.
inline void linkSymbols(std::vector<MergeSymbol>& symbols)
{
    const auto count = static_cast<std::int32_t>(symbols.size());
    for (std::int32_t i = 0; i < count; ++i) {
        symbols[static_cast<std::size_t>(i)].previous = i - 1;
        symbols[static_cast<std::size_t>(i)].next = i + 1 < count ? i + 1 : -1;
    }
}

// `ruleFor(left, right)` gives the rule that joins two symbols, if there is one. Joined symbols keep the left one's
// place; the others have length 0 afterwards.
template <class RuleFor> void mergeSymbols(std::vector<MergeSymbol>& symbols, RuleFor ruleFor)
{
    struct Candidate {
        double key;
        std::int32_t left, right, id;
        std::uint32_t length; // of both: a candidate whose symbols have changed since is out of date
    };
    const auto later
        = [](const Candidate& a, const Candidate& b) { return a.key != b.key ? a.key > b.key : a.left > b.left; };
    const auto at = [&](std::int32_t index) -> MergeSymbol& { return symbols[static_cast<std::size_t>(index)]; };

    std::vector<Candidate> storage;
    storage.reserve(symbols.size());
    std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> queue(later, std::move(storage));
    const auto consider = [&](std::int32_t left, std::int32_t right) {
        if (left < 0 || right < 0 || at(left).frozen || at(right).frozen)
            return;
        if (const std::optional<MergeRule> rule = ruleFor(at(left), at(right)))
            queue.push({rule->key, left, right, rule->id, at(left).length + at(right).length});
    };
    for (std::size_t i = 1; i < symbols.size(); ++i)
        consider(static_cast<std::int32_t>(i) - 1, static_cast<std::int32_t>(i));
    while (!queue.empty()) {
        const Candidate top = queue.top();
        queue.pop();
        MergeSymbol& left = at(top.left);
        MergeSymbol& right = at(top.right);
        if (left.length == 0 || right.length == 0 || left.length + right.length != top.length)
            continue;
        left.length = top.length;
        left.id = top.id;
        left.next = right.next;
        if (right.next >= 0)
            at(right.next).previous = top.left;
        right.length = 0;
        consider(left.previous, top.left);
        consider(top.left, left.next);
    }
}

} // namespace recoscope
