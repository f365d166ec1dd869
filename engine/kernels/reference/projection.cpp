// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"
#include "engine/kernels/reference/row_norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recoscope::kernels::reference {

namespace {

// What goes into the products of a row: x, or its norm.
NormalisedRow projectionInput(const SiluProjection& a, std::int64_t r)
{
    NormalisedRow row(a.input + r * a.inner, a.inner, a.normEpsilon);
    if (a.normEpsilon == 0.0f)
        row.values.assign(a.input + r * a.inner, a.input + (r + 1) * a.inner);
    return row;
}

} // namespace

void siluProjectionForward(const SiluProjection& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        const NormalisedRow x = projectionInput(a, r);
        for (std::int64_t c = 0; c < a.width; ++c) {
            double z = a.bias ? a.bias[c] : 0.0;
            for (std::int64_t d = 0; d < a.inner; ++d)
                z += x.values[d] * a.weight[d * a.width + c];
            const double sigma = 1.0 / (1.0 + std::exp(-z));
            a.output[r * a.width + c] = static_cast<float>(c < a.activated ? z * sigma : z);
            if (a.slope && c < a.activated)
                a.slope[r * a.activated + c] = static_cast<float>(sigma * (1.0 + z * (1.0 - sigma)));
        }
        if (a.mean && a.normEpsilon > 0.0f) {
            a.mean[r] = static_cast<float>(x.mean);
            a.inverseSigma[r] = static_cast<float>(x.inverse);
        }
    }
}

void siluProjectionBackward(
    const SiluProjectionBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias)
{
    const SiluProjection& a = b.forward;
    std::vector<double> weight(a.inner * a.width), bias(a.width), gradZ(a.width), gradX(a.inner);
    for (std::int64_t r = begin; r < end; ++r) {
        const NormalisedRow x = projectionInput(a, r);
        for (std::int64_t c = 0; c < a.width; ++c) {
            gradZ[c] = b.gradOutput[r * a.width + c];
            if (c < a.activated)
                gradZ[c] *= a.slope[r * a.activated + c];
            bias[c] += gradZ[c];
        }
        for (std::int64_t d = 0; d < a.inner; ++d) {
            gradX[d] = 0.0;
            for (std::int64_t c = 0; c < a.width; ++c) {
                gradX[d] += gradZ[c] * a.weight[d * a.width + c];
                weight[d * a.width + c] += gradZ[c] * x.values[d];
            }
        }
        if (a.normEpsilon > 0.0f)
            x.toInput(gradX);
        for (std::int64_t d = 0; b.gradInput && d < a.inner; ++d)
            b.gradInput[r * a.inner + d] = static_cast<float>(gradX[d]);
    }
    for (std::size_t i = 0; i < weight.size(); ++i)
        gradWeight[i] += static_cast<float>(weight[i]);
    for (std::int64_t c = 0; gradBias && c < a.width; ++c)
        gradBias[c] += static_cast<float>(bias[c]);
}

void packedLinear(const PackedLinear& a, std::int64_t begin, std::int64_t end)
{
    constexpr std::int64_t group = PackedLinear::group;
    const std::int64_t padded = (a.outputs + group - 1) / group * group;
    for (std::int64_t r = begin; r < end; ++r)
        for (std::int64_t c = 0; c < a.outputs; ++c) {
            double sum = a.packed[padded * a.inner + c];
            for (std::int64_t d = 0; d < a.inner; ++d)
                sum += static_cast<double>(a.input[r * a.inner + d])
                    * a.packed[(c / group * a.inner + d) * group + c % group];
            a.output[r * a.outputStride + c] = static_cast<float>(sum);
        }
}

void logSoftmax(std::int64_t width, float* values, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        float* row = values + r * width;
        const double most = *std::max_element(row, row + width);
        double sum = 0.0;
        for (std::int64_t i = 0; i < width; ++i)
            sum += std::exp(row[i] - most);
        for (std::int64_t i = 0; i < width; ++i)
            row[i] = static_cast<float>(row[i] - most - std::log(sum));
    }
}

void sigmoidGate(const float* opening, const float* input, float* output, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t i = begin; i < end; ++i)
        output[i] = static_cast<float>(input[i] / (1.0 + std::exp(-static_cast<double>(opening[i]))));
}

} // namespace recoscope::kernels::reference
