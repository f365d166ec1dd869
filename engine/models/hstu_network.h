// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The network of HSTU. Research form (default): SiLU on U, V, Q and K, no biases, norms without weights, biases by
// distance and time inside the attention. Production form: SiLU on U only, biases, norms with weights, scores over
// sqrt(queryDim), [U, A, U * A] into the output layer, position and time added to the input.
#pragma once

#include <cmath>
#include <vector>

#include "engine/nn/attention_model.h"
#include "engine/nn/hstu_attention.h"
#include "engine/nn/modules.h"

namespace recoscope {

struct HstuShape {
    std::int64_t width = 64, layers = 2, heads = 2, queryDim = 32, valueDim = 32;
    std::int64_t ratings = 0, ratingWidth = 0;
    bool production = false, relativeBias = true, concatenate = false;
    bool unitOutput = true; // L2, otherwise LayerNorm without weights
    bool askedTime = true; // a row's time is that of the event it predicts, otherwise its own
    bool paddedNormaliser = false;
    std::int64_t narrowItems = 0; // width of item vectors before a projection widens them; 0 = no projection
    bool scaleEmbedding = true, learnedTemperature = false;

    static HstuShape fromJson(const Json& parameters);
    std::int64_t itemWidth() const { return width - (production ? 0 : ratingWidth); }
    double inputScale() const { return scaleEmbedding ? std::sqrt(static_cast<double>(width)) : 1.0; }
    // Row of the rating table; 0 also for NaN, which stands for not known.
    std::int32_t ratingLevel(float rating) const;
    std::int64_t valueWidth() const { return heads * valueDim; }
    std::int64_t outputInputs() const { return concatenate ? 3 * valueWidth() : valueWidth(); }
};

class Hstu : public AttentionModel {
public:
    explicit Hstu(const ModelSetup& setup);

    std::string name() const override { return "hstu"; }
    torch::Tensor input(const PackedBatch& batch, ForwardContext& context) const override;
    std::int64_t layerCount() const override { return shape.layers; }
    std::int64_t rowWidth() const override { return shape.width; }
    torch::Tensor placed(const torch::Tensor& rows, const torch::Tensor& at) const override;
    std::vector<ColumnRange> keysAndValues() const override;
    std::int64_t attentionRowWidth() const override { return 2 * shape.heads * (shape.valueDim + shape.queryDim); }
    FlopCount layerFlops(const SequenceCounts& rows) const override;
    FlopCount endFlops(double events, const ScoreWork& score) const override;
    torch::Tensor itemTable() const override;
    torch::Tensor logitScale() const override;
    bool normalisesItems() const override { return true; }
    std::int64_t attentionLayers() const override { return shape.layers; }
    std::int64_t attentionHeads() const override { return shape.heads; }
    std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor&) const override;

    struct Layer {
        nn::Norm inputNorm, attentionNorm;
        torch::Tensor uvqk, uvqkBias; // [D, 2 heads (valueDim + queryDim)]; the bias in the production form only
        torch::Tensor positionBias, timeBias; // [maxLength] by distance, [129]; undefined without relative bias
        nn::Linear out;
    };

    const HstuShape shape;
    static constexpr std::int64_t timeBuckets = 128; // of the relative bias
    static constexpr std::int64_t gapBuckets = 2048; // of the production form's time embedding
    torch::Tensor itemEmbedding, itemProjection, positions, ratings, gaps;
    nn::Norm outputNorm;
    std::vector<Layer> layers;

protected:
    PackedBatch completed(const PackedBatch& batch) const override;
    torch::Tensor layerForward(
        int index, const torch::Tensor& x, const PackedBatch& batch, ForwardContext& context) const override;
    torch::Tensor head(const torch::Tensor& all) const override;

private:
    nn::HstuAttention attentionOf(const Layer& layer, const PackedBatch& batch) const;
    HstuSizes sizes() const;
    torch::Tensor ratingLevels(const PackedBatch& batch) const;
    Layer makeLayer(const std::string& prefix);
    nn::Norm makeNorm(const std::string& name, std::int64_t width);

    double m_dropout, m_inputDropout;
    torch::Tensor m_logitScale;
};

// Bucket of the production form: floor(sqrt(seconds / 60)), at most Hstu::gapBuckets.
std::int64_t hstuGapBucket(std::int64_t seconds);

} // namespace recoscope
