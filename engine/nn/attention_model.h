// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A model of attention layers that a wrapper may put rows of its own into: what enters the first layer and what the
// layers make of it, apart.
#pragma once

#include <vector>

#include "engine/nn/neural_model.h"

namespace recoscope {

class AttentionModel : public NeuralModel {
public:
    using NeuralModel::NeuralModel;

    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        const SequenceCounts counts = countSequences(lengths);
        FlopCount work = layerFlops(counts);
        work += endFlops(counts.events, score);
        return work;
    }
    // Operations of layersAndHead() over such rows; and of what stands before and behind it: from the vectors of so
    // many events to rows, and the scores.
    virtual FlopCount layerFlops(const SequenceCounts& rows) const = 0;
    virtual FlopCount endFlops(double events, const ScoreWork& score) const = 0;
    // Rows [N, D] through all layers and the head. Of the batch only offsets, positions, times and view are read. With
    // `asked` [R] int64 these rows alone leave the last layer, and it reports nothing.
    torch::Tensor layersAndHead(torch::Tensor x, const PackedBatch& batch, ForwardContext& context,
        const torch::Tensor& asked = torch::Tensor()) const;
    // [T, D] into the first layer.
    virtual torch::Tensor input(const PackedBatch& batch, ForwardContext& context) const = 0;
    virtual std::int64_t layerCount() const = 0;
    virtual std::int64_t rowWidth() const = 0; // D
    // Further rows [n, D] for the first layer, at `positions` [n] int32: with what input() adds to vectors for these.
    virtual torch::Tensor placed(const torch::Tensor& rows, const torch::Tensor& positions) const = 0;
    // Where keys and values stand in the rows that a layer's attention reads, and how wide these are.
    virtual std::vector<ColumnRange> keysAndValues() const = 0;
    virtual std::int64_t attentionRowWidth() const = 0;

    // Whether the layers of this pass keep their input alone and are computed again for the gradient: in training, with
    // the setting `recompute_layers`.
    bool recomputes(const ForwardContext& context) const;

protected:
    torch::Tensor encodeRows(
        const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const override
    {
        return layersAndHead(input(batch, context), batch, context, asked);
    }
    // The batch with what the layers need and it may lack.
    virtual PackedBatch completed(const PackedBatch& batch) const { return batch; }
    // The rows that the batch asks for.
    virtual torch::Tensor layerForward(
        int index, const torch::Tensor& x, const PackedBatch& batch, ForwardContext& context) const = 0;
    virtual torch::Tensor head(const torch::Tensor& rows) const = 0;
    // Rows of any layer as scores would read them, for observers.
    virtual torch::Tensor observed(const torch::Tensor& rows, const PackedBatch& batch) const
    {
        (void)batch;
        return head(rows);
    }

private:
    torch::Tensor recomputedLayer(
        int index, const torch::Tensor& x, const PackedBatch& batch, ForwardContext& context) const;
};

} // namespace recoscope
