// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/ranked_list.h"
#include "engine/kernels/reference/reference.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels::reference {

namespace {

std::span<const std::int32_t> seenBy(const TopK& a, std::int64_t query)
{
    if (a.seenOffsets.empty())
        return {};
    return a.seen.subspan(a.seenOffsets[query], a.seenOffsets[query + 1] - a.seenOffsets[query]);
}

} // namespace

void scoreAll(std::int64_t width, const float* query, const float* table, const float* bias, float* scores,
    std::int64_t begin, std::int64_t end)
{
    for (std::int64_t i = begin; i < end; ++i) {
        double sum = 0.0;
        for (std::int64_t d = 0; d < width; ++d)
            sum += static_cast<double>(query[d]) * table[i * width + d];
        scores[i] = static_cast<float>(sum + (bias ? bias[i] : 0.0f));
    }
}

void topK(const TopK& a, std::int64_t begin, std::int64_t end)
{
    std::vector<float> scores(a.items);
    for (std::int64_t q = begin; q < end; ++q) {
        scoreAll(a.width, a.query + q * a.width, a.table, a.bias, scores.data(), 0, a.items);
        const std::span<const std::int32_t> seen = seenBy(a, q);
        RankedList list(a.k, a.ids + q * a.k, a.scores + q * a.k, seen.data(), static_cast<std::int64_t>(seen.size()));
        list.fill();
        for (std::int64_t i = 0; i < a.items; ++i)
            list.offer(static_cast<std::int32_t>(i), scores[i]);
    }
}

void rankTargets(const RankTargets& r, std::int64_t begin, std::int64_t end)
{
    const TopK& a = r.top;
    if (a.k > 0)
        topK(a, begin, end);
    std::vector<float> scores(a.items);
    for (std::int64_t q = begin; q < end; ++q) {
        scoreAll(a.width, a.query + q * a.width, a.table, a.bias, scores.data(), 0, a.items);
        const std::span<const std::int32_t> seen = seenBy(a, q);
        const float target = scores[r.targets[q]];
        std::int64_t greater = 0, equal = 0, before = 0;
        for (std::int64_t i = 0; i < a.items; ++i) {
            if (i == r.targets[q] || std::binary_search(seen.begin(), seen.end(), i))
                continue;
            greater += scores[i] > target;
            equal += scores[i] == target;
            before += scores[i] == target && i < r.targets[q];
        }
        r.greater[q] = greater;
        r.equal[q] = equal;
        r.equalBefore[q] = before;
        r.targetScore[q] = target;
    }
}

} // namespace recoscope::kernels::reference
