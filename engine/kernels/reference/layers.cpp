// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/dropout.h"
#include "engine/kernels/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace recoscope::kernels::reference {

void layerNormForward(const LayerNormForward& a, std::int64_t begin, std::int64_t end)
{
    const DropoutRule rule = dropoutRule(a.dropout);
    std::vector<double> x(a.width);
    for (std::int64_t r = begin; r < end; ++r) {
        double mean = 0.0, variance = 0.0;
        for (std::int64_t i = 0; i < a.width; ++i) {
            const std::int64_t at = r * a.width + i;
            x[i] = static_cast<double>(a.input[at]) * dropoutFactor(a.seed, rule, at);
            x[i] += a.residual ? a.residual[at] : 0.0f;
            mean += x[i] / a.width;
        }
        for (const double v : x)
            variance += (v - mean) * (v - mean) / a.width;
        const double inverse = 1.0 / std::sqrt(variance + a.epsilon);
        for (std::int64_t i = 0; i < a.width; ++i) {
            const double normalised = (x[i] - mean) * inverse;
            a.output[r * a.width + i] = static_cast<float>(normalised * a.weight[i] + a.bias[i]);
            if (a.normalised)
                a.normalised[r * a.width + i] = static_cast<float>(normalised);
        }
        if (a.inverseSigma)
            a.inverseSigma[r] = static_cast<float>(inverse);
    }
}

void layerNormBackward(
    const LayerNormBackward& a, std::int64_t begin, std::int64_t end, double* gradWeight, double* gradBias)
{
    const DropoutRule rule = dropoutRule(a.dropout);
    for (std::int64_t r = begin; r < end; ++r) {
        const float* gradRow = a.gradOutput + r * a.width;
        const float* normalised = a.normalised + r * a.width;
        double sum = 0.0, projection = 0.0;
        for (std::int64_t i = 0; i < a.width; ++i) {
            const double g = static_cast<double>(gradRow[i]) * a.weight[i];
            sum += g / a.width;
            projection += g * normalised[i] / a.width;
            gradWeight[i] += static_cast<double>(gradRow[i]) * normalised[i];
            gradBias[i] += gradRow[i];
        }
        for (std::int64_t i = 0; i < a.width; ++i) {
            const std::int64_t at = r * a.width + i;
            const double g = static_cast<double>(gradRow[i]) * a.weight[i];
            const double gradX = (g - sum - normalised[i] * projection) * a.inverseSigma[r];
            if (a.gradResidual)
                a.gradResidual[at] = static_cast<float>(gradX);
            a.gradInput[at] = static_cast<float>(gradX * dropoutFactor(a.seed, rule, at));
        }
    }
}

void unitRowsForward(const UnitRows& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        const float* x = a.input + r * a.width;
        double squares = 0.0;
        for (std::int64_t i = 0; i < a.width; ++i)
            squares += static_cast<double>(x[i]) * x[i];
        const double length = std::max(std::sqrt(squares), static_cast<double>(a.epsilon));
        a.inverse[r] = static_cast<float>(1.0 / length);
        for (std::int64_t i = 0; i < a.width; ++i)
            a.output[r * a.width + i] = static_cast<float>(x[i] / length);
    }
}

void unitRowsBackward(const UnitRowsBackward& b, std::int64_t begin, std::int64_t end)
{
    const UnitRows& a = b.forward;
    for (std::int64_t r = begin; r < end; ++r) {
        const float *y = a.output + r * a.width, *g = b.gradOutput + r * a.width;
        double along = 0.0;
        for (std::int64_t i = 0; i < a.width && a.inverse[r] < 1.0f / a.epsilon; ++i)
            along += static_cast<double>(y[i]) * g[i];
        for (std::int64_t i = 0; i < a.width; ++i)
            b.gradInput[r * a.width + i] = static_cast<float>((g[i] - along * y[i]) * a.inverse[r]);
    }
}

void geluForward(
    const float* input, float dropout, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end)
{
    const DropoutRule rule = dropoutRule(dropout);
    for (std::int64_t i = begin; i < end; ++i) {
        const double x = input[i];
        output[i] = static_cast<float>(0.5 * x * std::erfc(-x / std::numbers::sqrt2) * dropoutFactor(seed, rule, i));
    }
}

void geluBackward(const float* input, float dropout, std::uint64_t seed, const float* gradOutput, float* gradInput,
    std::int64_t begin, std::int64_t end)
{
    const DropoutRule rule = dropoutRule(dropout);
    for (std::int64_t i = begin; i < end; ++i) {
        const double x = input[i];
        const double slope = 0.5 * std::erfc(-x / std::numbers::sqrt2)
            + x * std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
        gradInput[i] = static_cast<float>(slope * gradOutput[i] * dropoutFactor(seed, rule, i));
    }
}

void dropout(
    const float* input, float probability, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end)
{
    const DropoutRule rule = dropoutRule(probability);
    for (std::int64_t i = begin; i < end; ++i)
        output[i] = input[i] * dropoutFactor(seed, rule, i);
}

} // namespace recoscope::kernels::reference
