// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of linear layers and of what follows the last one.
#include "engine/kernels/checks.h"
#include "engine/kernels/projection_blocks.h"
#include "engine/kernels/table.h"

#include <algorithm>

namespace recoscope::kernels {

namespace {

void checkProjection(const Checks& check, const SiluProjection& a)
{
    check.size(a.rows, "rows");
    check.positive(a.inner, "inner");
    check.positive(a.width, "width");
    check.require(a.activated >= 0 && a.activated <= a.width, "activated", "must be in [0, width]");
    check.require(a.normEpsilon >= 0.0f, "normEpsilon", "must not be below zero");
    check.require((a.mean == nullptr) == (a.inverseSigma == nullptr), "inverseSigma", "goes with the mean");
    if (a.rows > 0)
        check.pointers({{a.input, "input"}, {a.weight, "weight"}});
}

void checkUnitRows(const Checks& check, const UnitRows& a)
{
    check.size(a.rows, "rows");
    check.positive(a.width, "width");
    check.require(a.epsilon > 0.0f, "epsilon", "must be above zero");
    if (a.rows > 0)
        check.pointers({{a.output, "output"}, {a.inverse, "inverse"}});
}

} // namespace

void siluProjectionForward(const SiluProjection& a)
{
    const Checks check("siluProjectionForward");
    checkProjection(check, a);
    if (a.rows == 0)
        return;
    check.pointer(a.output, "output");
    const Checks::Array input{a.input, a.rows * a.inner, "input"}, weight{a.weight, a.inner * a.width, "weight"},
        bias{a.bias, a.width, "bias"}, slope{a.slope, a.rows * a.activated, "slope"};
    check.apart(slope, {input, weight, bias});
    check.apart({a.output, a.rows * a.width, "output"}, {input, weight, bias, slope});
    check.apart({a.mean, a.rows, "mean"}, {input, weight, bias, slope, {a.output, a.rows * a.width, "output"}});
    check.apart({a.inverseSigma, a.rows, "inverseSigma"},
        {input, weight, bias, slope, {a.output, a.rows * a.width, "output"}, {a.mean, a.rows, "mean"}});
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, rowsOfProjectionBlock(a.rows),
        [&](std::int64_t begin, std::int64_t end) { table.siluProjectionForward(a, begin, end); });
}

void siluProjectionBackward(const SiluProjectionBackward& b)
{
    const Checks check("siluProjectionBackward");
    const SiluProjection& a = b.forward;
    checkProjection(check, a);
    check.pointer(b.gradWeight, "gradWeight");
    if (a.bias)
        check.pointer(b.gradBias, "gradBias");
    if (a.rows > 0) {
        check.pointer(b.gradOutput, "gradOutput");
        if (a.activated > 0)
            check.pointer(a.slope, "slope");
        if (a.normEpsilon > 0.0f)
            check.pointers({{a.mean, "mean"}, {a.inverseSigma, "inverseSigma"}});
        const Checks::Array gradOutput{b.gradOutput, a.rows * a.width, "gradOutput"},
            input{a.input, a.rows * a.inner, "input"}, weight{a.weight, a.inner * a.width, "weight"},
            slope{a.slope, a.rows * a.activated, "slope"};
        check.apart({b.gradInput, a.rows * a.inner, "gradInput"}, {gradOutput, input, weight, slope});
        check.apart({b.gradWeight, a.inner * a.width, "gradWeight"}, {gradOutput, input, weight, slope});
    }
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
    const Checks check("unitRowsForward");
    checkUnitRows(check, a);
    if (a.rows == 0)
        return;
    check.pointer(a.input, "input");
    const std::int64_t count = a.rows * a.width;
    check.apartOrSame({a.output, count, "output"}, {{a.input, count, "input"}});
    check.apart({a.inverse, a.rows, "inverse"}, {{a.input, count, "input"}, {a.output, count, "output"}});
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, leastProjectionRows,
        [&](std::int64_t begin, std::int64_t end) { table.unitRowsForward(a, begin, end); });
}

void unitRowsBackward(const UnitRowsBackward& b)
{
    const Checks check("unitRowsBackward");
    const UnitRows& a = b.forward;
    checkUnitRows(check, a);
    if (a.rows == 0)
        return;
    check.pointers({{b.gradOutput, "gradOutput"}, {b.gradInput, "gradInput"}});
    const std::int64_t count = a.rows * a.width;
    check.apartOrSame({b.gradInput, count, "gradInput"}, {{b.gradOutput, count, "gradOutput"}});
    check.apart({b.gradInput, count, "gradInput"}, {{a.output, count, "output"}, {a.inverse, a.rows, "inverse"}});
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
