// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of scoring, ranking and the incremental step.
#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <limits>

namespace recoscope::kernels {

namespace {

void checkTop(const Checks& check, const TopK& a)
{
    check.size(a.queries, "queries");
    check.size(a.items, "items");
    check.require(a.items <= std::numeric_limits<std::int32_t>::max(), "items", "exceeds 2^31 - 1");
    check.positive(a.width, "width");
    check.size(a.k, "k");
    if (a.queries == 0)
        return;
    check.pointer(a.query, "query");
    if (a.items > 0)
        check.pointer(a.table, "table");
    if (a.k > 0) {
        check.pointer(a.ids, "ids");
        check.pointer(a.scores, "scores");
    }
    if (a.seenOffsets.empty())
        return;
    check.require(static_cast<std::int64_t>(a.seenOffsets.size()) == a.queries + 1, "seenOffsets",
        "must have queries + 1 entries");
    check.offsets(a.seenOffsets, "seenOffsets");
    check.require(a.seenOffsets.back() <= static_cast<std::int64_t>(a.seen.size()), "seenOffsets",
        "reaches past the end of seen");
    check.indices(a.seen.data(), a.seenOffsets.back(), a.items, "seen");
    for (std::int64_t q = 0; q < a.queries; ++q) {
        const auto list = a.seen.subspan(a.seenOffsets[q], a.seenOffsets[q + 1] - a.seenOffsets[q]);
        check.require(std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end(), "seen",
            "must ascend without repeats within a query");
    }
}

// Queries per block: each thread gets a few, since a block packs the table once for itself. A query's list does not
// depend on the block it is in.
std::int64_t queryGrain(std::int64_t queries)
{
    return std::clamp<std::int64_t>((queries + 2 * threads() - 1) / (2 * threads()), 1, 16384);
}

} // namespace

void topK(const TopK& a)
{
    checkTop(Checks("topK"), a);
    if (a.k == 0)
        return;
    const KernelTable& table = activeTable();
    parallelRanges(
        a.queries, queryGrain(a.queries), [&](std::int64_t begin, std::int64_t end) { table.topK(a, begin, end); });
}

void rankTargets(const RankTargets& a)
{
    const Checks check("rankTargets");
    checkTop(check, a.top);
    if (a.top.queries == 0)
        return;
    check.pointer(a.targets, "targets");
    check.indices(a.targets, a.top.queries, a.top.items, "targets");
    check.pointer(a.greater, "greater");
    check.pointer(a.equal, "equal");
    check.pointer(a.equalBefore, "equalBefore");
    check.pointer(a.targetScore, "targetScore");
    const KernelTable& table = activeTable();
    parallelRanges(a.top.queries, queryGrain(a.top.queries),
        [&](std::int64_t begin, std::int64_t end) { table.rankTargets(a, begin, end); });
}

void scoreAll(
    std::int64_t items, std::int64_t width, const float* query, const float* table, const float* bias, float* scores)
{
    const Checks check("scoreAll");
    check.size(items, "items");
    check.positive(width, "width");
    if (items == 0)
        return;
    check.pointer(query, "query");
    check.pointer(table, "table");
    check.pointer(scores, "scores");
    constexpr std::int64_t grain = 1 << 14;
    const KernelTable& kernels = activeTable();
    parallelRanges(items, grain,
        [&](std::int64_t begin, std::int64_t end) { kernels.scoreAll(width, query, table, bias, scores, begin, end); });
}

void lruStep(const LruStep& a)
{
    const Checks check("lruStep");
    check.positive(a.width, "width");
    check.positive(a.channels, "channels");
    check.positive(a.inner, "inner");
    check.pointer(a.lambda, "lambda");
    check.pointer(a.inWeight, "inWeight");
    check.pointer(a.inBias, "inBias");
    check.pointer(a.outWeight, "outWeight");
    check.pointer(a.outBias, "outBias");
    check.pointer(a.norm1Weight, "norm1Weight");
    check.pointer(a.norm1Bias, "norm1Bias");
    check.pointer(a.w1, "w1");
    check.pointer(a.b1, "b1");
    check.pointer(a.w2, "w2");
    check.pointer(a.b2, "b2");
    check.pointer(a.norm2Weight, "norm2Weight");
    check.pointer(a.norm2Bias, "norm2Bias");
    check.pointer(a.state, "state");
    check.pointer(a.x, "x");
    activeTable().lruStep(a);
}

} // namespace recoscope::kernels
