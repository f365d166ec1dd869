// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The parts that text networks are put together from; each takes plain tensors, so it serves any family.
#pragma once

#include <torch/torch.h>

#include "engine/nn/functional.h"
#include "engine/text/model_config.h"

namespace recoscope::nn {

// x / sqrt(mean(x^2) + epsilon) * weight (Zhang & Sennrich 2019).
torch::Tensor rmsNorm(const torch::Tensor& x, const torch::Tensor& weight, double epsilon);

torch::Tensor activate(const torch::Tensor& x, TextActivation activation);

// Heads of keys or values [T, keyHeads * headWidth], each as often as heads of queries share it:
// [T, heads * headWidth].
torch::Tensor sharedHeads(const torch::Tensor& x, std::int64_t keyHeads, std::int64_t heads);

} // namespace recoscope::nn
