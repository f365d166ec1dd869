// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/dropout.h"
#include "engine/kernels/reference/reference.h"
#include "engine/kernels/reference/row_norm.h"

#include <vector>

namespace recoscope::kernels::reference {

void gatedOutputForward(const GatedOutput& a, std::int64_t begin, std::int64_t end)
{
    const DropoutRule rule = dropoutRule(a.dropout);
    for (std::int64_t r = begin; r < end; ++r) {
        const NormalisedRow row(a.input + r * a.inner, a.inner, a.epsilon);
        std::vector<double> gated = row.values;
        for (std::int64_t i = 0; i < a.inner; ++i)
            gated[i]
                *= static_cast<double>(a.gate[r * a.gateStride + i]) * dropoutFactor(a.seed, rule, r * a.inner + i);
        for (std::int64_t c = 0; c < a.width; ++c) {
            double y = static_cast<double>(a.residual[r * a.width + c]) + a.bias[c];
            for (std::int64_t i = 0; i < a.inner; ++i)
                y += gated[i] * a.weight[c * a.inner + i];
            a.output[r * a.width + c] = static_cast<float>(y);
        }
        if (a.mean)
            a.mean[r] = static_cast<float>(row.mean);
        if (a.inverseSigma)
            a.inverseSigma[r] = static_cast<float>(row.inverse);
    }
}

void gatedOutputBackward(
    const GatedOutputBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias)
{
    const GatedOutput& a = b.forward;
    const DropoutRule rule = dropoutRule(a.dropout);
    std::vector<double> weight(a.width * a.inner), bias(a.width), gradNormalised(a.inner);
    for (std::int64_t r = begin; r < end; ++r) {
        const NormalisedRow row(a.input + r * a.inner, a.inner, a.epsilon);
        const float* gradOutput = b.gradOutput + r * a.width;
        for (std::int64_t i = 0; i < a.inner; ++i) {
            const double gate = a.gate[r * a.gateStride + i], factor = dropoutFactor(a.seed, rule, r * a.inner + i);
            double g = 0.0;
            for (std::int64_t c = 0; c < a.width; ++c) {
                g += static_cast<double>(gradOutput[c]) * a.weight[c * a.inner + i];
                weight[c * a.inner + i] += gradOutput[c] * gate * row.values[i] * factor;
            }
            b.gradGate[r * b.gradGateStride + i] = static_cast<float>(g * factor * row.values[i]);
            gradNormalised[i] = g * factor * gate;
        }
        row.toInput(gradNormalised);
        for (std::int64_t i = 0; i < a.inner; ++i)
            b.gradInput[r * a.inner + i] = static_cast<float>(gradNormalised[i]);
        for (std::int64_t c = 0; c < a.width; ++c)
            bias[c] += gradOutput[c];
    }
    for (std::size_t i = 0; i < weight.size(); ++i)
        gradWeight[i] += static_cast<float>(weight[i]);
    for (std::int64_t c = 0; c < a.width; ++c)
        gradBias[c] += static_cast<float>(bias[c]);
}

} // namespace recoscope::kernels::reference
