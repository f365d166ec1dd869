// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Differentiable building blocks on packed rows [T, ...]. float32 tensors go through the kernels (kernels/ops.h),
// float64 ones through the plain definitions (nn/plain.h), which the tests compare with. All are deterministic.
#pragma once

#include <span>

#include <torch/torch.h>

#include "engine/nn/forward_context.h"

namespace recoscope::nn {

// Rows of table [V, D] for indices [T] int32 -> [T, D]. The gradient is added straight into table.grad() (allocated
// when absent), in index order: a dense gradient per look-up would cost V x D for T rows.
torch::Tensor embedding(const torch::Tensor& table, const torch::Tensor& indices);

// Sums of rows of a table [V, D]: out[owners[p]] += table[rows[p]] for every p, owners in [0, count) -> [count, D];
// both [P] int32. The gradient goes straight into table.grad(), as that of embedding().
torch::Tensor embeddingSum(
    const torch::Tensor& table, const torch::Tensor& rows, const torch::Tensor& owners, std::int64_t count);

// Rows [R] int32 of x [N, D] -> [R, D]; a row may be taken any number of times.
torch::Tensor gatherRows(const torch::Tensor& x, const torch::Tensor& rows);

// LayerNorm(dropout(x) + residual) * weight + bias; `residual` may be undefined.
torch::Tensor layerNorm(const torch::Tensor& x, const torch::Tensor& residual, const torch::Tensor& weight,
    const torch::Tensor& bias, double epsilon, Dropout drop = {});

torch::Tensor dropout(const torch::Tensor& x, Dropout drop);
// dropout(gelu(x)), exact form.
torch::Tensor geluDropout(const torch::Tensor& x, Dropout drop);

// int64 numbers in memory of the tensor; none of an undefined one.
std::span<const std::int64_t> numbersOf(const torch::Tensor& numbers);

// Softmax attention: qkv [T, 3D] (queries, keys, values side by side) -> [T, D]; scale 1/sqrt(D/heads). With
// `firstQueries` [B] int64, the rows of a sequence before it are keys and values alone: what comes out for them is not
// to be read.
torch::Tensor softmaxAttention(const torch::Tensor& qkv, const torch::Tensor& offsets, std::int64_t heads, Dropout drop,
    bool causal = true, const torch::Tensor& firstQueries = {});
// Causal attention weights of one sequence without dropout: [heads, L, L], zeros above the diagonal. No gradient.
torch::Tensor attentionWeights(
    const torch::Tensor& qkv, const torch::Tensor& offsets, std::int64_t sequence, std::int64_t heads);

// h_t = lambda ∘ h_{t-1} + u_t; u [T, 2S] and lambda [2S] planar complex -> [T, 2S]. Each sequence starts from its row
// of `initial` [B, 2S], or from 0 where that is undefined. float32: u is overwritten by the states.
torch::Tensor lruScan(torch::Tensor u, const torch::Tensor& lambda, const torch::Tensor& offsets,
    const torch::Tensor& initial = torch::Tensor());

} // namespace recoscope::nn
