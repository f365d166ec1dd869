// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/sasrec.h"

#include <cmath>

#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/presets.h"
#include "engine/models/sasrec_network.h"
#include "engine/models/sasrec_step.h"
#include "engine/nn/functional.h"
#include "engine/nn/history_reader.h"

namespace recoscope {

using torch::Tensor;

SasRecShape SasRecShape::fromJson(const Json& p)
{
    SasRecShape s;
    s.width = p.at("hidden");
    s.layers = p.at("layers");
    s.heads = p.at("heads");
    s.inner = p.at("inner").get<std::int64_t>() > 0 ? p.at("inner").get<std::int64_t>() : 4 * s.width;
    const std::string norm = p.at("norm");
    s.norm = norm == "pre" ? SasRecNorm::Pre : norm == "post" ? SasRecNorm::Post : SasRecNorm::Query;
    const std::string activation = p.at("activation");
    s.activation = activation == "gelu" ? SasRecActivation::Gelu
        : activation == "relu"          ? SasRecActivation::Relu
                                        : SasRecActivation::SwiGlu;
    s.scaleEmbedding = p.at("scale_embedding");
    s.inputNorm = p.at("input_norm");
    s.finalNorm = p.at("final_norm");
    s.outputProjection = p.at("output_projection");
    s.separateOutput = p.at("separate_output");
    s.gated = p.at("gated");
    s.bidirectional = p.at("bidirectional");
    s.denseHead = p.at("dense_head");
    s.epsilon = p.at("norm_epsilon");
    if (s.gated && s.norm != SasRecNorm::Pre)
        throw Error(ErrorKind::Usage, "gates need norm=pre", "set norm to pre, or gated to false");
    if (s.width % s.heads != 0)
        throw Error(ErrorKind::Usage,
            "width " + std::to_string(s.width) + " is not a multiple of " + std::to_string(s.heads) + " heads",
            "choose a width that the heads divide");
    return s;
}

SasRec::SasRec(const std::string& name, const ModelSetup& setup, ItemTable table, TableSize size)
    : AttentionModel(setup)
    , shape(SasRecShape::fromJson(setup.parameters))
    , m_name(name)
    , m_dropout(setup.parameters.at("dropout"))
    , m_attentionDropout(setup.parameters.at("attention_dropout"))
{
    Parameters& p = m_parameters;
    const bool decayItems = setup.parameters.at("decay_embedding");
    if (table == ItemTable::Own)
        itemEmbedding = p.truncatedNormal("item_embedding.weight",
            {size.rows > 0 ? size.rows : setup.items + 1, size.width > 0 ? size.width : shape.width}, decayItems);
    positions = p.truncatedNormal("position_embedding.weight", {setup.maxLength, shape.width}, decayItems);
    if (shape.inputNorm)
        inputNorm = nn::Norm(p, "input_norm", shape.width, shape.epsilon);
    for (std::int64_t i = 0; i < shape.layers; ++i)
        layers.push_back(makeLayer("layers." + std::to_string(i) + "."));
    if (shape.denseHead)
        headDense = nn::Linear(p, "head.dense", shape.width, shape.width);
    if (shape.finalNorm)
        finalNorm = nn::Norm(p, "final_norm", shape.width, shape.epsilon);
    if (shape.separateOutput)
        output = p.truncatedNormal("output_embedding.weight", {setup.items + 1, shape.width}, decayItems);
    if (setup.parameters.at("item_bias").get<bool>())
        m_bias = p.constant("item_bias", {setup.items + 1}, 0.0);
    p.freeze();
}

SasRec::Layer SasRec::makeLayer(const std::string& prefix)
{
    Parameters& p = m_parameters;
    Layer layer;
    layer.norm1 = nn::Norm(p, prefix + "attention.norm", shape.width, shape.epsilon);
    layer.qkv = nn::Linear(p, prefix + "attention.qkv", 3 * shape.width, shape.width);
    if (shape.outputProjection)
        layer.out = nn::Linear(p, prefix + "attention.out", shape.width, shape.width);
    layer.norm2 = nn::Norm(p, prefix + "feed_forward.norm", shape.width, shape.epsilon);
    layer.w1 = nn::Linear(p, prefix + "feed_forward.w1", shape.inner, shape.width);
    layer.w2 = nn::Linear(p, prefix + "feed_forward.w2", shape.width, shape.inner);
    if (shape.activation == SasRecActivation::SwiGlu)
        layer.w3 = nn::Linear(p, prefix + "feed_forward.w3", shape.inner, shape.width);
    if (shape.gated) {
        layer.gate1 = nn::Linear(p, prefix + "attention.gate", shape.width, shape.width);
        layer.gate2 = nn::Linear(p, prefix + "feed_forward.gate", shape.width, shape.width);
    }
    return layer;
}

Tensor SasRec::itemTable() const
{
    return shape.separateOutput ? output : itemEmbedding;
}

// softmax(q k^T / sqrt(d)) v, projected. `queries` gives q, `rows` gives k and v.
Tensor SasRec::attend(const Layer& layer, const Tensor& queries, const Tensor& rows, const PackedBatch& batch,
    ForwardContext& context, int index) const
{
    Tensor qkv;
    if (queries.is_same(rows)) {
        qkv = layer.qkv(rows);
    } else {
        const Tensor& w = layer.qkv.weight;
        const Tensor& b = layer.qkv.bias;
        const std::int64_t d = shape.width;
        qkv = torch::cat({torch::linear(queries, w.slice(0, 0, d), b.slice(0, 0, d)),
                             torch::linear(rows, w.slice(0, d), b.slice(0, d))},
            1);
    }
    const Dropout drop = context.dropout(m_attentionDropout);
    const auto mix = [&](const Tensor& parts, const Tensor& offsets, const Tensor& firstQueries) {
        return nn::softmaxAttention(parts, offsets, shape.heads, drop, !shape.bidirectional, firstQueries);
    };
    const AttentionView* view = batch.view.get();
    if (!view && context.observes("attention"))
        nn::reportSoftmaxAttention(
            nn::attentionWeights(qkv, batch.offsets, 0, shape.heads), index, *context.observer());
    const Tensor arranged = view ? view->arrange(index, qkv) : qkv;
    if (view && context.observes("token_attention"))
        nn::reportPieces(*view, *context.observer(), index, true,
            [&](std::int64_t piece) { return nn::attentionWeights(arranged, view->offsets, piece, shape.heads); });
    const Tensor mixed = batch.onlyAsked(view ? view->restore(mix(arranged, view->offsets, view->firstQueries))
                                              : mix(qkv, batch.offsets, batch.firstQueries));
    return shape.outputProjection ? layer.out(mixed) : mixed;
}

Tensor SasRec::feedForward(const Layer& layer, const Tensor& x, ForwardContext& context) const
{
    const Tensor inner = layer.w1(x);
    const Dropout drop = context.dropout(m_dropout);
    if (shape.activation == SasRecActivation::Gelu)
        return layer.w2(nn::geluDropout(inner, drop));
    return layer.w2(nn::dropout(
        shape.activation == SasRecActivation::Relu ? torch::relu(inner) : torch::silu(inner) * layer.w3(x), drop));
}

Tensor SasRec::layerForward(int index, const Tensor& x, const PackedBatch& batch, ForwardContext& context) const
{
    const Layer& layer = layers[static_cast<std::size_t>(index)];
    // Each line draws one dropout at most: the order of the draws must not depend on the compiler.
    const auto drop = [&](const Tensor& rows) { return nn::dropout(rows, context.dropout(m_dropout)); };
    if (shape.norm == SasRecNorm::Post) {
        const Tensor attended = attend(layer, x, x, batch, context, index);
        const Tensor z = layer.norm1(attended, batch.onlyAsked(x), context.dropout(m_dropout));
        const Tensor fed = feedForward(layer, z, context);
        return layer.norm2(fed, z, context.dropout(m_dropout));
    }
    const Tensor normed = layer.norm1(x);
    if (shape.norm == SasRecNorm::Query) {
        const Tensor attended = attend(layer, normed, x, batch, context, index);
        const Tensor z = layer.norm2(drop(attended) + batch.onlyAsked(normed));
        const Tensor fed = feedForward(layer, z, context);
        return drop(fed) + z;
    }
    const auto gate = [this](const nn::Linear& linear, const Tensor& raw, const Tensor& rows) {
        return shape.gated ? rows * torch::sigmoid(linear(raw)) : rows;
    };
    const Tensor attended = attend(layer, normed, normed, batch, context, index);
    const Tensor own = batch.onlyAsked(x);
    const Tensor z = gate(layer.gate1, own, drop(attended)) + own;
    const Tensor fed = feedForward(layer, layer.norm2(z), context);
    return gate(layer.gate2, z, drop(fed)) + z;
}

SasRecSizes SasRec::sizes() const
{
    SasRecSizes s;
    s.width = static_cast<double>(shape.width);
    s.layers = static_cast<double>(shape.layers);
    s.inner = static_cast<double>(shape.inner);
    s.outputProjection = shape.outputProjection;
    s.swiGlu = shape.activation == SasRecActivation::SwiGlu;
    s.gated = shape.gated;
    s.denseHead = shape.denseHead;
    s.bidirectional = shape.bidirectional;
    return s;
}

FlopCount SasRec::layerFlops(const SequenceCounts& rows) const
{
    return sasRecFlops(sizes(), rows, {});
}

FlopCount SasRec::endFlops(double, const ScoreWork& score) const
{
    FlopCount work;
    work.addScores(score, static_cast<double>(shape.width));
    return work;
}

Tensor SasRec::head(const Tensor& rows) const
{
    const Tensor dense = shape.denseHead ? nn::geluDropout(headDense(rows), {}) : rows;
    return shape.finalNorm ? finalNorm(dense) : dense;
}

Tensor SasRec::inputRows(const Tensor& items, ForwardContext&) const
{
    return nn::embedding(itemEmbedding, items);
}

Tensor SasRec::placed(const Tensor& rows, const Tensor& at) const
{
    return rows + nn::embedding(positions, at);
}

Tensor SasRec::input(const PackedBatch& batch, ForwardContext& context) const
{
    Tensor x = inputRows(batch.items, context);
    if (shape.scaleEmbedding)
        x = x * std::sqrt(static_cast<double>(shape.width));
    x = x + nn::embedding(positions, batch.positions);
    if (batch.padMask.defined())
        x = x * batch.padMask;
    if (shape.inputNorm)
        x = inputNorm(x);
    return nn::dropout(x, context.dropout(m_dropout));
}

std::shared_ptr<const IncrementalForm> SasRec::incrementalForm(const Tensor& readItems) const
{
    return hasRows() ? makeSasRecForm(*this, readItems.defined() ? readItems : itemEmbedding) : nullptr;
}

std::unique_ptr<NeuralModel> buildSasRec(const ModelSetup& setup)
{
    return std::make_unique<SasRec>("sasrec", setup);
}

ModelDescriptor sasRecDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.build = buildSasRec;
    d.name = "sasrec";
    d.title = "SASRec";
    d.summary = "Causal self-attention over the history; every layer and head can be looked at.";
    d.paper = "Kang & McAuley, ICDM 2018";
    d.hasAttention = true;
    d.hasState = true;
    d.trainsOnDevice = true;
    d.schema
        = ParameterSchema({
              integer("hidden", "Width", 64, 4, 1024, "dims", "Width of item vectors and hidden layers"),
              integer("layers", "Layers", 2, 1, 16, "", "Attention layers"),
              integer("heads", "Heads", 1, 1, 16, "", "Attention heads of each layer"),
              integer("inner", "Feed-forward", 0, 0, 8192, "dims", "Inner width; 0 = four times the width"),
              real("dropout", "Dropout", 0.2, 0.0, 0.95, "After the embedding and each sublayer"),
              real("attention_dropout", "Attention dropout", 0.0, 0.0, 0.95, "On the attention weights"),
              choice("norm", "LayerNorm", "pre", {"pre", "post", "query"},
                  "Before or after each sublayer; query: the first SASRec's and gSASRec's form"),
              choice("activation", "Activation", "gelu", {"gelu", "relu", "swiglu"}, "In the feed-forward"),
              boolean("scale_embedding", "Scale items by √width", true, "As the first SASRec"),
              boolean("input_norm", "Norm after embedding", false, "As RecBole's SASRec"),
              boolean("final_norm", "Norm before scores", true, "Off in RecBole's SASRec"),
              boolean("output_projection", "Attention output", true, "Linear layer after attention; off in gSASRec"),
              boolean("separate_output", "Separate output items", false, "Own item table for scores, as gSASRec"),
              boolean("gated", "Gates", false, "LiGR: each sublayer times sigmoid(W x); with norm=pre"),
              boolean("bidirectional", "Bidirectional", false,
                  "Events see later ones too, trained on masked events, as BERT4Rec"),
              boolean("dense_head", "Dense head", false, "Linear layer and GELU before the final norm, as BERT4Rec"),
              real("mask_ratio", "Masked events", 0.2, 0.01, 0.9, "Share of the events masked; bidirectional only"),
              boolean("item_bias", "Item bias", false, "Adds a learned bias to every item's score"),
              boolean("decay_embedding", "Decay items", true, "Weight decay also on item and position vectors"),
              real("norm_epsilon", "Norm epsilon", 1e-5, 0.0, 0.1, "Added to the variance in LayerNorm"),
          })
        + losses(false);
    d.presets = sasRecPresets();
    return d;
}

} // namespace recoscope
