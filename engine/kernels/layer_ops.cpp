// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the row-wise and element-wise operations.
#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace recoscope::kernels {

namespace {

// A multiple of the 128 elements that share one block of dropout numbers.
constexpr std::int64_t elementGrain = 1 << 15;

std::int64_t rowGrain(std::int64_t width)
{
    return std::max<std::int64_t>(1, elementGrain / std::max<std::int64_t>(width, 1));
}

bool checkElements(const Checks& check, std::int64_t count, float probability, const char* probabilityName,
    std::initializer_list<Checks::Pointer> arrays)
{
    check.size(count, "count");
    check.probability(probability, probabilityName);
    if (count > 0)
        check.pointers(arrays);
    return count > 0;
}

void checkRows(const Checks& check, std::int64_t rows, std::int64_t width, float probability = 0.0f)
{
    check.size(rows, "rows");
    check.positive(width, "width");
    check.probability(probability, "dropout");
}

// False when there is nothing to look up.
bool checkLookUp(const Checks& check, std::int64_t rows, std::int64_t width, std::int64_t tableRows,
    const std::int32_t* indices, std::initializer_list<Checks::Pointer> arrays)
{
    checkRows(check, rows, width);
    check.size(tableRows, "tableRows");
    if (rows == 0)
        return false;
    check.pointers(arrays);
    check.pointer(indices, "indices");
    check.indices(indices, rows, tableRows, "indices");
    return true;
}

} // namespace

void layerNormForward(const LayerNormForward& a)
{
    const Checks check("layerNormForward");
    checkRows(check, a.rows, a.width, a.dropout);
    if (a.rows == 0)
        return;
    check.pointers({{a.input, "input"}, {a.weight, "weight"}, {a.bias, "bias"}, {a.output, "output"}});
    const std::int64_t count = a.rows * a.width;
    const Checks::Array input{a.input, count, "input"}, residual{a.residual, count, "residual"};
    for (const Checks::Array& output :
        {Checks::Array{a.output, count, "output"}, {a.normalised, count, "normalised"}}) {
        check.apartOrSame(output, {input, residual});
        check.apart(output, {{a.weight, a.width, "weight"}, {a.bias, a.width, "bias"}});
    }
    check.apart({a.output, count, "output"}, {{a.normalised, count, "normalised"}});
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, rowGrain(a.width),
        [&](std::int64_t begin, std::int64_t end) { table.layerNormForward(a, begin, end); });
}

void layerNormBackward(const LayerNormBackward& a)
{
    const Checks check("layerNormBackward");
    checkRows(check, a.rows, a.width, a.dropout);
    check.pointers({{a.gradWeight, "gradWeight"}, {a.gradBias, "gradBias"}});
    if (a.rows > 0) {
        check.pointers({{a.gradOutput, "gradOutput"}, {a.normalised, "normalised"}, {a.inverseSigma, "inverseSigma"},
            {a.weight, "weight"}, {a.gradInput, "gradInput"}});
    }
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
    if (!checkElements(Checks("geluDropoutForward"), count, dropout, "dropout", {{input, "input"}, {output, "output"}}))
        return;
    Checks("geluDropoutForward").apartOrSame({output, count, "output"}, {{input, count, "input"}});
    const KernelTable& table = activeTable();
    parallelRanges(count, elementGrain,
        [&](std::int64_t begin, std::int64_t end) { table.geluForward(input, dropout, seed, output, begin, end); });
}

void geluDropoutBackward(std::int64_t count, const float* input, float dropout, std::uint64_t seed,
    const float* gradOutput, float* gradInput)
{
    if (!checkElements(Checks("geluDropoutBackward"), count, dropout, "dropout",
            {{input, "input"}, {gradOutput, "gradOutput"}, {gradInput, "gradInput"}}))
        return;
    Checks("geluDropoutBackward")
        .apartOrSame({gradInput, count, "gradInput"}, {{input, count, "input"}, {gradOutput, count, "gradOutput"}});
    const KernelTable& table = activeTable();
    parallelRanges(count, elementGrain, [&](std::int64_t begin, std::int64_t end) {
        table.geluBackward(input, dropout, seed, gradOutput, gradInput, begin, end);
    });
}

void dropout(std::int64_t count, const float* input, float probability, std::uint64_t seed, float* output)
{
    if (!checkElements(Checks("dropout"), count, probability, "probability", {{input, "input"}, {output, "output"}}))
        return;
    Checks("dropout").apartOrSame({output, count, "output"}, {{input, count, "input"}});
    const KernelTable& table = activeTable();
    parallelRanges(count, elementGrain,
        [&](std::int64_t begin, std::int64_t end) { table.dropout(input, probability, seed, output, begin, end); });
}

void embeddingGather(std::int64_t rows, std::int64_t width, std::int64_t tableRows, const float* table,
    const std::int32_t* indices, float* output)
{
    if (!checkLookUp(
            Checks("embeddingGather"), rows, width, tableRows, indices, {{table, "table"}, {output, "output"}}))
        return;
    Checks("embeddingGather").apart({output, rows * width, "output"}, {{table, tableRows * width, "table"}});
    parallelRanges(rows, rowGrain(width), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
            std::memcpy(output + r * width, table + indices[r] * width, width * sizeof(float));
    });
}

void embeddingScatterAdd(std::int64_t rows, std::int64_t width, std::int64_t tableRows, const float* gradOutput,
    const std::int32_t* indices, float* grad)
{
    if (!checkLookUp(Checks("embeddingScatterAdd"), rows, width, tableRows, indices,
            {{gradOutput, "gradOutput"}, {grad, "grad"}}))
        return;
    Checks("embeddingScatterAdd").apart({grad, tableRows * width, "grad"}, {{gradOutput, rows * width, "gradOutput"}});
    const KernelTable& kernels = activeTable();
    const std::int64_t parts = rows * width < elementGrain ? 1 : threads();
    parallelBlocks(
        parts, [&](std::int64_t part) { kernels.scatterAdd(rows, width, gradOutput, indices, grad, part, parts); });
}

} // namespace recoscope::kernels
