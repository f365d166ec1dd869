// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rotary positions (Su et al. 2021) in the layout of Llama: dimension i of the first half of a head turns together with
// dimension i of the second half by position * frequency i. Angles are float32 whatever the model's precision, as in
// the public code. Attention turns queries and keys itself: float32 in its kernel (kernels/ops.h), float64 by the plain
// definition. Rows are qkv [T, 3D], queries, keys and values side by side, as in nn/functional.h.
#pragma once

#include <torch/torch.h>

#include "engine/nn/attention_view.h"
#include "engine/nn/forward_context.h"
#include "engine/text/model_config.h"

namespace recoscope::nn {

struct RotaryAngles {
    torch::Tensor cosine, sine; // [largest position + 1, headWidth/2] float32
    torch::Tensor positions; // [T] int32 of the rows

    // Of the given rows [n] of these.
    RotaryAngles of(const torch::Tensor& rows) const;
    // Of the places of a view over these rows. Rows of an earlier pass are kept turned, and position 0 turns nothing.
    RotaryAngles arranged(const AttentionView& view) const;
};

// positions [T] int32, none below 0; on a device this waits for it.
RotaryAngles rotaryAngles(const RotaryConfig& config, std::int64_t headWidth, const torch::Tensor& positions);

// softmaxAttention() and attentionWeights() of nn/functional.h over rows whose queries and keys turn.
torch::Tensor softmaxAttention(const torch::Tensor& qkv, const torch::Tensor& offsets, std::int64_t heads, Dropout drop,
    bool causal, const torch::Tensor& firstQueries, const RotaryAngles& angles);
torch::Tensor attentionWeights(const torch::Tensor& qkv, const torch::Tensor& offsets, std::int64_t sequence,
    std::int64_t heads, const RotaryAngles& angles);

// Rows with their queries and keys turned, to be kept. No gradient; on the processor.
torch::Tensor turnedRows(const torch::Tensor& qkv, const RotaryAngles& angles);
// view.arrange(), with what it keeps turned.
torch::Tensor arrangeTurning(
    const AttentionView& view, std::size_t layer, const torch::Tensor& qkv, const RotaryAngles& angles);

} // namespace recoscope::nn
