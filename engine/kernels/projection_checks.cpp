// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"

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

bool checkArguments(const SiluProjection& a)
{
    const Checks check("siluProjectionForward");
    checkProjection(check, a);
    if (a.rows == 0)
        return false;
    check.pointer(a.output, "output");
    const Checks::Array input{a.input, a.rows * a.inner, "input"}, weight{a.weight, a.inner * a.width, "weight"},
        bias{a.bias, a.width, "bias"}, slope{a.slope, a.rows * a.activated, "slope"};
    check.apart(slope, {input, weight, bias});
    check.apart({a.output, a.rows * a.width, "output"}, {input, weight, bias, slope});
    check.apart({a.mean, a.rows, "mean"}, {input, weight, bias, slope, {a.output, a.rows * a.width, "output"}});
    check.apart({a.inverseSigma, a.rows, "inverseSigma"},
        {input, weight, bias, slope, {a.output, a.rows * a.width, "output"}, {a.mean, a.rows, "mean"}});
    return true;
}

bool checkArguments(const SiluProjectionBackward& b)
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
    return true;
}

bool checkArguments(const GatedOutput& a)
{
    const Checks check("gatedOutputForward");
    if (!checkGatedOutput(check, a))
        return false;
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
    return true;
}

bool checkArguments(const GatedOutputBackward& b)
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
    return true;
}

bool checkArguments(const UnitRows& a)
{
    const Checks check("unitRowsForward");
    checkUnitRows(check, a);
    if (a.rows == 0)
        return false;
    check.pointer(a.input, "input");
    const std::int64_t count = a.rows * a.width;
    check.apartOrSame({a.output, count, "output"}, {{a.input, count, "input"}});
    check.apart({a.inverse, a.rows, "inverse"}, {{a.input, count, "input"}, {a.output, count, "output"}});
    return true;
}

bool checkArguments(const UnitRowsBackward& b)
{
    const Checks check("unitRowsBackward");
    const UnitRows& a = b.forward;
    checkUnitRows(check, a);
    if (a.rows == 0)
        return false;
    check.pointers({{b.gradOutput, "gradOutput"}, {b.gradInput, "gradInput"}});
    const std::int64_t count = a.rows * a.width;
    check.apartOrSame({b.gradInput, count, "gradInput"}, {{b.gradOutput, count, "gradOutput"}});
    check.apart({b.gradInput, count, "gradInput"}, {{a.output, count, "output"}, {a.inverse, a.rows, "inverse"}});
    return true;
}

} // namespace recoscope::kernels
