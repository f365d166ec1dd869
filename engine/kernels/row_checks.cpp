// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"

#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

bool checkElements(const Checks& check, const ElementsOp& a, const char* probability, const char* output, bool backward)
{
    check.size(a.count, "count");
    check.probability(a.probability, probability);
    if (a.count == 0)
        return false;
    check.pointer(a.input, "input");
    if (backward)
        check.pointer(a.gradOutput, "gradOutput");
    check.pointer(a.output, output);
    check.apartOrSame(
        {a.output, a.count, output}, {{a.input, a.count, "input"}, {a.gradOutput, a.count, "gradOutput"}});
    return true;
}

void checkRows(const Checks& check, std::int64_t rows, std::int64_t width, float probability = 0.0f)
{
    check.size(rows, "rows");
    check.positive(width, "width");
    check.probability(probability, "dropout");
}

// Sizes and pointers of a look-up; false when there is none.
bool checkLookUp(const Checks& check, const LookUpOp& a, const char* from, const char* to)
{
    checkRows(check, a.rows, a.width);
    check.size(a.tableRows, "tableRows");
    if (a.rows == 0)
        return false;
    check.require(a.rows <= std::numeric_limits<std::int32_t>::max(), "rows", "exceeds 2^31 - 1");
    check.require(a.tableRows <= std::numeric_limits<std::int32_t>::max(), "tableRows", "exceeds 2^31 - 1");
    check.pointers({{a.from, from}, {a.to, to}, {a.indices, "indices"}});
    return true;
}

void checkItems(const Checks& check, std::int64_t items)
{
    check.positive(items, "items");
    check.require(items <= std::numeric_limits<std::int32_t>::max(), "items", "exceeds 2^31 - 1");
}

} // namespace

bool checkGelu(const ElementsOp& a)
{
    return checkElements(Checks("geluDropoutForward"), a, "dropout", "output", false);
}

bool checkGeluBackward(const ElementsOp& a)
{
    return checkElements(Checks("geluDropoutBackward"), a, "dropout", "gradInput", true);
}

bool checkDropout(const ElementsOp& a)
{
    return checkElements(Checks("dropout"), a, "probability", "output", false);
}

bool checkGather(const LookUpOp& a)
{
    const Checks check("embeddingGather");
    if (!checkLookUp(check, a, "table", "output"))
        return false;
    check.apart({a.to, a.rows * a.width, "output"}, {{a.from, a.tableRows * a.width, "table"}});
    return true;
}

bool checkScatterAdd(const LookUpOp& a)
{
    const Checks check("embeddingScatterAdd");
    if (!checkLookUp(check, a, "gradOutput", "grad"))
        return false;
    check.apart({a.to, a.tableRows * a.width, "grad"}, {{a.from, a.rows * a.width, "gradOutput"}});
    return true;
}

void checkContents(const char* operation, const LookUpOp& a)
{
    Checks(operation).indices(a.indices, a.rows, a.tableRows, "indices");
}

bool checkArguments(const LayerNormForward& a)
{
    const Checks check("layerNormForward");
    checkRows(check, a.rows, a.width, a.dropout);
    if (a.rows == 0)
        return false;
    check.pointers({{a.input, "input"}, {a.weight, "weight"}, {a.bias, "bias"}, {a.output, "output"}});
    const std::int64_t count = a.rows * a.width;
    const Checks::Array input{a.input, count, "input"}, residual{a.residual, count, "residual"};
    for (const Checks::Array& output :
        {Checks::Array{a.output, count, "output"}, {a.normalised, count, "normalised"}}) {
        check.apartOrSame(output, {input, residual});
        check.apart(output, {{a.weight, a.width, "weight"}, {a.bias, a.width, "bias"}});
    }
    check.apart({a.output, count, "output"}, {{a.normalised, count, "normalised"}});
    return true;
}

bool checkArguments(const LayerNormBackward& a)
{
    const Checks check("layerNormBackward");
    checkRows(check, a.rows, a.width, a.dropout);
    check.pointers({{a.gradWeight, "gradWeight"}, {a.gradBias, "gradBias"}});
    if (a.rows > 0)
        check.pointers({{a.gradOutput, "gradOutput"}, {a.normalised, "normalised"}, {a.inverseSigma, "inverseSigma"},
            {a.weight, "weight"}, {a.gradInput, "gradInput"}});
    return true;
}

bool checkArguments(const LinearCrossEntropy& a)
{
    const Checks check("linearCrossEntropy");
    check.size(a.rows, "rows");
    checkItems(check, a.items);
    check.positive(a.width, "width");
    if (a.rows == 0)
        return false;
    check.pointers({{a.hidden, "hidden"}, {a.table, "table"}, {a.targets, "targets"}, {a.loss, "loss"}});
    if (!a.gradHidden)
        return true;
    check.pointer(a.gradTable, "gradTable");
    const Checks::Array hidden{a.hidden, a.rows * a.width, "hidden"}, items{a.table, a.items * a.width, "table"},
        gradTable{a.gradTable, a.items * a.width, "gradTable"};
    check.apart({a.gradHidden, a.rows * a.width, "gradHidden"}, {hidden, items, gradTable});
    check.apart(gradTable, {hidden, items});
    check.apart({a.gradBias, a.items, "gradBias"}, {{a.bias, a.items, "bias"}, gradTable});
    return true;
}

void checkContents(const LinearCrossEntropy& a)
{
    Checks("linearCrossEntropy").indices(a.targets, a.rows, a.items, "targets");
}

bool checkArguments(const SampledLoss& a)
{
    const Checks check("sampledLoss");
    check.size(a.rows, "rows");
    checkItems(check, a.items);
    check.positive(a.width, "width");
    check.positive(a.negatives, "negatives");
    check.require(a.negatives <= (1 << 17), "negatives", "exceeds 2^17");
    check.require(std::isfinite(a.inverseTemperature) && a.inverseTemperature > 0.0f, "inverseTemperature",
        "must be finite and above 0");
    check.require(std::isfinite(a.logCount), "logCount", "must be finite");
    check.require(std::isfinite(a.positiveWeight), "positiveWeight", "must be finite");
    check.require(std::isfinite(a.negativeWeight), "negativeWeight", "must be finite");
    if (a.rows == 0)
        return false;
    check.pointers({{a.hidden, "hidden"}, {a.table, "table"}, {a.targets, "targets"}, {a.sample, "sample"}});
    if (!a.gradLoss) {
        check.pointer(a.loss, "loss");
        return true;
    }
    check.pointers({{a.gradHidden, "gradHidden"}, {a.gradTable, "gradTable"}});
    const Checks::Array hidden{a.hidden, a.rows * a.width, "hidden"}, items{a.table, a.items * a.width, "table"},
        gradTable{a.gradTable, a.items * a.width, "gradTable"};
    check.apart({a.gradHidden, a.rows * a.width, "gradHidden"}, {hidden, items, gradTable});
    check.apart(gradTable, {hidden, items});
    return true;
}

void checkContents(const SampledLoss& a)
{
    const Checks check("sampledLoss");
    check.indices(a.targets, a.rows, a.items, "targets");
    check.indices(a.sample, (a.shared ? 1 : a.rows) * a.negatives, a.items, "sample");
}

} // namespace recoscope::kernels
