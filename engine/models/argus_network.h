// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The network of ARGUS: SASRec's layers over one row an event, item + context + feedback (merged), or over three
// (interleaved, argus_tokens.h), and two heads on the state before an event: next item and feedback. Equations:
// docs/models.md.
#pragma once

#include <cmath>
#include <vector>

#include "engine/models/argus_context.h"
#include "engine/models/sasrec_network.h"

namespace recoscope {

// Class of row t by a factor: `values` [T] float32 and `kinds` [T] int32 as in PackedBatch, each may be undefined. -1:
// not known.
std::int32_t feedbackClass(const FeedbackFactors& factors, std::size_t factor, const torch::Tensor& values,
    const torch::Tensor& kinds, std::int64_t t);

class Argus : public SasRec {
public:
    explicit Argus(const ModelSetup& setup);

    std::int64_t attentionLayers() const override { return interleaved ? 0 : shape.layers; } // rows must be events
    torch::Tensor input(const PackedBatch& batch, ForwardContext& context) const override;
    torch::Tensor encodeRows(
        const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const override;
    torch::Tensor itemTable() const override;
    bool normalisesItems() const override { return true; }
    torch::Tensor logitScale() const override;
    double scoreScale() const override { return logitScale().item<double>(); }
    std::unique_ptr<ModelLoss> ownLoss() const override;
    // Without the feedback head, as encode(); of a training step: makeArgusLoss().
    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        return argusFlops(argusSizes(), lengths, false, score);
    }
    ArgusSizes argusSizes() const;
    const FeedbackFactors* predictedFeedback() const override
    {
        return feedbackHead.w2.weight.defined() ? &factors : nullptr;
    }
    torch::Tensor feedbackAfter(const PackedBatch& batch, const torch::Tensor& targets) const override;
    std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor&) const override;
    bool formReadsWindows() const override { return false; }

    // What each row says about the event that follows it.
    struct Outputs {
        torch::Tensor users; // [T, itemWidth] of length one
        torch::Tensor feedback; // [T, sum of classes] logits; undefined without targets or the task
    };
    // The batch may be of the processor, which then waits for no device. `targets`: the items [T] int32 of the events
    // that follow, of the processor; or undefined.
    Outputs outputs(const PackedBatch& batch, ForwardContext& context, const torch::Tensor& targets) const;
    // [n, itemWidth] for [n] int32 of the processor.
    torch::Tensor itemVectors(const torch::Tensor& items) const override;
    // Item vectors as wide as the layers.
    torch::Tensor widened(const torch::Tensor& vectors) const;

    struct Head {
        nn::Linear w1, w2;
        torch::Tensor operator()(const std::vector<torch::Tensor>& parts) const;
    };

    const FeedbackFactors factors; // of the history; empty: it has none
    const bool interleaved, takesContext, knowsRequest;
    const std::int64_t itemWidth;
    torch::Tensor kinds; // [3, D] of the rows; interleaved only
    torch::Tensor hours, weekdays, gaps; // [values + 1, D], the last row for "not known"
    torch::Tensor surfaces; // likewise; undefined where the training data has none, or without context
    std::vector<torch::Tensor> feedback; // by factor [classes + 1, D], likewise
    Head nextHead, feedbackHead;
    torch::Tensor logTemperature; // [1]

protected:
    torch::Tensor observed(const torch::Tensor& rows, const PackedBatch& batch) const override;

private:
    Head makeHead(const std::string& name, std::int64_t inputs, std::int64_t outputs);
    Outputs mergedOutputs(const PackedBatch& batch, ForwardContext& context, const torch::Tensor& targets) const;
    Outputs interleavedOutputs(const PackedBatch& batch, ForwardContext& context, const torch::Tensor& targets) const;
    // `surfaceNumbers` [T] as in PackedBatch, or undefined; `kept` [T] bool: where it is false all is hidden.
    torch::Tensor contextVectors(
        const std::vector<ArgusMoment>& moments, const torch::Tensor& surfaceNumbers, const torch::Tensor& kept) const;
    torch::Tensor askedSurfaces(const PackedBatch& batch) const;
    torch::Tensor firstContexts(const PackedBatch& batch) const;
    double inputScale() const { return std::sqrt(static_cast<double>(shape.width)); }
    torch::Tensor askedContext(const PackedBatch& batch, ForwardContext& context) const;
    torch::Tensor feedbackVectors(const PackedBatch& batch, ForwardContext& context) const;

    torch::Tensor m_widening; // [D, itemWidth]; undefined when they are the same
    double m_inputDropout, m_contextDropout, m_surfaceDropout, m_feedbackDropout;
    torch::Tensor m_lookUps; // [look-ups, V+1] int32 rows of the item table; undefined: each item has its own
};

} // namespace recoscope
