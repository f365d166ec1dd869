// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The network of SASRec with the switches that tell its public variants apart. Shared by the packed forward and the
// one-event step. Variants: default = pre-LN, cross-entropy; RecBole = post, input_norm, no final_norm, no scaling;
// eSASRec = pre, gated, swiglu; BERT4Rec = RecBole's with bidirectional, dense_head, final_norm, item_bias.
// gSASRec = query, relu, inner = width, no output_projection, separate_output; PyTorch port = pre or post, relu.
#pragma once

#include <vector>

#include "engine/nn/attention_model.h"
#include "engine/nn/modules.h"

namespace recoscope {

// Pre: x + f(LN(x)). Post: LN(x + f(x)). Query: queries and residual from LN(x), keys and values from x.
enum class SasRecNorm { Pre, Post, Query };
// SwiGlu: W2 (silu(W1 x) * W3 x) instead of W2 f(W1 x).
enum class SasRecActivation { Gelu, Relu, SwiGlu };

struct SasRecShape {
    std::int64_t width = 64, layers = 2, heads = 1, inner = 256;
    SasRecNorm norm = SasRecNorm::Pre;
    SasRecActivation activation = SasRecActivation::Gelu;
    bool scaleEmbedding = true, inputNorm = false, finalNorm = true;
    bool outputProjection = true, separateOutput = false;
    bool gated = false; // LiGR: each sublayer's output times sigmoid(W x) of the sublayer's raw input
    bool bidirectional = false, denseHead = false; // BERT4Rec
    double epsilon = 1e-5;

    static SasRecShape fromJson(const Json& parameters);
};

// The vectors behind the items: how many (0 = one for each and the start token), how wide (0 = as the layers).
struct TableSize {
    std::int64_t rows = 0, width = 0;
};

class SasRec : public AttentionModel {
public:
    SasRec(const std::string& name, const ModelSetup& setup)
        : SasRec(name, setup, ItemTable::Own, {})
    {
    }
    explicit SasRec(const ModelSetup& setup)
        : SasRec("sasrec", setup)
    {
    }
    std::string name() const override { return m_name; }
    torch::Tensor input(const PackedBatch& batch, ForwardContext& context) const override;
    std::int64_t layerCount() const override { return shape.layers; }
    std::int64_t rowWidth() const override { return shape.width; }
    torch::Tensor placed(const torch::Tensor& rows, const torch::Tensor& at) const override;
    std::vector<ColumnRange> keysAndValues() const override { return {{shape.width, 3 * shape.width}}; }
    std::int64_t attentionRowWidth() const override { return 3 * shape.width; }
    FlopCount layerFlops(const SequenceCounts& rows) const override;
    FlopCount endFlops(double events, const ScoreWork& score) const override;
    torch::Tensor itemTable() const override;
    torch::Tensor itemBias() const override { return m_bias; }
    bool asksAtMask() const override { return shape.bidirectional; }
    std::int64_t attentionLayers() const override { return shape.bidirectional ? 0 : shape.layers; }
    std::int64_t attentionHeads() const override { return attentionLayers() > 0 ? shape.heads : 0; }
    std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor& readItems) const override;
    bool formReadsWindows() const override { return hasRows(); }

    struct Layer {
        nn::Norm norm1, norm2;
        nn::Linear qkv, out, w1, w2, w3, gate1, gate2;
    };

    const SasRecShape shape;
    torch::Tensor itemEmbedding, positions, output; // [rows, width] or undefined, [maxLength, D], [V+1, D]
    nn::Norm inputNorm, finalNorm;
    nn::Linear headDense;
    std::vector<Layer> layers;

protected:
    // Without an item table of its own: the heir computes item vectors and overrides what reads them.
    enum class ItemTable { Own, Computed };
    SasRec(const std::string& name, const ModelSetup& setup, ItemTable table, TableSize size = {});
    // True when the layers are causal and read rows of items and positions alone: SasRecRows computes the same.
    virtual bool hasRows() const { return !shape.bidirectional; }
    virtual torch::Tensor inputRows(const torch::Tensor& items, ForwardContext& context) const;
    torch::Tensor layerForward(
        int index, const torch::Tensor& x, const PackedBatch& batch, ForwardContext& context) const override;
    torch::Tensor head(const torch::Tensor& rows) const override;
    // The two sublayers, before residual and norm; of attention the rows that the batch asks for.
    torch::Tensor attend(const Layer& layer, const torch::Tensor& queries, const torch::Tensor& rows,
        const PackedBatch& batch, ForwardContext& context, int index) const;
    torch::Tensor feedForward(const Layer& layer, const torch::Tensor& x, ForwardContext& context) const;
    double dropoutRate() const { return m_dropout; }
    SasRecSizes sizes() const; // of the layers

private:
    Layer makeLayer(const std::string& prefix);

    std::string m_name;
    double m_dropout, m_attentionDropout;
    torch::Tensor m_bias;
};

} // namespace recoscope
