// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the row-wise and element-wise operations.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace recoscope::kernels {

namespace {

std::int64_t rowGrain(std::int64_t width)
{
    return std::max<std::int64_t>(1, elementGrain / std::max<std::int64_t>(width, 1));
}

} // namespace

void layerNormForward(const LayerNormForward& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, rowGrain(a.width),
        [&](std::int64_t begin, std::int64_t end) { table.layerNormForward(a, begin, end); });
}

void layerNormBackward(const LayerNormBackward& a)
{
    checkArguments(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const std::int64_t grain = rowGrain(a.width), blocks = (a.rows + grain - 1) / grain;
    std::vector<double> partial(blocks * 2 * a.width, 0.0);
    parallelBlocks(blocks, [&](std::int64_t i) {
        double* sums = partial.data() + i * 2 * a.width;
        table.layerNormBackward(a, i * grain, std::min(a.rows, (i + 1) * grain), sums, sums + a.width);
    });
    for (std::int64_t c = 0; c < a.width; ++c) {
        double weight = 0.0, bias = 0.0;
        for (std::int64_t i = 0; i < blocks; ++i) {
            weight += partial[2 * i * a.width + c];
            bias += partial[(2 * i + 1) * a.width + c];
        }
        a.gradWeight[c] = static_cast<float>(weight);
        a.gradBias[c] = static_cast<float>(bias);
    }
}

void geluDropoutForward(std::int64_t count, const float* input, float dropout, std::uint64_t seed, float* output)
{
    const ElementsOp a{count, input, dropout, seed, nullptr, output};
    if (!checkGelu(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, device->geluDropoutForward, a);
    const KernelTable& table = activeTable();
    parallelRanges(count, elementGrain,
        [&](std::int64_t begin, std::int64_t end) { table.geluForward(input, dropout, seed, output, begin, end); });
}

void geluDropoutBackward(std::int64_t count, const float* input, float dropout, std::uint64_t seed,
    const float* gradOutput, float* gradInput)
{
    const ElementsOp a{count, input, dropout, seed, gradOutput, gradInput};
    if (!checkGeluBackward(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, device->geluDropoutBackward, a);
    const KernelTable& table = activeTable();
    parallelRanges(count, elementGrain, [&](std::int64_t begin, std::int64_t end) {
        table.geluBackward(input, dropout, seed, gradOutput, gradInput, begin, end);
    });
}

void dropout(std::int64_t count, const float* input, float probability, std::uint64_t seed, float* output)
{
    const ElementsOp a{count, input, probability, seed, nullptr, output};
    if (!checkDropout(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, device->dropout, a);
    const KernelTable& table = activeTable();
    parallelRanges(count, elementGrain,
        [&](std::int64_t begin, std::int64_t end) { table.dropout(input, probability, seed, output, begin, end); });
}

void embeddingGather(std::int64_t rows, std::int64_t width, std::int64_t tableRows, const float* table,
    const std::int32_t* indices, float* output)
{
    const LookUpOp a{rows, width, tableRows, table, indices, output};
    if (!checkGather(a))
        return;
    checkContents("embeddingGather", a);
    if (const DeviceApi* device = activeDevice())
        return gatherOnDevice(*device, a);
    parallelRanges(rows, rowGrain(width), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
            std::memcpy(output + r * width, table + indices[r] * width, width * sizeof(float));
    });
}

void embeddingScatterAdd(std::int64_t rows, std::int64_t width, std::int64_t tableRows, const float* gradOutput,
    const std::int32_t* indices, float* grad)
{
    const LookUpOp a{rows, width, tableRows, gradOutput, indices, grad};
    if (!checkScatterAdd(a))
        return;
    checkContents("embeddingScatterAdd", a);
    if (const DeviceApi* device = activeDevice())
        return scatterAddOnDevice(*device, a);
    const KernelTable& kernels = activeTable();
    const std::int64_t parts = rows * width < elementGrain ? 1 : threads();
    parallelBlocks(
        parts, [&](std::int64_t part) { kernels.scatterAdd(rows, width, gradOutput, indices, grad, part, parts); });
}

} // namespace recoscope::kernels
