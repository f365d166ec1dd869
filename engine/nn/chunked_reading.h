// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Long histories through models whose layers carry on from a state (NeuralModel::encodeChunk): the activations of one
// chunk at a time, so memory does not grow with the history. Gives what one pass over the whole window gives, up to the
// rounding of matrix products of another shape (1e-5 of vectors near size one). Thread-safe.
#pragma once

#include "engine/nn/neural_model.h"

namespace recoscope::nn {

inline constexpr std::int64_t chunkEvents = 4096; // some 20 MB of activations of a model of width 64

// Whether history b is longer than a chunk and the model can read it in chunks.
bool readsInChunks(const NeuralModel& model, const PackedView& histories, std::int64_t b);

// The vector [D] after the last event of the window of history b, which is not empty; `chunk` >= 1 events at a time.
// Every item is one of the catalogue.
torch::Tensor lastVectorByChunks(
    const NeuralModel& model, const PackedView& histories, std::int64_t b, std::int64_t chunk, ForwardContext& context);

// encode() for a training step. Of a batch with a sequence longer than a chunk only the rows [T, D] are kept and what
// sequences carry between chunks; the backward pass of the rows computes each chunk once more, from the last to the
// first, and adds to the gradients of the parameters. Dropout masks then follow (seed, step, chunk). The model must
// outlive the backward pass.
torch::Tensor encodeForTraining(
    const NeuralModel& model, const PackedBatch& batch, ForwardContext& context, std::int64_t chunk = chunkEvents);

} // namespace recoscope::nn
