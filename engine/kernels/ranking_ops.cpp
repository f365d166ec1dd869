// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of scoring, ranking and the incremental step.
#include "engine/kernels/parallel.h"
#include "engine/kernels/ranking_checks.h"
#include "engine/kernels/table.h"

#include <algorithm>

namespace recoscope::kernels {

namespace {

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
    check.pointers(
        {{a.greater, "greater"}, {a.equal, "equal"}, {a.equalBefore, "equalBefore"}, {a.targetScore, "targetScore"}});
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
    check.pointers({{query, "query"}, {table, "table"}, {scores, "scores"}});
    check.apart(
        {scores, items, "scores"}, {{query, width, "query"}, {table, items * width, "table"}, {bias, items, "bias"}});
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
    check.pointers({{a.lambda, "lambda"}, {a.inWeight, "inWeight"}, {a.inBias, "inBias"}, {a.outWeight, "outWeight"},
        {a.outBias, "outBias"}, {a.norm1Weight, "norm1Weight"}, {a.norm1Bias, "norm1Bias"}, {a.w1, "w1"}, {a.b1, "b1"},
        {a.w2, "w2"}, {a.b2, "b2"}, {a.norm2Weight, "norm2Weight"}, {a.norm2Bias, "norm2Bias"}, {a.state, "state"},
        {a.x, "x"}});
    activeTable().lruStep(a);
}

} // namespace recoscope::kernels
