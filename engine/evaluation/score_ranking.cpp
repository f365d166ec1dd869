// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/score_ranking.h"

#include <algorithm>

namespace recoscope {

namespace {

bool better(const ScoredItem& a, const ScoredItem& b)
{
    return a.score != b.score ? a.score > b.score : a.item < b.item;
}

// Calls use(item) for every item that `masked` leaves.
template <class Use> void forUnmasked(std::size_t items, std::span<const std::int32_t> masked, Use use)
{
    std::size_t begin = 0;
    for (std::size_t m = 0; m <= masked.size(); ++m) {
        const std::size_t end = m < masked.size() ? static_cast<std::size_t>(masked[m]) : items;
        for (std::size_t i = begin; i < end; ++i)
            use(static_cast<std::int32_t>(i));
        begin = end + 1;
    }
}

} // namespace

std::vector<ScoredItem> topItems(std::span<const float> scores, std::span<const std::int32_t> masked, std::int64_t k)
{
    std::vector<ScoredItem> heap; // the worst kept item on top
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(0, k));
    heap.reserve(std::min(wanted, scores.size()));
    if (wanted == 0)
        return heap;
    forUnmasked(scores.size(), masked, [&](std::int32_t item) {
        const ScoredItem candidate{item, scores[static_cast<std::size_t>(item)]};
        if (heap.size() < wanted) {
            heap.push_back(candidate);
            std::push_heap(heap.begin(), heap.end(), better);
        } else if (better(candidate, heap.front())) {
            std::pop_heap(heap.begin(), heap.end(), better);
            heap.back() = candidate;
            std::push_heap(heap.begin(), heap.end(), better);
        }
    });
    std::sort_heap(heap.begin(), heap.end(), better);
    return heap;
}

TargetRank rankInScores(std::span<const float> scores, std::span<const std::int32_t> masked, std::int32_t target)
{
    const float own = scores[static_cast<std::size_t>(target)];
    TargetRank rank;
    forUnmasked(scores.size(), masked, [&](std::int32_t item) {
        const float score = scores[static_cast<std::size_t>(item)];
        rank.greater += score > own ? 1 : 0;
        if (score == own && item != target) {
            ++rank.equal;
            rank.equalBefore += item < target ? 1 : 0;
        }
    });
    return rank;
}

} // namespace recoscope
