// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <cmath>

namespace recoscope::kernels::reference {

void rowAdagrad(const RowAdagrad& a, std::int64_t begin, std::int64_t end)
{
    const double pull = a.decoupledDecay ? 0.0 : a.weightDecay;
    const double keep = a.decoupledDecay ? 1.0 - a.learningRate * a.weightDecay : 1.0;
    for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t row = a.rows[r], first = row * a.width;
        const auto way = [&](std::int64_t i) {
            return static_cast<double>(a.gradient[i]) * a.gradientScale + pull * a.parameter[i];
        };
        double squares = 0.0;
        for (std::int64_t i = first; i < first + a.width; ++i)
            squares += way(i) * way(i);
        const double sum = a.accumulator[row] + squares / static_cast<double>(a.width);
        const double rate = sum == 0.0 ? 0.0 : a.learningRate / (std::sqrt(sum) + a.epsilon);
        a.accumulator[row] = static_cast<float>(sum);
        for (std::int64_t i = first; i < first + a.width; ++i) {
            a.parameter[i] = static_cast<float>(a.parameter[i] * keep - rate * way(i));
            a.gradient[i] = 0.0f;
        }
    }
}

} // namespace recoscope::kernels::reference
