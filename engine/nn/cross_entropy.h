// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Cross-entropy over the whole catalogue without ever holding all logits (kernels::linearCrossEntropy): loss and
// gradients come out of the same walk, so backward only scales them.
#pragma once

#include <torch/torch.h>

namespace recoscope::nn {

// Mean over M rows of logsumexp(h W^T + b) - (h W^T + b)[target]. hidden [M, D]; table [V, D]; bias [V] or undefined;
// targets [M] int32. With labelSmoothing e the target is (1-e) one-hot + e/V everywhere.
torch::Tensor crossEntropy(const torch::Tensor& hidden, const torch::Tensor& table, const torch::Tensor& bias,
    const torch::Tensor& targets, double labelSmoothing = 0.0);

} // namespace recoscope::nn
