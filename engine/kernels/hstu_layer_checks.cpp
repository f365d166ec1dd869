// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace recoscope::kernels {

namespace {

std::int64_t longestOf(std::span<const std::int64_t> offsets)
{
    std::int64_t longest = 0;
    for (std::size_t i = 1; i < offsets.size(); ++i)
        longest = std::max(longest, offsets[i] - offsets[i - 1]);
    return longest;
}

void checkSizes(const Checks& check, const HstuLayerForward& a)
{
    constexpr std::int64_t most = 1 << 16; // of a size, so that no product of two leaves the range
    check.offsets(a.offsets, "offsets");
    for (const auto& [size, name] :
        {std::pair(a.width, "width"), {a.heads, "heads"}, {a.queryDim, "queryDim"}, {a.valueDim, "valueDim"}}) {
        check.positive(size, name);
        check.require(size <= most, name, "exceeds 65,536");
    }
    check.require(a.epsilon > 0.0f, "epsilon", "must be above zero");
    check.require(std::isfinite(a.scale), "scale", "must be finite");
    check.require(std::isfinite(a.normaliser) && a.normaliser >= 0.0f, "normaliser", "must be 0 or more");
    check.require(a.timeBuckets >= 0 && a.timeBuckets < (1 << 20), "timeBuckets", "must be in [0, 2^20)");
    check.probability(a.dropout, "dropout");
    check.require(!a.positionBias || longestOf(a.offsets) <= a.positions, "positions", "is below the longest sequence");
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

void checkOneLaunch(const Checks& check, const HstuLayerForward& a)
{
    constexpr std::int64_t most = HstuLayerForward::mostWidth;
    check.require(a.width <= most, "width", "exceeds 64");
    check.require(a.heads * a.queryDim <= most, "queryDim", "exceeds 64 in all heads");
    check.require(a.heads * a.valueDim <= most, "valueDim", "exceeds 64 in all heads");
    check.require(
        longestOf(a.offsets) <= HstuLayerForward::mostRows, "offsets", "holds a sequence of more than 512 rows");
}

} // namespace

bool fitsOneLaunch(const HstuLayerForward& a)
{
    constexpr std::int64_t most = HstuLayerForward::mostWidth;
    return std::max({a.width, a.heads * a.queryDim, a.valueWidth()}) <= most
        && longestOf(a.offsets) <= HstuLayerForward::mostRows;
}

bool checkOneLaunch(const HstuLayerForward& a)
{
    const bool some = checkArguments(a);
    checkOneLaunch(Checks("hstuLayerForward"), a);
    return some;
}

bool checkOneLaunch(const HstuLayerBackward& b)
{
    const bool some = checkArguments(b);
    checkOneLaunch(Checks("hstuLayerBackward"), b.forward);
    return some;
}

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
