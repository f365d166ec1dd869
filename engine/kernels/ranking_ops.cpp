// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of scoring, ranking and the incremental step.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
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
    const bool any = checkArguments(a);
    checkContents("topK", a);
    if (!any)
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(
        a.queries, queryGrain(a.queries), [&](std::int64_t begin, std::int64_t end) { table.topK(a, begin, end); });
}

void rankTargets(const RankTargets& a)
{
    if (!checkArguments(a))
        return;
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(a.top.queries, queryGrain(a.top.queries),
        [&](std::int64_t begin, std::int64_t end) { table.rankTargets(a, begin, end); });
}

void scoreAll(
    std::int64_t items, std::int64_t width, const float* query, const float* table, const float* bias, float* scores)
{
    const ScoreAllOp a{items, width, query, table, bias, scores};
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    constexpr std::int64_t grain = 1 << 14;
    const KernelTable& kernels = activeTable();
    parallelRanges(items, grain,
        [&](std::int64_t begin, std::int64_t end) { kernels.scoreAll(width, query, table, bias, scores, begin, end); });
}

void lruStep(const LruStep& a)
{
    checkArguments(LruStepOp{a, 1});
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, LruStepOp{a, 1});
    activeTable().lruStep(a);
}

} // namespace recoscope::kernels
