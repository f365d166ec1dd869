// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The definition of every block in ordinary tensor operations, for float64 and as the reference of the tests. Slow by
// design. Shapes and meaning: nn/functional.h, nn/cross_entropy.h, nn/losses.h.
#pragma once

#include <torch/torch.h>

#include "engine/nn/forward_context.h"
#include "engine/nn/losses.h"
#include "engine/nn/rotary.h"

namespace recoscope::nn::plain {

torch::Tensor layerNorm(const torch::Tensor& x, const torch::Tensor& residual, const torch::Tensor& weight,
    const torch::Tensor& bias, double epsilon, Dropout drop);
// The masks are the kernels' own, so both paths drop the same entries.
torch::Tensor dropout(const torch::Tensor& x, Dropout drop);
torch::Tensor geluDropout(const torch::Tensor& x, Dropout drop);
// Without dropout only: its mask is inside the attention kernel.
torch::Tensor softmaxAttention(
    const torch::Tensor& qkv, const torch::Tensor& offsets, std::int64_t heads, bool causal = true);
torch::Tensor attentionWeights(
    const torch::Tensor& qkv, const torch::Tensor& offsets, std::int64_t sequence, std::int64_t heads);
// Queries and keys of qkv [T, 3D] turned by their rows' positions.
torch::Tensor turnedRows(const torch::Tensor& qkv, const RotaryAngles& angles);
torch::Tensor lruScan(const torch::Tensor& u, const torch::Tensor& lambda, const torch::Tensor& offsets,
    const torch::Tensor& initial = torch::Tensor());
torch::Tensor crossEntropy(
    const torch::Tensor& hidden, const torch::Tensor& table, const torch::Tensor& bias, const torch::Tensor& targets);
// Scores of given items: hidden [M, D], ids [M, k], or [k] for all rows, int32 -> [M, k]; `bias` [V] or undefined. With
// unitItems by vectors of length one.
torch::Tensor itemLogits(const torch::Tensor& hidden, const ItemRows& items, const torch::Tensor& bias,
    const torch::Tensor& ids, bool unitItems = false);
torch::Tensor sampledLossRows(
    const torch::Tensor& hidden, const ItemRows& items, const torch::Tensor& bias, const SampledLoss& s);

} // namespace recoscope::nn::plain
