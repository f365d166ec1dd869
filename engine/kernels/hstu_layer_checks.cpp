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

} // namespace

bool checkArguments(const HstuLayerForward& a)
{
    const Checks check("hstuLayerForward");
    checkSizes(check, a);
    check.require((a.mean == nullptr) == (a.inverseSigma == nullptr), "inverseSigma", "goes with the mean");
    check.require(
        (a.mixedMean == nullptr) == (a.mixedInverseSigma == nullptr), "mixedInverseSigma", "goes with the mixedMean");
    const std::int64_t rows = rowsOf(a.offsets), row = a.rowWidth();
    if (rows == 0)
        return false;
    check.pointers({{a.input, "input"}, {a.weight, "weight"}, {a.outWeight, "outWeight"}, {a.outBias, "outBias"},
        {a.projected, "projected"}, {a.mixed, "mixed"}, {a.output, "output"}});
    if (a.timeBias)
        check.pointers({{a.queryTimes, "queryTimes"}, {a.keyTimes, "keyTimes"}});
    const Checks::Array input{a.input, rows * a.width, "input"}, weight{a.weight, a.width * row, "weight"},
        bias{a.bias, row, "bias"}, position{a.positionBias, a.positions, "positionBias"},
        time{a.timeBias, a.timeBuckets + 1, "timeBias"}, outWeight{a.outWeight, a.width * a.valueWidth(), "outWeight"},
        outBias{a.outBias, a.width, "outBias"};
    const Checks::Array projected{a.projected, rows * row, "projected"}, mixed{a.mixed, rows * a.valueWidth(), "mixed"},
        output{a.output, rows * a.width, "output"}, slope{a.slope, rows * row, "slope"}, mean{a.mean, rows, "mean"},
        inverse{a.inverseSigma, rows, "inverseSigma"}, mixedMean{a.mixedMean, rows, "mixedMean"},
        mixedInverse{a.mixedInverseSigma, rows, "mixedInverseSigma"};
    for (const Checks::Array& written : {projected, mixed, slope, mean, inverse, mixedMean, mixedInverse, output})
        check.apart(written, {weight, bias, position, time, outWeight, outBias});
    check.apartOrSame(output, {input});
    check.apart(output, {projected, mixed, slope, mean, inverse, mixedMean, mixedInverse});
    check.apart(projected, {input, mixed, slope, mean, inverse, mixedMean, mixedInverse});
    check.apart(mixed, {input, slope, mean, inverse, mixedMean, mixedInverse});
    check.apart(slope, {input, mean, inverse, mixedMean, mixedInverse});
    check.apart(mean, {input, inverse, mixedMean, mixedInverse});
    check.apart(inverse, {input, mixedMean, mixedInverse});
    check.apart(mixedMean, {input, mixedInverse});
    check.apart(mixedInverse, {input});
    return true;
}

} // namespace recoscope::kernels
