// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"

#include <cmath>

namespace recoscope::kernels {

namespace {

void checkSizes(const Checks& check, const HstuLayerForward& a)
{
    constexpr std::int64_t most = HstuLayerForward::mostWidth;
    check.offsets(a.offsets, "offsets");
    check.positive(a.width, "width");
    check.require(a.width <= most, "width", "exceeds 64");
    check.positive(a.heads, "heads");
    check.positive(a.queryDim, "queryDim");
    check.positive(a.valueDim, "valueDim");
    check.require(a.heads <= most, "heads", "exceeds 64");
    check.require(a.queryDim <= most && a.heads * a.queryDim <= most, "queryDim", "exceeds 64 in all heads");
    check.require(a.valueDim <= most && a.heads * a.valueDim <= most, "valueDim", "exceeds 64 in all heads");
    check.require(a.epsilon > 0.0f, "epsilon", "must be above zero");
    check.require(std::isfinite(a.scale), "scale", "must be finite");
    check.require(std::isfinite(a.normaliser) && a.normaliser >= 0.0f, "normaliser", "must be 0 or more");
    check.require(a.timeBuckets >= 0 && a.timeBuckets < (1 << 20), "timeBuckets", "must be in [0, 2^20)");
    check.probability(a.dropout, "dropout");
    for (std::size_t i = 1; i < a.offsets.size(); ++i) {
        const std::int64_t length = a.offsets[i] - a.offsets[i - 1];
        check.require(length <= HstuLayerForward::mostRows, "offsets", "holds a sequence of more than 512 rows");
        check.require(!a.positionBias || length <= a.positions, "positions", "is below the longest sequence");
    }
}

void checkInputs(const Checks& check, const HstuLayerForward& a)
{
    check.pointers({{a.input, "input"}, {a.weight, "weight"}, {a.outWeight, "outWeight"}, {a.outBias, "outBias"}});
    if (a.timeBias)
        check.pointers({{a.queryTimes, "queryTimes"}, {a.keyTimes, "keyTimes"}});
}

// What is written shares no number with the weights, with `others` or with what else is written.
void checkApart(const Checks& check, const HstuLayerForward& a, std::initializer_list<Checks::Array> written,
    std::initializer_list<Checks::Array> others)
{
    for (const Checks::Array* one = written.begin(); one != written.end(); ++one) {
        check.apart(*one,
            {{a.weight, a.width * a.rowWidth(), "weight"}, {a.bias, a.rowWidth(), "bias"},
                {a.positionBias, a.positions, "positionBias"}, {a.timeBias, a.timeBuckets + 1, "timeBias"},
                {a.outWeight, a.width * a.valueWidth(), "outWeight"}, {a.outBias, a.width, "outBias"}});
        check.apart(*one, others);
        for (const Checks::Array* next = one + 1; next != written.end(); ++next)
            check.apart(*one, {*next});
    }
}

} // namespace

bool checkArguments(const HstuLayerForward& a)
{
    const Checks check("hstuLayerForward");
    checkSizes(check, a);
    check.require((a.mean == nullptr) == (a.inverseSigma == nullptr), "inverseSigma", "goes with the mean");
    check.require(
        (a.mixedMean == nullptr) == (a.mixedInverseSigma == nullptr), "mixedInverseSigma", "goes with the mixedMean");
    const std::int64_t rows = rowsOf(a.offsets);
    if (rows == 0)
        return false;
    checkInputs(check, a);
    check.pointers({{a.projected, "projected"}, {a.mixed, "mixed"}, {a.output, "output"}});
    const Checks::Array input{a.input, rows * a.width, "input"}, output{a.output, rows * a.width, "output"};
    checkApart(check, a,
        {{a.projected, rows * a.rowWidth(), "projected"}, {a.mixed, rows * a.valueWidth(), "mixed"},
            {a.slope, rows * a.rowWidth(), "slope"}, {a.mean, rows, "mean"}, {a.inverseSigma, rows, "inverseSigma"},
            {a.mixedMean, rows, "mixedMean"}, {a.mixedInverseSigma, rows, "mixedInverseSigma"}},
        {input, output});
    checkApart(check, a, {output}, {});
    check.apartOrSame(output, {input});
    return true;
}

bool checkArguments(const HstuLayerBackward& b)
{
    const Checks check("hstuLayerBackward");
    const HstuLayerForward& a = b.forward;
    checkSizes(check, a);
    check.pointers({{b.gradWeight, "gradWeight"}, {b.gradOutWeight, "gradOutWeight"}, {b.gradOutBias, "gradOutBias"}});
    if (a.bias)
        check.pointer(b.gradBias, "gradBias");
    if (a.positionBias && a.positions > 0)
        check.pointer(b.gradPositionBias, "gradPositionBias");
    if (a.timeBias)
        check.pointer(b.gradTimeBias, "gradTimeBias");
    const std::int64_t rows = rowsOf(a.offsets);
    if (rows == 0)
        return true;
    checkInputs(check, a);
    check.pointers({{a.projected, "projected"}, {a.mixed, "mixed"}, {a.slope, "slope"}, {a.mean, "mean"},
        {a.inverseSigma, "inverseSigma"}, {a.mixedMean, "mixedMean"}, {a.mixedInverseSigma, "mixedInverseSigma"},
        {b.gradOutput, "gradOutput"}, {b.gradInput, "gradInput"}, {b.gradProjected, "gradProjected"},
        {b.gradMixed, "gradMixed"}});
    checkApart(check, a,
        {{b.gradInput, rows * a.width, "gradInput"}, {b.gradProjected, rows * a.rowWidth(), "gradProjected"},
            {b.gradMixed, rows * a.valueWidth(), "gradMixed"}, {b.gradWeight, a.width * a.rowWidth(), "gradWeight"},
            {b.gradBias, a.bias ? a.rowWidth() : 0, "gradBias"},
            {b.gradPositionBias, a.positionBias ? a.positions : 0, "gradPositionBias"},
            {b.gradTimeBias, a.timeBias ? a.timeBuckets + 1 : 0, "gradTimeBias"},
            {b.gradOutWeight, a.width * a.valueWidth(), "gradOutWeight"}, {b.gradOutBias, a.width, "gradOutBias"}},
        {{b.gradOutput, rows * a.width, "gradOutput"}, {a.input, rows * a.width, "input"},
            {a.projected, rows * a.rowWidth(), "projected"}, {a.mixed, rows * a.valueWidth(), "mixed"},
            {a.slope, rows * a.rowWidth(), "slope"}, {a.mean, rows, "mean"}, {a.inverseSigma, rows, "inverseSigma"},
            {a.mixedMean, rows, "mixedMean"}, {a.mixedInverseSigma, rows, "mixedInverseSigma"}});
    return true;
}

} // namespace recoscope::kernels
