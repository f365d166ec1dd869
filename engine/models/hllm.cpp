// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM (Chen et al., 2024, "HLLM: Enhancing Sequential Recommendations via Hierarchical Large Language Models for Item
// and User Modeling"), both models small and trained from scratch on the catalogue's words. Equations: docs/models.md.
#include "engine/models/hllm.h"

#include <cmath>

#include "engine/core/error.h"
#include "engine/models/presets.h"
#include "engine/models/text_sasrec.h"
#include "engine/nn/functional.h"
#include "engine/nn/history_reader.h"
#include "engine/nn/rotary.h"
#include "engine/nn/transfers.h"
#include "engine/nn/unit_rows.h"

namespace recoscope {

using torch::Tensor;

TextModelConfig historyReader(const Json& parameters, std::int64_t maxLength)
{
    DecoderShape shape{.width = parameters.at("hidden"),
        .inner = parameters.at("inner"),
        .layers = parameters.at("layers"),
        .heads = parameters.at("heads"),
        .positions = maxLength};
    shape.takeForm(parameters);
    return decoderConfig(shape);
}

Hllm::Hllm(const ModelSetup& setup)
    : AttentionModel(setup)
    , m_dropout(setup.parameters.at("dropout"))
    , m_timeDropout(setup.parameters.at("time_dropout"))
    , m_items(m_parameters, setup, setup.parameters.at("hidden"), setup.parameters.at("heads"))
{
    const Json& own = setup.parameters;
    const std::int64_t width = own.at("hidden");
    if (m_items.areGiven())
        m_adapter = nn::Linear(m_parameters, "adapter", width, m_items.width());
    m_logitScale = m_parameters.constant("logit_scale", {1}, -std::log(own.at("temperature").get<double>()));
    m_user = std::make_unique<nn::LlamaNetwork>(
        m_parameters, "user.", historyReader(own, setup.maxLength), nn::TextNetworkOptions{.dropout = m_dropout});
    if (own.at("time_embedding").get<bool>())
        m_times.emplace(m_parameters, own.at("time_width").get<std::int64_t>(), width);
    m_start = m_parameters.truncatedNormal("start_token.weight", {1, width});
    m_parameters.freeze();
}

Tensor Hllm::itemVectors(const Tensor& items) const
{
    const Tensor read = m_items(items);
    const Tensor isStart = nn::sentTo(m_start.device(), (items == startToken()).unsqueeze(1));
    return torch::where(isStart, m_start, m_items.areGiven() ? m_adapter(read) : read);
}

Tensor Hllm::logitScale() const
{
    return m_logitScale.clamp(0.0, std::log(100.0)).exp();
}

Tensor Hllm::input(const PackedBatch& batch, ForwardContext& context) const
{
    Tensor x = context.items().defined() ? context.items().of(batch.items) : itemVectors(batch.items);
    if (m_times && batch.times.defined()) {
        const Tensor kept = nn::dropout(torch::ones_like(batch.times, torch::kFloat32), context.dropout(m_timeDropout));
        x = x + (*m_times)(torch::where(kept > 0.0, batch.times, torch::zeros_like(batch.times)));
    }
    return nn::dropout(x, context.dropout(m_dropout));
}

std::vector<ColumnRange> Hllm::keysAndValues() const
{
    const std::int64_t width = reader().heads * reader().headWidth;
    return {{width, 2 * width}, {2 * width, 3 * width}};
}

PackedBatch Hllm::completed(const PackedBatch& given) const
{
    PackedBatch batch = given;
    batch.angles = std::make_shared<const nn::RotaryAngles>(
        nn::rotaryAngles(reader().rotary, reader().headWidth, batch.positions));
    return batch;
}

Tensor Hllm::layerForward(int index, const Tensor& x, const PackedBatch& batch, ForwardContext& context) const
{
    const auto layer = static_cast<std::size_t>(index);
    const std::int64_t heads = reader().heads;
    const AttentionView* view = batch.view.get();
    const nn::RotaryAngles angles = view ? batch.angles->arranged(*view) : *batch.angles;
    const Tensor rows = m_user->attentionRows(layer, x);
    const Tensor arranged = view ? nn::arrangeTurning(*view, layer, rows, *batch.angles) : rows;
    const Tensor& offsets = view ? view->offsets : batch.offsets;
    const auto weightsOf
        = [&](std::int64_t piece) { return nn::attentionWeights(arranged, offsets, piece, heads, angles); };
    if (!view && context.observes("attention"))
        nn::reportSoftmaxAttention(weightsOf(0), index, *context.observer());
    if (view && context.observes("token_attention"))
        nn::reportPieces(*view, *context.observer(), index, true, weightsOf);
    const Tensor mixed = nn::softmaxAttention(
        arranged, offsets, heads, {}, true, view ? view->firstQueries : batch.firstQueries, angles);
    return m_user->afterAttention(
        layer, batch.onlyAsked(x), batch.onlyAsked(view ? view->restore(mixed) : mixed), context);
}

Tensor Hllm::head(const Tensor& rows) const
{
    return nn::unitRows(m_user->output(rows));
}

FlopCount Hllm::layerFlops(const SequenceCounts& rows) const
{
    return sasRecFlops(decoderSizes(reader()), rows, {});
}

FlopCount Hllm::endFlops(double events, const ScoreWork& score) const
{
    const auto width = static_cast<double>(reader().width);
    FlopCount work;
    work.addScores(score, width);
    if (m_times)
        work += m_times->flops(events);
    const Json& own = m_setup.parameters;
    if (own.at("loss") == "sampled_softmax" && own.at("near_positive") < 1.0)
        work.add("near negatives", 2.0 * score.rows * (score.candidates - 1.0) * width, 0.0);
    return work;
}

FlopCount Hllm::itemFlops(std::span<const double> reads) const
{
    FlopCount work = m_items.flops(reads);
    if (m_items.areGiven())
        work += m_items.adapterFlops(reads, static_cast<double>(reader().width));
    return work;
}

namespace {

ParameterSchema hllmSchema()
{
    using namespace schema;
    const std::string history = "History";
    return ParameterSchema({
               integer("hidden", "Width", 64, 4, 1024, "dims", "Width of both models and of item vectors"),
               integer("layers", "Layers", 2, 1, 32, "", "Layers of the user model"),
               integer("heads", "Heads", 2, 1, 16, "", "Attention heads of each layer of both models"),
               integer("inner", "Feed-forward", 0, 0, 8192, "dims", "Inner width; 0 = twice the width"),
               real("dropout", "Dropout", 0.2, 0.0, 0.95, "Before the user model and after each of its sublayers"),
               boolean("time_embedding", "Knows times", false,
                   "Adds a vector of year, month, day, hour, minute and second to each event of the history", history),
               with("time_embedding", {true},
                   integer(
                       "time_width", "Time width", 16, 1, 512, "dims", "Of the vector of each of these six", history)),
               with("time_embedding", {true},
                   real("time_dropout", "Hidden times", 0.1, 0.0, 0.95,
                       "Share of the events whose time is hidden in training, so that a history without times is read "
                       "too",
                       history)),
           })
        + decoder() + itemTextModel() + itemTexts()
        + ParameterSchema({text("prompt", "Prompt", "Words that stand before every title", "Item text")})
        + textLosses({{"negatives", 512}, {"temperature", 0.07}}, {"sampled_softmax", "cross_entropy"})
        + ParameterSchema({with("loss", {"sampled_softmax"},
            real("near_positive", "Too near", 0.99, -1.0, 1.0,
                "Negatives with a cosine above this to the target do not count", "Loss"))});
}

} // namespace

ModelDescriptor hllmDescriptor()
{
    ModelDescriptor d;
    d.name = "hllm";
    d.title = "HLLM";
    d.summary = "A decoder reads each item's words, a second one histories of what the first made of them.";
    d.paper = "Chen et al., 2024";
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<Hllm>(setup); };
    d.requireData = [](const Json& parameters, const DataFacts& data) {
        requireItemVectors(parameters, data);
        requireEvenHeads(parameters.at("hidden"), parameters.at("heads"));
        if (parameters.at("time_embedding") == true && !data.times)
            throw Error(ErrorKind::Input, "hllm is to know times, and the data has none",
                "import again and name the time column, or set time_embedding to false");
    };
    d.hasAttention = true;
    d.trainsOnDevice = true;
    d.fixedTensors = keptOfItems;
    d.embeddings = {"item.embed_tokens.weight"};
    d.schema = hllmSchema();
    d.presets = hllmPresets();
    return d;
}

bool wrapsHllm(const Json& parameters)
{
    return parameters.at("backbone") == "hllm";
}

FixedTensors keptOfWrapped(const PreparedData& data, const Json& parameters, const FixedTensors* source)
{
    return wrapsHllm(parameters) ? keptOfItems(data, parameters, source) : FixedTensors();
}

void requireWrapped(const Json& parameters, const DataFacts& data)
{
    const ModelDescriptor texts = hllmDescriptor();
    if (wrapsHllm(parameters))
        texts.requireData(texts.schema.validate(schema::ownParameters(texts.schema, parameters)), data);
}

} // namespace recoscope
