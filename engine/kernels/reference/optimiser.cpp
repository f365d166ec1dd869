// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <cmath>

namespace recoscope::kernels::reference {

void adamW(const AdamWStep& a, std::int64_t begin, std::int64_t end)
{
    const double correction1 = 1.0 - std::pow(a.beta1, static_cast<double>(a.step));
    const double correction2 = 1.0 - std::pow(a.beta2, static_cast<double>(a.step));
    for (std::int64_t i = begin; i < end; ++i) {
        double p = a.parameter[i];
        double g = static_cast<double>(a.gradient[i]) * a.gradientScale;
        if (a.decoupledDecay)
            p *= 1.0 - a.learningRate * a.weightDecay;
        else
            g += a.weightDecay * p;
        const double m = a.beta1 * a.firstMoment[i] + (1.0 - a.beta1) * g;
        const double v = a.beta2 * a.secondMoment[i] + (1.0 - a.beta2) * g * g;
        p -= a.learningRate / correction1 * m / (std::sqrt(v / correction2) + a.epsilon);
        a.firstMoment[i] = static_cast<float>(m);
        a.secondMoment[i] = static_cast<float>(v);
        a.parameter[i] = static_cast<float>(p);
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
