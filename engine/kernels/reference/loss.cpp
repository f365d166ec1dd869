// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <algorithm>
#include <cmath>

namespace recoscope::kernels::reference {

void logSumExp(const LogSumExpBlock& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        const float* row = a.logits + r * a.columns;
        const float top = std::max(a.runningMax[r], *std::max_element(row, row + a.columns));
        if (std::isfinite(top)) {
            double sum = a.runningSum[r] * std::exp(static_cast<double>(a.runningMax[r]) - top);
            for (std::int64_t c = 0; c < a.columns; ++c)
                sum += std::exp(static_cast<double>(row[c]) - top);
            a.runningSum[r] = sum;
            a.runningMax[r] = top;
        }
        const std::int64_t target = a.targets[r] - a.firstColumn;
        if (target >= 0 && target < a.columns)
            a.targetLogit[r] = row[target];
    }
}

void softmaxGradient(const SoftmaxGradientBlock& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        float* row = a.logits + r * a.columns;
        const std::int64_t target = a.targets[r] - a.firstColumn;
        for (std::int64_t c = 0; c < a.columns; ++c) {
            const double p = std::exp(static_cast<double>(row[c]) - a.logSumExp[r]);
            row[c] = static_cast<float>((p - (c == target ? 1.0 : 0.0)) * a.rowScale[r]);
        }
    }
}

} // namespace recoscope::kernels::reference
