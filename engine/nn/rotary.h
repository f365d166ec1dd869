// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rotary positions (Su et al. 2021) in the layout of Llama: dimension i of the first half of a head turns together with
// dimension i of the second half by position * frequency i. Angles are float32 whatever the model's precision, as in
// the public code.
#pragma once

#include <torch/torch.h>

#include "engine/text/model_config.h"

namespace recoscope::nn {

struct RotaryAngles {
    torch::Tensor cosine, sine; // [T, 1, headWidth/2] in the model's precision
};

// positions [T] int32.
RotaryAngles rotaryAngles(
    const RotaryConfig& config, std::int64_t headWidth, const torch::Tensor& positions, torch::ScalarType type);
// x [T, heads * headWidth] -> the same, each head turned.
torch::Tensor rotate(const torch::Tensor& x, std::int64_t heads, const RotaryAngles& angles);

} // namespace recoscope::nn
