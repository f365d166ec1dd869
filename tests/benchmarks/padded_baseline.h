// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LRURec and SASRec as one would write them in LibTorch: sequences padded to the window, ordinary eager operations, the
// recurrence by padded doubling as in the public LRURec, logits only at real positions. Reads the parameters of one of
// our models, so both compute the same loss.
#pragma once

#include <torch/torch.h>

#include "engine/nn/neural_model.h"
#include "engine/training/batches.h"

namespace recoscope::bench {

struct PaddedBatch {
    torch::Tensor items; // [B, L] int64, left-padded with the start token
    torch::Tensor mask; // [B, L] bool
    torch::Tensor rows; // [M] int64, real positions of the flattened batch
    torch::Tensor targets; // [M] int64
};
PaddedBatch pad(const TrainingBatch& batch, std::int64_t window, std::int32_t padItem);

// Mean cross-entropy with dropout `p` in training.
torch::Tensor paddedLruRecLoss(const NeuralModel& model, const PaddedBatch& batch, double p);
torch::Tensor paddedSasRecLoss(const NeuralModel& model, const PaddedBatch& batch, double p);

} // namespace recoscope::bench
