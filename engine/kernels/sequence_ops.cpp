// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the operations on packed sequences.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/event_blocks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels {

namespace {

// Pairs of sequence and head in one block: about 2^17 multiplications.
std::int64_t attentionGrain(const SoftmaxAttentionForward& a)
{
    const std::int64_t sequences = sequencesOf(a.offsets);
    const std::int64_t length = std::max<std::int64_t>(1, a.offsets.back() / sequences);
    return std::max<std::int64_t>(1, (1 << 17) / (length * length * a.headDim));
}

} // namespace

void joinBlocks(const std::vector<double>& partial, std::int64_t blocks, std::int64_t width, std::int64_t begin,
    std::int64_t end, float* out)
{
    for (std::int64_t c = begin; out && c < end; ++c) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < blocks; ++i)
            sum += partial[i * width + c];
        out[c - begin] = static_cast<float>(sum);
    }
}

std::vector<std::int64_t> cutByEvents(std::span<const std::int64_t> offsets, std::int64_t leastEvents)
{
    constexpr std::int64_t mostBlocks = 64;
    const std::int64_t blocks = std::clamp<std::int64_t>(offsets.back() / leastEvents, 1, mostBlocks);
    std::vector<std::int64_t> cuts{0};
    for (std::int64_t i = 1; i < blocks; ++i) {
        const auto at = std::lower_bound(offsets.begin(), offsets.end(), offsets.back() * i / blocks);
        cuts.push_back(std::max<std::int64_t>(cuts.back(), at - offsets.begin()));
    }
    cuts.push_back(sequencesOf(offsets));
    return cuts;
}

void hstuBackwardBlocks(
    const HstuAttentionForward& a, float* gradPositionBias, float* gradTimeBias, const HstuBackwardBlock& backward)
{
    const std::int64_t positions = a.positionBias ? a.positions : 0, times = a.timeBias ? a.timeBuckets + 1 : 0;
    std::int64_t blocks = 0;
    const std::int64_t width = positions + times;
    std::vector<double> partial;
    if (rowsOf(a.offsets) > 0) {
        const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
        blocks = static_cast<std::int64_t>(cuts.size()) - 1;
        partial.assign(blocks * width, 0.0);
        parallelBlocks(blocks, [&](std::int64_t i) {
            double* sums = partial.data() + i * width;
            backward(cuts[i], cuts[i + 1], sums, sums + positions);
        });
    }
    joinBlocks(partial, blocks, width, 0, positions, positions > 0 ? gradPositionBias : nullptr);
    joinBlocks(partial, blocks, width, positions, width, times > 0 ? gradTimeBias : nullptr);
}

void lruScanForward(const LruScanForward& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    parallelBlocks(
        static_cast<std::int64_t>(cuts.size()) - 1, [&](std::int64_t i) { table.lruForward(a, cuts[i], cuts[i + 1]); });
}

void lruScanBackward(const LruScanBackward& a)
{
    checkArguments(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const std::int64_t width = 2 * a.channels;
    std::fill_n(a.gradLambda, width, 0.0f);
    if (rowsOf(a.offsets) == 0) {
        if (a.gradInitial)
            std::fill_n(a.gradInitial, sequencesOf(a.offsets) * width, 0.0f);
        return;
    }
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    const auto blocks = static_cast<std::int64_t>(cuts.size()) - 1;
    std::vector<double> partial(blocks * width, 0.0);
    parallelBlocks(
        blocks, [&](std::int64_t i) { table.lruBackward(a, cuts[i], cuts[i + 1], partial.data() + i * width); });
    joinBlocks(partial, blocks, width, 0, width, a.gradLambda);
}

void lruSteps(const LruSteps& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    constexpr std::int64_t leastEvents = 256; // of a fraction of a millisecond
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets, leastEvents);
    parallelBlocks(
        static_cast<std::int64_t>(cuts.size()) - 1, [&](std::int64_t i) { table.lruSteps(a, cuts[i], cuts[i + 1]); });
}

void softmaxAttentionForward(const SoftmaxAttentionForward& a)
{
    if (!checkArguments(a))
        return;
    checkFirstQueries("softmaxAttentionForward", a.offsets, a.firstQueries);
    checkContents("softmaxAttentionForward", a.rotary);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(sequencesOf(a.offsets) * a.heads, attentionGrain(a),
        [&](std::int64_t begin, std::int64_t end) { table.attentionForward(a, begin, end); });
}

void softmaxAttentionBackward(const SoftmaxAttentionBackward& a)
{
    if (!checkArguments(a))
        return;
    checkFirstQueries("softmaxAttentionBackward", a.forward.offsets, a.forward.firstQueries);
    checkContents("softmaxAttentionBackward", a.forward.rotary);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(sequencesOf(a.forward.offsets) * a.forward.heads, attentionGrain(a.forward),
        [&](std::int64_t begin, std::int64_t end) { table.attentionBackward(a, begin, end); });
}

void softmaxAttentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities)
{
    if (!checkHead(a, sequence, head, probabilities))
        return;
    checkContents("softmaxAttentionProbabilities", a.rotary);
    activeTable().attentionProbabilities(a, sequence, head, probabilities);
}

void rotateRows(const RotateRows& a)
{
    if (!checkArguments(a))
        return;
    checkContents("rotateRows", a.rotary);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const std::int64_t grain = std::max<std::int64_t>(1, elementGrain / (a.heads * a.headDim));
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, grain, [&](std::int64_t begin, std::int64_t end) { table.rotateRows(a, begin, end); });
}

void cachedAttention(const CachedAttention& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 18) / (a.events * a.headDim));
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, grain, [&](std::int64_t begin, std::int64_t end) { table.cachedAttention(a, begin, end); });
}

void pagedAttention(const PagedAttention& a)
{
    if (!checkArguments(a))
        return;
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    std::int64_t seen = 0;
    for (const KeptPage& page : a.pages)
        seen += page.count;
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 18) * a.rows / (seen * a.headDim));
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, grain, [&](std::int64_t begin, std::int64_t end) { table.pagedAttention(a, begin, end); });
}

void hstuAttentionForward(const HstuAttentionForward& a)
{
    if (!checkArguments(a))
        return;
    checkFirstQueries("hstuAttentionForward", a.offsets, a.firstQueries);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    parallelBlocks(static_cast<std::int64_t>(cuts.size()) - 1,
        [&](std::int64_t i) { table.hstuForward(a, cuts[i], cuts[i + 1]); });
}

void hstuAttentionBackward(const HstuAttentionBackward& b)
{
    checkArguments(b);
    checkFirstQueries("hstuAttentionBackward", b.forward.offsets, b.forward.firstQueries);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, b);
    const KernelTable& table = activeTable();
    hstuBackwardBlocks(b.forward, b.gradPositionBias, b.gradTimeBias,
        [&](std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime) {
            table.hstuBackward(b, begin, end, gradPosition, gradTime);
        });
}

void hstuAttentionWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights)
{
    if (checkHead(a, sequence, head, weights))
        activeTable().hstuWeights(a, sequence, head, weights);
}

} // namespace recoscope::kernels
