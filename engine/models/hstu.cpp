// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU (Zhai et al., ICML 2024, "Actions Speak Louder than Words"). Equations: docs/models.md.
#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/hstu_network.h"
#include "engine/models/hstu_step.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/nn/functional.h"
#include "engine/nn/gated_output.h"
#include "engine/nn/history_reader.h"
#include "engine/nn/hstu_layer.h"
#include "engine/nn/unit_rows.h"

namespace recoscope {

using torch::Tensor;

namespace {

constexpr double hstuEpsilon = 1e-6;

void requireHstu(bool condition, const std::string& problem, const char* hint)
{
    if (!condition)
        throw Error(ErrorKind::Usage, problem, hint);
}

} // namespace

HstuShape HstuShape::fromJson(const Json& p)
{
    HstuShape s;
    s.width = p.at("hidden");
    s.layers = p.at("layers");
    s.heads = p.at("heads");
    requireHstu(s.width % s.heads == 0,
        "width " + std::to_string(s.width) + " is not a multiple of " + std::to_string(s.heads) + " heads",
        "choose a width that the heads divide");
    const auto orShare = [&](const char* key) {
        const std::int64_t dim = p.at(key);
        return dim > 0 ? dim : s.width / s.heads;
    };
    s.queryDim = orShare("query_dim");
    s.valueDim = orShare("value_dim");
    s.ratings = p.at("ratings");
    s.ratingWidth = s.ratings > 0 ? p.at("rating_width").get<std::int64_t>() : 0;
    s.production = p.at("variant") == "production";
    s.relativeBias = !s.production && p.at("relative_bias").get<bool>();
    s.concatenate = s.production || p.at("concat_ua").get<bool>();
    s.unitOutput = p.at("output") == "l2";
    s.askedTime = p.at("query_time") == "request";
    s.paddedNormaliser = p.at("normaliser") == "padded";
    s.narrowItems = p.at("item_width");
    s.scaleEmbedding = p.at("scale_embedding");
    s.learnedTemperature = p.at("learned_temperature");
    requireHstu(s.itemWidth() > 0, "rating_width leaves no room for item vectors", "choose it below the width");
    const std::string loss = p.at("loss");
    requireHstu(loss == "cross_entropy" || loss == "sampled_softmax",
        "hstu scores by cosine, which the loss '" + loss + "' is not made for",
        "choose cross_entropy or sampled_softmax");
    requireHstu(s.narrowItems == 0 || loss == "cross_entropy",
        "projected item vectors are trained with cross_entropy only",
        "set item_width to 0 or the loss to cross_entropy");
    return s;
}

std::int32_t HstuShape::ratingLevel(float rating) const
{
    if (std::isnan(rating))
        return 0;
    return static_cast<std::int32_t>(std::clamp(std::nearbyint(rating), 0.0f, static_cast<float>(ratings - 1)));
}

Hstu::Hstu(const ModelSetup& setup)
    : AttentionModel(setup)
    , shape(HstuShape::fromJson(setup.parameters))
    , m_dropout(setup.parameters.at("dropout"))
    , m_inputDropout(setup.parameters.at("input_dropout"))
{
    Parameters& p = m_parameters;
    const double sigma = 1.0 / std::sqrt(static_cast<double>(shape.width));
    itemEmbedding = p.truncatedNormal(
        "item_embedding.weight", {setup.items + 1, shape.narrowItems > 0 ? shape.narrowItems : shape.itemWidth()});
    if (shape.narrowItems > 0)
        itemProjection = p.xavierUniform("item_projection.weight", shape.itemWidth(), shape.narrowItems);
    if (shape.learnedTemperature)
        m_logitScale = p.constant("logit_scale", {1}, -std::log(setup.parameters.at("temperature").get<double>()));
    positions = p.truncatedNormal("position_embedding.weight", {setup.maxLength, shape.width}, true, sigma);
    if (shape.production)
        gaps = p.truncatedNormal("gap_embedding.weight", {gapBuckets + 1, shape.width}, true, sigma);
    if (shape.ratings > 0)
        ratings = p.truncatedNormal(
            "rating_embedding.weight", {shape.ratings, shape.production ? shape.width : shape.ratingWidth});
    for (std::int64_t i = 0; i < shape.layers; ++i)
        layers.push_back(makeLayer("layers." + std::to_string(i) + "."));
    if (!shape.unitOutput)
        outputNorm = makeNorm("", shape.itemWidth());
    p.freeze();
}

// Trained in the production form, constant in the research form.
nn::Norm Hstu::makeNorm(const std::string& name, std::int64_t width)
{
    if (shape.production && !name.empty())
        return nn::Norm(m_parameters, name, width, hstuEpsilon);
    nn::Norm norm;
    norm.epsilon = hstuEpsilon;
    norm.weight = m_parameters.fixed(torch::ones({width}));
    norm.bias = m_parameters.fixed(torch::zeros({width}));
    return norm;
}

Hstu::Layer Hstu::makeLayer(const std::string& prefix)
{
    Parameters& p = m_parameters;
    Layer layer;
    const std::int64_t row = 2 * shape.heads * (shape.valueDim + shape.queryDim);
    layer.inputNorm = makeNorm(prefix + "input_norm", shape.width);
    layer.attentionNorm = makeNorm(prefix + "attention_norm", shape.valueWidth());
    layer.uvqk = p.truncatedNormal(prefix + "uvqk", {shape.width, row});
    if (shape.production)
        layer.uvqkBias = p.constant(prefix + "uvqk_bias", {row}, 0.0);
    if (shape.relativeBias) {
        layer.positionBias = p.truncatedNormal(prefix + "position_bias", {m_setup.maxLength});
        layer.timeBias = p.truncatedNormal(prefix + "time_bias", {timeBuckets + 1});
    }
    layer.out.weight = p.xavierUniform(prefix + "out.weight", shape.width, shape.outputInputs());
    layer.out.bias = p.constant(prefix + "out.bias", {shape.width}, 0.0, true);
    return layer;
}

std::int64_t hstuGapBucket(std::int64_t seconds)
{
    const double minutes = static_cast<double>(std::max<std::int64_t>(seconds, 0)) / 60.0;
    return std::min(static_cast<std::int64_t>(std::sqrt(minutes)), Hstu::gapBuckets);
}

Tensor Hstu::itemTable() const
{
    return itemProjection.defined() ? torch::mm(itemEmbedding, itemProjection.t()) : itemEmbedding;
}

HstuSizes Hstu::sizes() const
{
    const auto number = [](std::int64_t value) { return static_cast<double>(value); };
    HstuSizes s;
    s.width = number(shape.width);
    s.layers = number(shape.layers);
    s.heads = number(shape.heads);
    s.queryDim = number(shape.queryDim);
    s.valueDim = number(shape.valueDim);
    s.concatenate = shape.concatenate;
    s.itemWidth = number(shape.itemWidth());
    s.narrowItems = number(shape.narrowItems);
    return s;
}

FlopCount Hstu::layerFlops(const SequenceCounts& rows) const
{
    HstuSizes layersAlone = sizes();
    layersAlone.narrowItems = 0;
    return hstuFlops(layersAlone, rows, {});
}

FlopCount Hstu::endFlops(double events, const ScoreWork& score) const
{
    HstuSizes endsAlone = sizes();
    endsAlone.layers = 0;
    return hstuFlops(endsAlone, {.events = events}, score);
}

Tensor Hstu::logitScale() const
{
    return m_logitScale.defined() ? torch::exp(torch::clamp(m_logitScale, 0.0, std::log(100.0))) : Tensor();
}

Tensor Hstu::placed(const Tensor& rows, const Tensor& at) const
{
    return rows + nn::embedding(positions, at);
}

// Without times: as if everything happened at once.
PackedBatch Hstu::completed(const PackedBatch& given) const
{
    PackedBatch batch = given;
    if (!batch.times.defined() && !batch.view)
        batch.times = batch.queryTimes = torch::zeros({batch.events()}, batch.items.options().dtype(torch::kInt64));
    return batch;
}

// [T] int32
Tensor Hstu::ratingLevels(const PackedBatch& batch) const
{
    if (!batch.feedback.defined())
        return torch::zeros({batch.events()}, batch.items.options());
    return torch::nan_to_num(torch::round(batch.feedback), 0.0)
        .clamp(0, static_cast<double>(shape.ratings - 1))
        .to(torch::kInt32);
}

Tensor Hstu::input(const PackedBatch& given, ForwardContext& context) const
{
    const PackedBatch batch = completed(given);
    Tensor x = nn::embedding(itemEmbedding, batch.items);
    if (itemProjection.defined())
        x = torch::mm(x, itemProjection.t());
    Tensor actions;
    if (shape.ratings > 0) {
        actions = nn::embedding(ratings, ratingLevels(batch));
        if (!shape.production)
            x = torch::cat({x, actions}, 1);
    }
    x = torch::add(nn::embedding(positions, batch.positions), x, shape.inputScale());
    if (shape.production && actions.defined())
        x = x + actions;
    if (!shape.production)
        return nn::dropout(x, context.dropout(m_inputDropout));
    const Tensor passed = shape.askedTime ? batch.queryTimes - batch.times : torch::zeros_like(batch.times);
    const Tensor buckets = torch::sqrt(passed.clamp_min(0).to(torch::kFloat64) / 60.0) // hstuGapBucket() of each
                               .clamp_max(static_cast<double>(gapBuckets))
                               .to(torch::kInt32);
    return nn::dropout(x + nn::embedding(gaps, buckets), context.dropout(m_inputDropout));
}

// The part of the rows that stands for items, normalised.
Tensor Hstu::head(const Tensor& all) const
{
    const Tensor rows = all.slice(1, 0, shape.itemWidth());
    return shape.unitOutput ? nn::unitRows(rows) : outputNorm(rows);
}

// Of the batch's sequences, or of a view's.
nn::HstuAttention Hstu::attentionOf(const Layer& layer, const PackedBatch& batch) const
{
    nn::HstuAttention attention;
    attention.heads = shape.heads;
    attention.queryDim = shape.queryDim;
    attention.valueDim = shape.valueDim;
    attention.scale = shape.production ? 1.0 / std::sqrt(static_cast<double>(shape.queryDim)) : 1.0;
    attention.normaliser = shape.paddedNormaliser ? static_cast<double>(positions.size(0)) : 0.0;
    const AttentionView* view = batch.view.get();
    attention.offsets = view ? view->offsets : batch.offsets;
    attention.firstQueries = view ? view->firstQueries : batch.firstQueries;
    attention.positionBias = layer.positionBias;
    if (shape.relativeBias) {
        attention.timeBias = layer.timeBias;
        attention.keyTimes = view ? view->times : batch.times;
        attention.queryTimes = !shape.askedTime ? attention.keyTimes : view ? view->queryTimes : batch.queryTimes;
    }
    return attention;
}

// y = x + O dropout(U * LN(A V)), [U | V | Q | K] = silu(LN(x) W).
Tensor Hstu::layerForward(int index, const Tensor& x, const PackedBatch& batch, ForwardContext& context) const
{
    const Layer& layer = layers[static_cast<std::size_t>(index)];
    const nn::HstuAttention attention = attentionOf(layer, batch);
    const nn::HstuLayer whole{layer.uvqk, layer.uvqkBias, layer.out, hstuEpsilon, attention};
    const bool research = !shape.production && !shape.concatenate;
    if (research && !batch.view && !batch.asked.defined() && !context.observes("attention") && whole.takes(x))
        return whole(x, context.dropout(m_dropout));
    const AttentionView* view = batch.view.get();
    const std::int64_t values = shape.valueWidth();
    // The production form has a norm with weights, and SiLU on U alone.
    const Tensor rows = shape.production
        ? nn::siluProjection(layer.inputNorm(x), layer.uvqk, layer.uvqkBias, values, 0.0)
        : nn::siluProjection(x, layer.uvqk, layer.uvqkBias, layer.uvqk.size(1), hstuEpsilon);
    if (!view && context.observes("attention")) {
        const Tensor weights = attention.weights(rows, 0).to(torch::kFloat32).contiguous();
        const std::int64_t length = weights.size(1);
        for (int h = 0; h < static_cast<int>(shape.heads); ++h)
            context.observer()->onAttention(
                index, h, length, length, weights.const_data_ptr<float>() + h * length * length, false);
    }
    const Tensor arranged = view ? view->arrange(index, rows) : rows;
    if (view && context.observes("token_attention"))
        nn::reportPieces(*view, *context.observer(), index, false,
            [&](std::int64_t piece) { return attention.weights(arranged, piece); });
    const auto [allMixed, allU] = view
        ? nn::GatedAttention{view->restore(attention(arranged)), rows.slice(1, 0, values)}
        : attention.gated(rows);
    const Tensor mixed = batch.onlyAsked(allMixed), u = batch.onlyAsked(allU);
    const Dropout drop = context.dropout(m_dropout);
    if (!shape.concatenate)
        return nn::gatedOutput(mixed, u, batch.onlyAsked(x), layer.out, hstuEpsilon, drop);
    const Tensor normed = layer.attentionNorm(mixed);
    const Tensor gated = torch::cat({u, shape.production ? mixed : normed, u * normed}, 1);
    return batch.onlyAsked(x) + layer.out(nn::dropout(gated, drop));
}

std::vector<ColumnRange> Hstu::keysAndValues() const
{
    const std::int64_t values = shape.valueWidth(), width = attentionRowWidth();
    return {{values, 2 * values}, {width - shape.heads * shape.queryDim, width}};
}

std::shared_ptr<const IncrementalForm> Hstu::incrementalForm(const torch::Tensor&) const
{
    return makeHstuForm(*this);
}

ModelDescriptor hstuDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "hstu";
    d.title = "HSTU";
    d.summary = "Pointwise attention with position and time bias and gates; weights are not normalised.";
    d.paper = "Zhai et al., ICML 2024";
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<Hstu>(setup); };
    d.hasAttention = true;
    d.hasState = true;
    d.trainsOnDevice = true;
    d.requireData = [](const Json& parameters, const DataFacts& data) {
        if (parameters.at("ratings") != 0 && !data.feedback)
            throw Error(ErrorKind::Input, "hstu is to read ratings, and the data has none",
                "import again and name the rating column, or set ratings to 0");
    };
    d.schema = ParameterSchema({
                   integer("hidden", "Width", 64, 4, 1024, "dims", "Width of item vectors and hidden layers"),
                   integer("layers", "Layers", 2, 1, 32, "", "Attention layers"),
                   integer("heads", "Heads", 2, 1, 16, "", "Attention heads of each layer"),
                   integer("query_dim", "Query width", 0, 0, 256, "dims", "Of a head; 0 = width / heads"),
                   integer("value_dim", "Value width", 0, 0, 256, "dims", "Of a head; 0 = width / heads"),
                   real("dropout", "Dropout", 0.2, 0.0, 0.95, "Before each output layer"),
                   real("input_dropout", "Input dropout", 0.2, 0.0, 0.95, "After the embedding"),
                   choice("variant", "Variant", "research", {"research", "production"},
                       "production: SiLU on U only, scaled scores, time and position added to the input"),
                   boolean("relative_bias", "Relative bias", true,
                       "Learned bias by distance and by time passed, in every layer of the research form"),
                   choice("query_time", "Time of a row", "request", {"request", "event"},
                       "request: when the next event is asked for, as published; event: its own time, what SASRec "
                       "could know"),
                   choice("normaliser", "Attention divided by", "seen", {"seen", "padded"},
                       "seen: the events a row sees; padded: the window's length, as the public code"),
                   boolean("concat_ua", "Concatenate U and A", false, "Output layer reads [U, A, U·A]"),
                   integer("ratings", "Rating levels", 0, 0, 1024, "",
                       "Ratings as input too, rounded to 0 .. N-1, of which 0 also means not known; 0 = none"),
                   integer("rating_width", "Rating width", 8, 1, 256, "dims",
                       "Part of the width that the rating takes (research form)"),
                   integer("item_width", "Item vectors", 0, 0, 1024, "dims",
                       "Width of item vectors, which a projection brings to the width; 0 = as wide, no projection"),
                   boolean("scale_embedding", "Scale items by √width", true, "Before the positions are added"),
                   boolean("learned_temperature", "Learned temperature", false,
                       "Starts at the temperature and stays between 0.01 and 1"),
                   choice("output", "User vector", "l2", {"l2", "layer_norm"}, "How the last layer is normalised"),
               })
        + losses(LossDefaults{.loss = "cross_entropy", .temperature = 0.05});
    d.presets = hstuPresets();
    return d;
}

} // namespace recoscope
