// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Norms and linear layers on few rows, for the models' incremental forms: copies of the weights, no tensors in between,
// no gradient. Rows lie one behind another in a vector. Const calls are thread-safe.
#pragma once

#include <algorithm>
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
    // LN(x + residual), row by row.
    StepVector operator()(const StepVector& x, const StepVector* residual = nullptr) const
    {
        StepVector out(x.size());
        kernels::LayerNormForward a;
        a.width = static_cast<std::int64_t>(weight.size());
        a.rows = static_cast<std::int64_t>(x.size()) / a.width;
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

class StepLinear {
public:
    // Weight [out, in] and bias [out].
    void load(const torch::Tensor& outByIn, const torch::Tensor& biases)
    {
        const StepVector weight = copyFloats(outByIn), bias = copyFloats(biases);
        m_outputs = outByIn.size(0);
        m_inner = outByIn.size(1);
        m_packed = torch::empty({kernels::packedLinearFloats(m_outputs, m_inner)}); // a tensor's memory is aligned
        kernels::packLinear(m_outputs, m_inner, weight.data(), bias.data(), m_packed.data_ptr<float>());
    }
    void load(const Linear& linear) { load(linear.weight, linear.bias); }
    const float* packed() const { return m_packed.const_data_ptr<float>(); }
    std::int64_t outputs() const { return m_outputs; }
    // `rows` of them, to rows of `out` that lie `stride` floats apart.
    void apply(std::int64_t rows, const float* x, float* out, std::int64_t stride) const
    {
        kernels::packedLinear({rows, m_inner, m_outputs, x, packed(), out, stride});
    }
    StepVector operator()(const StepVector& x) const
    {
        const std::int64_t rows = static_cast<std::int64_t>(x.size()) / m_inner;
        StepVector out(static_cast<std::size_t>(rows * m_outputs));
        apply(rows, x.data(), out.data(), m_outputs);
        return out;
    }

private:
    torch::Tensor m_packed;
    std::int64_t m_inner = 0, m_outputs = 0;
};

// In place: rows times sigmoid(opening).
inline void gate(const StepVector& opening, StepVector& rows)
{
    kernels::sigmoidGate(static_cast<std::int64_t>(rows.size()), opening.data(), rows.data(), rows.data());
}
// In place.
inline void gelu(StepVector& rows)
{
    kernels::geluDropoutForward(static_cast<std::int64_t>(rows.size()), rows.data(), 0.0f, 0, rows.data());
}
inline void addTo(StepVector& x, const StepVector& y)
{
    std::transform(x.begin(), x.end(), y.begin(), x.begin(), std::plus<>());
}

} // namespace recoscope::nn
