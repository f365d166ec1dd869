// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Projection and pointwise SiLU attention of HSTU on packed rows, differentiable: float32 through the kernels, float64
// through dense tensor operations (the definition, for tests and parity). Equations: kernels/ops.h.
#pragma once

#include <torch/torch.h>

namespace recoscope::nn {

// n(x) W + bias, SiLU on the first `activated` columns: x [T, D], W [D, N], bias [N] or undefined -> [T, N]. n is
// LayerNorm without weights where `normEpsilon` is above zero, otherwise x itself.
torch::Tensor siluProjection(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
    std::int64_t activated, double normEpsilon);

struct GatedAttention {
    torch::Tensor mixed, gate; // A V and U: [T, heads * valueDim]; rows of U may lie apart
};

struct HstuAttention {
    std::int64_t heads = 1, queryDim = 0, valueDim = 0; // dimensions of a head
    double scale = 1.0;
    double normaliser = 0.0; // 0 = each row by the number of events it sees
    torch::Tensor offsets; // [B+1] int64
    torch::Tensor positionBias; // [maxLength] by distance, or undefined
    torch::Tensor timeBias; // [buckets + 1], or undefined; needs the times
    torch::Tensor queryTimes, keyTimes; // [T] int64
    torch::Tensor firstQueries; // [B] int64 or undefined: rows of a sequence before it are keys and values alone; what
                                // comes out for them is not to be read

    // rows [T, heads * (2 valueDim + 2 queryDim)] = [U | V | Q | K] -> [T, heads * valueDim]; U is not read.
    torch::Tensor operator()(const torch::Tensor& rows) const;
    // With U as a tensor of its own: its gradient goes straight into that of the rows.
    GatedAttention gated(const torch::Tensor& rows) const;
    // Weights of one sequence: [heads, L, L], zeros above the diagonal. No gradient.
    torch::Tensor weights(const torch::Tensor& rows, std::int64_t sequence) const;

    // Sizes, scale and normaliser among what an autograd Function keeps for its backward.
    void save(torch::autograd::AutogradContext* ctx) const;
    static HstuAttention saved(torch::autograd::AutogradContext* ctx);

    std::int64_t valueWidth() const { return heads * valueDim; }
    std::int64_t rowWidth() const { return 2 * heads * (valueDim + queryDim); }
};

} // namespace recoscope::nn
