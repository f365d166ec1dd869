// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Cross-entropy over the whole catalogue without ever holding all logits. Rows and vocabulary are walked in blocks of
// one buffer of at most 64 MiB; loss and both gradients come out of the same walk, so backward only scales them. Where
// the vocabulary fits one block the logits of a row are computed once, otherwise twice.
#pragma once

#include <torch/torch.h>

namespace recoscope::nn {

// Mean over M rows of logsumexp(h W^T + b) - (h W^T + b)[target]. hidden [M, D]; table [V, D]; bias [V] or undefined;
// targets [M] int32. With labelSmoothing e the target is (1-e) one-hot + e/V everywhere.
torch::Tensor crossEntropy(const torch::Tensor& hidden, const torch::Tensor& table, const torch::Tensor& bias,
    const torch::Tensor& targets, double labelSmoothing = 0.0);

// Size of the logits buffer in floats; tests set it small to walk through several blocks. Not thread-safe.
void setCrossEntropyBlock(std::int64_t rows, std::int64_t columns);

} // namespace recoscope::nn
