// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a wrapper that compresses histories shows of itself to models/compressed_history.h, and attention as pictures.
#pragma once

#include <functional>

#include "engine/nn/history_compression.h"

namespace recoscope::nn {

// A NeuralModel that is also one of these can be read as a CompressedHistory.
class CompressedModel {
public:
    virtual ~CompressedModel() = default;
    virtual const AttentionModel& wrapped() const = 0;
    virtual const HistoryCompression& compression() const = 0;
};

// For an observer of "token_attention": weights over all rows of one sequence, events and tokens, put together from
// those of its pieces; weightsOf(piece) is [heads, L, L] over the piece's places. Needs a view without rows of before.
void reportPieces(const AttentionView& view, ModelObserver& observer, int layer, bool rowsSumToOne,
    const std::function<torch::Tensor(std::int64_t piece)>& weightsOf);

// For an observer of "attention": weights [heads, L, L] of softmax attention over the first sequence of a batch.
void reportSoftmaxAttention(const torch::Tensor& weights, int layer, ModelObserver& observer);

} // namespace recoscope::nn
