// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the end of an HSTU layer.
#include "engine/kernels/checks.h"
#include "engine/kernels/projection_blocks.h"
#include "engine/kernels/table.h"

namespace recoscope::kernels {

namespace {

std::int64_t stridedSpan(std::int64_t rows, std::int64_t stride, std::int64_t width)
{
    return (rows - 1) * stride + width;
}

// False where there is nothing to do.
bool checkGatedOutput(const Checks& check, const GatedOutput& a)
{
    check.size(a.rows, "rows");
    check.positive(a.inner, "inner");
    check.positive(a.width, "width");
    check.require(a.epsilon > 0.0f, "epsilon", "must be above zero");
    check.probability(a.dropout, "dropout");
    check.require(a.gateStride >= a.inner, "gateStride", "is below inner");
    if (a.rows == 0)
        return false;
    check.pointers({{a.input, "input"}, {a.gate, "gate"}, {a.weight, "weight"}});
    return true;
}

} // namespace

void gatedOutputForward(const GatedOutput& a)
{
    const Checks check("gatedOutputForward");
    if (!checkGatedOutput(check, a))
        return;
    check.pointers({{a.residual, "residual"}, {a.bias, "bias"}, {a.output, "output"}});
    const Checks::Array input{a.input, a.rows * a.inner, "input"},
        gate{a.gate, stridedSpan(a.rows, a.gateStride, a.inner), "gate"}, weight{a.weight, a.width * a.inner, "weight"},
        bias{a.bias, a.width, "bias"}, residual{a.residual, a.rows * a.width, "residual"},
        output{a.output, a.rows * a.width, "output"}, mean{a.mean, a.rows, "mean"},
        inverse{a.inverseSigma, a.rows, "inverseSigma"};
    check.apart(output, {input, gate, weight, bias, mean, inverse});
    check.apartOrSame(output, {residual});
    check.apart(mean, {input, gate, weight, bias, residual, inverse});
    check.apart(inverse, {input, gate, weight, bias, residual});
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, rowsOfProjectionBlock(a.rows),
        [&](std::int64_t begin, std::int64_t end) { table.gatedOutputForward(a, begin, end); });
}

void gatedOutputBackward(const GatedOutputBackward& b)
{
    const Checks check("gatedOutputBackward");
    const GatedOutput& a = b.forward;
    const bool any = checkGatedOutput(check, a);
    check.pointers({{b.gradWeight, "gradWeight"}, {b.gradBias, "gradBias"}});
    if (any) {
        check.require(b.gradGateStride >= a.inner, "gradGateStride", "is below inner");
        check.pointers({{a.mean, "mean"}, {a.inverseSigma, "inverseSigma"}, {b.gradOutput, "gradOutput"},
            {b.gradInput, "gradInput"}, {b.gradGate, "gradGate"}});
        const Checks::Array input{a.input, a.rows * a.inner, "input"},
            gate{a.gate, stridedSpan(a.rows, a.gateStride, a.inner), "gate"},
            weight{a.weight, a.width * a.inner, "weight"}, gradOutput{b.gradOutput, a.rows * a.width, "gradOutput"},
            mean{a.mean, a.rows, "mean"}, inverse{a.inverseSigma, a.rows, "inverseSigma"};
        const auto read = {input, gate, weight, gradOutput, mean, inverse};
        check.apart({b.gradInput, a.rows * a.inner, "gradInput"}, read);
        check.apart({b.gradGate, stridedSpan(a.rows, b.gradGateStride, a.inner), "gradGate"}, read);
        check.apart({b.gradWeight, a.width * a.inner, "gradWeight"}, read);
    }
    const KernelTable& table = activeTable();
    sumProjectionBlocks(a.rows, a.width * a.inner, b.gradWeight, a.width, b.gradBias,
        [&](std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias) {
            table.gatedOutputBackward(b, begin, end, gradWeight, gradBias);
        });
}

} // namespace recoscope::kernels
