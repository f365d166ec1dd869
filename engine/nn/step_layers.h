// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Norms and linear layers on one row, for the models' incremental forms: copies of the weights, no tensors, no
// gradient. Const calls are thread-safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "engine/kernels/ops.h"
#include "engine/nn/modules.h"

namespace recoscope::nn {

using StepVector = std::vector<float>;

struct StepNorm {
    StepVector weight, bias;
    float epsilon = 1e-5f;

    void load(const Norm& norm)
    {
        weight = copyFloats(norm.weight);
        bias = copyFloats(norm.bias);
        epsilon = static_cast<float>(norm.epsilon);
    }
    // LN(x + residual).
    StepVector operator()(const StepVector& x, const StepVector* residual = nullptr) const
    {
        StepVector out(x.size());
        kernels::LayerNormForward a;
        a.rows = 1;
        a.width = static_cast<std::int64_t>(x.size());
        a.epsilon = epsilon;
        a.input = x.data();
        a.residual = residual ? residual->data() : nullptr;
        a.weight = weight.data();
        a.bias = bias.data();
        a.output = out.data();
        kernels::layerNormForward(a);
        return out;
    }
};

struct StepLinear {
    StepVector weight, bias; // [out, in], [out]

    void load(const torch::Tensor& outByIn, const torch::Tensor& biases)
    {
        weight = copyFloats(outByIn);
        bias = copyFloats(biases);
    }
    void load(const Linear& linear) { load(linear.weight, linear.bias); }
    // Rows [first, last) of the layer.
    void apply(const StepVector& x, std::int64_t first, std::int64_t last, float* out) const
    {
        const auto in = static_cast<std::int64_t>(x.size());
        kernels::scoreAll(last - first, in, x.data(), weight.data() + first * in, bias.data() + first, out);
    }
    StepVector operator()(const StepVector& x) const
    {
        StepVector out(bias.size());
        apply(x, 0, static_cast<std::int64_t>(bias.size()), out.data());
        return out;
    }
};

inline float sigmoidOf(float x)
{
    return 1.0f / (1.0f + std::exp(-x));
}

inline void addTo(StepVector& x, const StepVector& y)
{
    std::transform(x.begin(), x.end(), y.begin(), x.begin(), std::plus<>());
}

} // namespace recoscope::nn
