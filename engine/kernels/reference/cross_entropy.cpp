// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recoscope::kernels::reference {

void linearCrossEntropy(const LinearCrossEntropy& a)
{
    std::vector<double> logits(a.items), gradHidden(a.width);
    std::vector<double> gradTable(a.gradHidden ? a.items * a.width : 0), gradBias(a.gradHidden ? a.items : 0);
    for (std::int64_t r = 0; r < a.rows; ++r) {
        const float* h = a.hidden + r * a.width;
        for (std::int64_t j = 0; j < a.items; ++j) {
            logits[j] = a.bias ? a.bias[j] : 0.0;
            for (std::int64_t d = 0; d < a.width; ++d)
                logits[j] += static_cast<double>(h[d]) * a.table[j * a.width + d];
        }
        const double top = *std::max_element(logits.begin(), logits.end());
        double sum = 0.0;
        for (const double z : logits)
            sum += std::exp(z - top);
        const double logSum = top + std::log(sum);
        a.loss[r] = logSum - logits[a.targets[r]];
        if (!a.gradHidden)
            continue;
        std::fill(gradHidden.begin(), gradHidden.end(), 0.0);
        for (std::int64_t j = 0; j < a.items; ++j) {
            const double g = a.scale * (std::exp(logits[j] - logSum) - (j == a.targets[r] ? 1.0 : 0.0));
            gradBias[j] += g;
            for (std::int64_t d = 0; d < a.width; ++d) {
                gradHidden[d] += g * a.table[j * a.width + d];
                gradTable[j * a.width + d] += g * h[d];
            }
        }
        std::copy(gradHidden.begin(), gradHidden.end(), a.gradHidden + r * a.width);
    }
    if (!a.gradHidden)
        return;
    for (std::int64_t i = 0; i < a.items * a.width; ++i)
        a.gradTable[i] += static_cast<float>(gradTable[i]);
    for (std::int64_t j = 0; a.gradBias && j < a.items; ++j)
        a.gradBias[j] += static_cast<float>(gradBias[j]);
}

} // namespace recoscope::kernels::reference
