// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of linear layers and of what follows the last one.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/projection_blocks.h"
#include "engine/kernels/table.h"

#include <algorithm>

namespace recoscope::kernels {

void siluProjectionForward(const SiluProjection& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, rowsOfProjectionBlock(a.rows),
        [&](std::int64_t begin, std::int64_t end) { table.siluProjectionForward(a, begin, end); });
}

void siluProjectionBackward(const SiluProjectionBackward& b)
{
    checkArguments(b);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, b);
    const SiluProjection& a = b.forward;
    const KernelTable& table = activeTable();
    sumProjectionBlocks(a.rows, a.inner * a.width, b.gradWeight, a.bias ? a.width : 0, b.gradBias,
        [&](std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias) {
            table.siluProjectionBackward(b, begin, end, gradWeight, a.bias ? gradBias : nullptr);
        });
}

std::int64_t packedLinearFloats(std::int64_t outputs, std::int64_t inner)
{
    return (outputs + PackedLinear::group - 1) / PackedLinear::group * PackedLinear::group * (inner + 1);
}

void packLinear(std::int64_t outputs, std::int64_t inner, const float* weight, const float* bias, float* packed)
{
    const Checks check("packLinear");
    check.positive(outputs, "outputs");
    check.positive(inner, "inner");
    check.pointers({{weight, "weight"}, {packed, "packed"}});
    const std::int64_t floats = packedLinearFloats(outputs, inner);
    check.apart({packed, floats, "packed"}, {{weight, outputs * inner, "weight"}, {bias, outputs, "bias"}});
    constexpr std::int64_t group = PackedLinear::group;
    std::fill_n(packed, floats, 0.0f);
    for (std::int64_t c = 0; c < outputs; ++c)
        for (std::int64_t d = 0; d < inner; ++d)
            packed[(c / group * inner + d) * group + c % group] = weight[c * inner + d];
    if (bias)
        std::copy_n(bias, outputs, packed + floats / (inner + 1) * inner);
}

void packedLinear(const PackedLinear& given)
{
    PackedLinear a = given;
    if (a.outputStride == 0)
        a.outputStride = a.outputs;
    const Checks check("packedLinear");
    check.size(a.rows, "rows");
    check.positive(a.inner, "inner");
    check.positive(a.outputs, "outputs");
    check.require(a.outputStride >= a.outputs, "outputStride", "is below outputs");
    if (a.rows == 0)
        return;
    check.pointers({{a.input, "input"}, {a.packed, "packed"}, {a.output, "output"}});
    check.apart({a.output, (a.rows - 1) * a.outputStride + a.outputs, "output"},
        {{a.input, a.rows * a.inner, "input"}, {a.packed, packedLinearFloats(a.outputs, a.inner), "packed"}});
    const KernelTable& table = activeTable();
    parallelRanges(
        a.rows, leastProjectionRows, [&](std::int64_t begin, std::int64_t end) { table.packedLinear(a, begin, end); });
}

void unitRowsForward(const UnitRows& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, leastProjectionRows,
        [&](std::int64_t begin, std::int64_t end) { table.unitRowsForward(a, begin, end); });
}

void unitRowsBackward(const UnitRowsBackward& b)
{
    if (!checkArguments(b))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, b);
    const UnitRows& a = b.forward;
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, leastProjectionRows,
        [&](std::int64_t begin, std::int64_t end) { table.unitRowsBackward(b, begin, end); });
}

void logSoftmax(std::int64_t rows, std::int64_t width, float* values)
{
    const Checks check("logSoftmax");
    check.size(rows, "rows");
    check.positive(width, "width");
    if (rows == 0)
        return;
    check.pointer(values, "values");
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 15) / width);
    const KernelTable& table = activeTable();
    parallelRanges(
        rows, grain, [&](std::int64_t begin, std::int64_t end) { table.logSoftmax(width, values, begin, end); });
}

void sigmoidGate(std::int64_t count, const float* opening, const float* input, float* output)
{
    const Checks check("sigmoidGate");
    check.size(count, "count");
    if (count == 0)
        return;
    check.pointers({{opening, "opening"}, {input, "input"}, {output, "output"}});
    check.apartOrSame({output, count, "output"}, {{opening, count, "opening"}, {input, count, "input"}});
    constexpr std::int64_t grain = 1 << 15;
    const KernelTable& table = activeTable();
    parallelRanges(count, grain,
        [&](std::int64_t begin, std::int64_t end) { table.sigmoidGate(opening, input, output, begin, end); });
}

} // namespace recoscope::kernels
