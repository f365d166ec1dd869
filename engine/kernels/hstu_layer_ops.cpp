// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of a whole HSTU layer.
#include "engine/kernels/hstu_layer.h"

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/event_blocks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/projection_blocks.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels {

namespace {

// Blocks of sequences for threads, by the sizes alone; none where they are too unlike to share the work: histories so
// long are in no cache anyway.
std::vector<std::int64_t> cutLayer(std::span<const std::int64_t> offsets)
{
    constexpr std::int64_t leastEvents = 1024, mostEvents = 4096;
    const std::vector<std::int64_t> cuts = cutByEvents(offsets, leastEvents);
    const auto events = static_cast<double>(offsets.back()) / static_cast<double>(cuts.size() - 1);
    for (std::size_t i = 1; i < cuts.size(); ++i)
        if (static_cast<double>(offsets[cuts[i]] - offsets[cuts[i - 1]]) > std::max<double>(mostEvents, 2.0 * events))
            return {};
    return cuts;
}

// Of the sequences [begin, end) a few at a time: as many as it takes to lay out weights for.
template <class Part>
void forEachPart(std::span<const std::int64_t> offsets, std::int64_t begin, std::int64_t end, const Part& part)
{
    for (std::int64_t first = begin, last; first < end; first = last) {
        last = first + 1;
        while (last < end && offsets[last] - offsets[first] < leastProjectionRows)
            ++last;
        part(first, last);
    }
}

void threeForward(const HstuLayerForward& a)
{
    siluProjectionForward(projectionOf(a));
    hstuAttentionForward(attentionOf(a));
    gatedOutputForward(outputOf(a));
}

void addResidual(const HstuLayerBackward& b, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t i = begin * b.forward.width; i < end * b.forward.width; ++i)
        b.gradInput[i] += b.gradOutput[i];
}

void threeBackward(const HstuLayerBackward& b)
{
    gatedOutputBackward(outputBackwardOf(b));
    hstuAttentionBackward(attentionBackwardOf(b));
    siluProjectionBackward(projectionBackwardOf(b));
    addResidual(b, 0, rowsOf(b.forward.offsets));
}

// Where the gradients of a block's weights lie.
struct BlockSums {
    std::int64_t weight, bias, outWeight, outBias; // floats
    std::int64_t position, time; // doubles

    explicit BlockSums(const HstuLayerForward& a)
        : weight(a.width * a.rowWidth())
        , bias(a.bias ? a.rowWidth() : 0)
        , outWeight(a.width * a.valueWidth())
        , outBias(a.width)
        , position(a.positionBias ? a.positions : 0)
        , time(a.timeBias ? a.timeBuckets + 1 : 0)
    {
    }
    std::int64_t floats() const { return weight + bias + outWeight + outBias; }
    std::int64_t doubles() const { return position + time; }
};

void blockBackward(const HstuLayerBackward& b, const BlockSums& sums, std::int64_t begin, std::int64_t end,
    float* floats, double* doubles)
{
    const KernelTable& table = activeTable();
    const std::span<const std::int64_t> offsets = b.forward.offsets;
    const GatedOutputBackward output = outputBackwardOf(b);
    const HstuAttentionBackward attention = attentionBackwardOf(b);
    const SiluProjectionBackward projection = projectionBackwardOf(b);
    float* bias = floats + sums.weight;
    float* outWeight = bias + sums.bias;
    forEachPart(offsets, begin, end, [&](std::int64_t first, std::int64_t last) {
        const std::int64_t row = offsets[first], rowEnd = offsets[last];
        table.gatedOutputBackward(output, row, rowEnd, outWeight, outWeight + sums.outWeight);
        table.hstuBackward(attention, first, last, doubles, doubles + sums.position);
        table.siluProjectionBackward(projection, row, rowEnd, floats, sums.bias > 0 ? bias : nullptr);
        addResidual(b, row, rowEnd);
    });
}

} // namespace

void hstuLayerForward(const HstuLayerForward& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return fitsOneLaunch(a) ? runOnDevice(*device, a) : threeForward(a);
    const std::vector<std::int64_t> cuts = cutLayer(a.offsets);
    if (cuts.empty())
        return threeForward(a);
    const KernelTable& table = activeTable();
    const SiluProjection projection = projectionOf(a);
    const HstuAttentionForward attention = attentionOf(a);
    const GatedOutput output = outputOf(a);
    parallelBlocks(static_cast<std::int64_t>(cuts.size()) - 1, [&](std::int64_t i) {
        forEachPart(a.offsets, cuts[i], cuts[i + 1], [&](std::int64_t first, std::int64_t last) {
            table.siluProjectionForward(projection, a.offsets[first], a.offsets[last]);
            table.hstuForward(attention, first, last);
            table.gatedOutputForward(output, a.offsets[first], a.offsets[last]);
        });
    });
}

void hstuLayerBackward(const HstuLayerBackward& b)
{
    checkArguments(b);
    const HstuLayerForward& a = b.forward;
    if (const DeviceApi* device = activeDevice())
        return fitsOneLaunch(a) ? runOnDevice(*device, b) : threeBackward(b);
    const std::vector<std::int64_t> cuts = rowsOf(a.offsets) > 0 ? cutLayer(a.offsets) : std::vector<std::int64_t>();
    if (cuts.empty())
        return threeBackward(b);
    const BlockSums sums(a);
    const auto blocks = static_cast<std::int64_t>(cuts.size()) - 1;
    std::vector<float> floats(blocks * sums.floats(), 0.0f);
    std::vector<double> doubles(blocks * sums.doubles(), 0.0);
    parallelBlocks(blocks, [&](std::int64_t i) {
        blockBackward(
            b, sums, cuts[i], cuts[i + 1], floats.data() + i * sums.floats(), doubles.data() + i * sums.doubles());
    });
    std::int64_t at = 0;
    for (const auto& [gradient, count] : {std::pair(b.gradWeight, sums.weight), {b.gradBias, sums.bias},
             {b.gradOutWeight, sums.outWeight}, {b.gradOutBias, sums.outBias}}) {
        addBlocks(floats, blocks, sums.floats(), at, count, gradient);
        at += count;
    }
    joinBlocks(doubles, blocks, sums.doubles(), 0, sums.position, b.gradPositionBias);
    joinBlocks(doubles, blocks, sums.doubles(), sums.position, sums.doubles(), b.gradTimeBias);
}

} // namespace recoscope::kernels
