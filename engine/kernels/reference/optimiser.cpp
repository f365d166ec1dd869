// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <cmath>

namespace recoscope::kernels::reference {

namespace {

// One step of one number.
void step(float& parameter, float& first, float& second, double gradient, const AdamWFactors& factors, double beta1,
    double beta2, double epsilon)
{
    const double m = beta1 * first + (1.0 - beta1) * gradient;
    const double v = beta2 * second + (1.0 - beta2) * gradient * gradient;
    first = static_cast<float>(m);
    second = static_cast<float>(v);
    parameter
        = static_cast<float>(parameter * factors.keep - factors.rate * m / (std::sqrt(v) * factors.spread + epsilon));
}

} // namespace

void adamW(const AdamWStep& a, const AdamWFactors& factors, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t i = begin; i < end; ++i) {
        double gradient = static_cast<double>(a.gradient[i]) * a.gradientScale;
        if (!a.decoupledDecay)
            gradient += a.weightDecay * a.parameter[i];
        step(a.parameter[i], a.firstMoment[i], a.secondMoment[i], gradient, factors, a.beta1, a.beta2, a.epsilon);
    }
}

void sparseAdamW(const SparseAdamW& a, std::int64_t begin, std::int64_t end)
{
    const auto known = static_cast<std::int64_t>(a.factors.size());
    for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t row = a.rows[r], missed = a.steps - a.rowSteps[row];
        for (std::int64_t i = row * a.width; i < (row + 1) * a.width; ++i)
            for (std::int64_t s = known - missed; s < known; ++s) {
                const bool last = a.gradient && s + 1 == known;
                const double gradient = last ? static_cast<double>(a.gradient[i]) * a.gradientScale : 0.0;
                step(a.parameter[i], a.firstMoment[i], a.secondMoment[i], gradient, a.factors[s], a.beta1, a.beta2,
                    a.epsilon);
                if (last)
                    a.gradient[i] = 0.0f;
            }
        a.rowSteps[row] = a.steps;
    }
}

double sumOfSquares(const float* values, std::int64_t count)
{
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i)
        sum += static_cast<double>(values[i]) * values[i];
    return sum;
}

void scatterAdd(std::int64_t rows, std::int64_t width, const float* gradOutput, const std::int32_t* indices,
    float* grad, std::int64_t part, std::int64_t parts)
{
    for (std::int64_t r = 0; r < rows; ++r) {
        if (indices[r] % parts != part)
            continue;
        for (std::int64_t i = 0; i < width; ++i)
            grad[indices[r] * width + i] += gradOutput[r * width + i];
    }
}

} // namespace recoscope::kernels::reference
