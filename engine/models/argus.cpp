// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// ARGUS (Khrylchenko et al., KDD 2026, "Scaling Recommender Transformers to One Billion Parameters"). Equations:
// docs/models.md.
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/models/argus_loss.h"
#include "engine/models/argus_network.h"
#include "engine/models/argus_step.h"
#include "engine/models/argus_tokens.h"
#include "engine/models/common_schema.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/nn/transfers.h"
#include "engine/nn/unit_rows.h"

namespace recoscope {

using torch::Tensor;

namespace {

constexpr double leastTemperature = 0.01, mostTemperature = 100.0;

ModelSetup layersSetup(ModelSetup setup)
{
    if (setup.parameters.at("form") == "interleaved")
        ++setup.maxLength; // the event asked for has a place too
    setup.parameters = schema::ownParameters(sasRecDescriptor().schema, setup.parameters);
    return setup;
}

// Rows of a table of `rows` vectors: [lookUps, ids].
Tensor hashedRows(std::int64_t lookUps, std::int64_t ids, std::int64_t rows)
{
    Tensor result = torch::empty({lookUps, ids}, torch::kInt32);
    auto* out = result.data_ptr<std::int32_t>();
    for (std::int64_t k = 0; k < lookUps; ++k)
        for (std::int64_t id = 0; id < ids; ++id)
            *out++ = static_cast<std::int32_t>(
                mixBits(static_cast<std::uint64_t>(id * lookUps + k + 1)) % static_cast<std::uint64_t>(rows));
    return result;
}

// Rows [n] int32 of the processor, where they are made, of a table that may be on a device.
Tensor rowsOf(const Tensor& table, const Tensor& rows)
{
    return nn::embedding(table, nn::sentTo(table.device(), rows));
}

// The rows where dropout hides what `unknown` then stands for.
Tensor withHidden(const Tensor& indices, std::int32_t unknown, const Tensor& kept)
{
    return kept.defined() ? torch::where(kept, indices, torch::full_like(indices, unknown)) : indices;
}

// [T] bool, undefined when nothing is hidden.
Tensor keptRows(std::int64_t rows, Dropout drop)
{
    return drop.probability > 0.0f ? nn::dropout(torch::ones({rows}), drop) > 0.0 : Tensor();
}

// Of the events of the history: the first of a sequence has no gap.
std::vector<ArgusMoment> eventMoments(const PackedBatch& batch)
{
    std::vector<ArgusMoment> moments(batch.events());
    if (!batch.times.defined())
        return moments;
    const auto* times = batch.times.const_data_ptr<std::int64_t>();
    const auto* positions = batch.positions.const_data_ptr<std::int32_t>();
    for (std::size_t t = 0; t < moments.size(); ++t)
        moments[t] = argusMoment(times[t], positions[t] > 0 ? times[t - 1] : 0);
    return moments;
}

std::vector<ArgusMoment> askedMoments(const PackedBatch& batch, bool known)
{
    std::vector<ArgusMoment> moments(batch.events());
    if (!known || !batch.times.defined())
        return moments;
    const auto* times = batch.times.const_data_ptr<std::int64_t>();
    const auto* asked = batch.queryTimes.const_data_ptr<std::int64_t>();
    for (std::size_t t = 0; t < moments.size(); ++t)
        moments[t] = argusMoment(asked[t], times[t]);
    return moments;
}

} // namespace

std::int32_t feedbackClass(
    const FeedbackFactors& factors, std::size_t factor, const Tensor& values, const Tensor& kinds, std::int64_t t)
{
    return factors.classOf(factor, values.defined() ? values.const_data_ptr<float>()[t] : std::nanf(""),
        kinds.defined() ? static_cast<std::uint8_t>(kinds.const_data_ptr<std::int32_t>()[t]) : EventMark::unknown);
}

Argus::Argus(const ModelSetup& setup)
    : SasRec("argus", layersSetup(setup), ItemTable::Own,
        TableSize{setup.parameters.at("table_rows"), setup.parameters.at("item_width")})
    , factors(setup.feedback)
    , interleaved(setup.parameters.at("form") == "interleaved")
    , takesContext(setup.parameters.at("context") == "time")
    , knowsRequest(setup.parameters.at("request_context"))
    , itemWidth(itemEmbedding.size(1))
    , m_inputDropout(setup.parameters.at("dropout"))
    , m_contextDropout(setup.parameters.at("context_dropout"))
    , m_surfaceDropout(setup.parameters.at("surface_dropout"))
    , m_feedbackDropout(setup.parameters.at("feedback_dropout"))
{
    const Json& own = setup.parameters;
    const bool twoTasks = own.at("tasks") == "both";
    if (twoTasks && factors.empty())
        throw Error(ErrorKind::Input,
            "the feedback task needs feedback that differs between events; this data has none",
            "import again and name the rating column, or set tasks to next_item");
    const auto weight = [&](const char* task) { return own.at(task).get<double>(); };
    if (weight("next_weight") + weight("pair_weight") + (twoTasks ? weight("feedback_weight") : 0.0) == 0.0)
        throw Error(ErrorKind::Usage, "the weights of all tasks are 0", "set one of them above 0");
    m_setup = setup;
    const std::int64_t width = shape.width;
    if (const std::int64_t rows = own.at("table_rows"); rows > 0)
        m_lookUps = hashedRows(own.at("look_ups"), setup.items + 1, rows);
    Parameters& p = m_parameters;
    if (itemWidth != width)
        m_widening = p.xavierUniform("item_widening", width, itemWidth);
    if (interleaved)
        kinds = p.truncatedNormal("token_kinds", {3, width});
    if (takesContext) {
        hours = p.truncatedNormal("context.hour", {ArgusMoment::hours + 1, width});
        weekdays = p.truncatedNormal("context.weekday", {ArgusMoment::weekdays + 1, width});
        gaps = p.truncatedNormal("context.gap", {ArgusMoment::gaps + 1, width});
        if (setup.surfaces > 0)
            surfaces = p.truncatedNormal("context.surface", {setup.surfaces + 1, width});
    }
    for (std::size_t f = 0; f < factors.count(); ++f)
        feedback.push_back(p.truncatedNormal("feedback." + factors.names[f], {factors.classes(f) + 1, width}));
    // Interleaved rows have read the context and the item themselves.
    const std::int64_t contextWidth = takesContext && !interleaved ? width : 0;
    nextHead = makeHead("next_head", width + contextWidth, itemWidth);
    if (twoTasks)
        feedbackHead
            = makeHead("feedback_head", width + contextWidth + (interleaved ? 0 : itemWidth), factors.allClasses());
    logTemperature = p.constant("log_temperature", {1}, std::log(own.at("temperature").get<double>()));
    p.freeze(); // again, with what the layers did not have
}

Argus::Head Argus::makeHead(const std::string& name, std::int64_t inputs, std::int64_t outputs)
{
    const std::int64_t inner = 2 * shape.width;
    return {
        nn::Linear(m_parameters, name + ".w1", inner, inputs), nn::Linear(m_parameters, name + ".w2", outputs, inner)};
}

Tensor Argus::Head::operator()(const std::vector<Tensor>& parts) const
{
    return w2(nn::geluDropout(w1(torch::cat(parts, 1)), {}));
}

Tensor Argus::itemVectors(const Tensor& items) const
{
    if (!m_lookUps.defined())
        return rowsOf(itemEmbedding, items);
    Tensor sum;
    for (std::int64_t k = 0; k < m_lookUps.size(0); ++k) {
        const Tensor rows = rowsOf(itemEmbedding, m_lookUps[k].index_select(0, items));
        sum = sum.defined() ? sum + rows : rows;
    }
    return sum;
}

Tensor Argus::widened(const Tensor& vectors) const
{
    return m_widening.defined() ? torch::mm(vectors, m_widening.t()) : vectors;
}

Tensor Argus::itemTable() const
{
    return m_lookUps.defined() ? itemVectors(torch::arange(items() + 1, torch::kInt32)) : itemEmbedding;
}

Tensor Argus::logitScale() const
{
    return torch::reciprocal(torch::clamp(torch::exp(logTemperature), leastTemperature, mostTemperature));
}

Tensor Argus::contextVectors(
    const std::vector<ArgusMoment>& moments, const Tensor& surfaceNumbers, const Tensor& kept) const
{
    const auto part = [&](const Tensor& table, std::int32_t ArgusMoment::*value, std::int32_t unknown) {
        Tensor rows = torch::empty({static_cast<std::int64_t>(moments.size())}, torch::kInt32);
        for (std::size_t t = 0; t < moments.size(); ++t)
            rows.data_ptr<std::int32_t>()[t] = moments[t].*value;
        return rowsOf(table, withHidden(rows, unknown, kept));
    };
    const Tensor sum = part(hours, &ArgusMoment::hour, ArgusMoment::hours)
        + part(weekdays, &ArgusMoment::weekday, ArgusMoment::weekdays)
        + part(gaps, &ArgusMoment::gap, ArgusMoment::gaps);
    if (!surfaces.defined())
        return sum;
    // A surface that no training event had is as good as not known.
    const auto unknown = static_cast<std::int32_t>(surfaces.size(0) - 1);
    const Tensor rows = surfaceNumbers.defined()
        ? surfaceNumbers.clamp_max(unknown)
        : torch::full({static_cast<std::int64_t>(moments.size())}, unknown, torch::kInt32);
    return sum + rowsOf(surfaces, withHidden(rows, unknown, kept));
}

// Surfaces of the events that follow. Training is told them; whoever asks for a list does not know where the next event
// will take place. Interleaved rows are the contexts of the history too, and what has happened is known.
Tensor Argus::askedSurfaces(const PackedBatch& batch) const
{
    if (!knowsRequest)
        return {};
    if (batch.nextSurfaces.defined() || !interleaved || !batch.surfaces.defined())
        return batch.nextSurfaces;
    return torch::roll(batch.surfaces, -1).index_fill(0, batch.lastRows(), EventMark::unknown);
}

// Context of the event that each row predicts, [T, D].
Tensor Argus::askedContext(const PackedBatch& batch, ForwardContext& context) const
{
    const Tensor kept = keptRows(batch.events(), context.dropout(m_contextDropout));
    Tensor numbers = askedSurfaces(batch);
    if (surfaces.defined() && numbers.defined())
        numbers = withHidden(numbers, EventMark::unknown, keptRows(batch.events(), context.dropout(m_surfaceDropout)));
    return contextVectors(askedMoments(batch, knowsRequest), numbers, kept);
}

Tensor Argus::feedbackVectors(const PackedBatch& batch, ForwardContext& context) const
{
    const Tensor kept = keptRows(batch.events(), context.dropout(m_feedbackDropout));
    Tensor sum;
    for (std::size_t f = 0; f < factors.count(); ++f) {
        const auto unknown = static_cast<std::int32_t>(factors.classes(f));
        Tensor classes = torch::full({batch.events()}, unknown, torch::kInt32);
        for (std::int64_t t = 0; t < batch.events(); ++t)
            if (const std::int32_t own = feedbackClass(factors, f, batch.feedback, batch.kinds, t); own >= 0)
                classes.data_ptr<std::int32_t>()[t] = own;
        const Tensor rows = rowsOf(feedback[f], withHidden(classes, unknown, kept));
        sum = sum.defined() ? sum + rows : rows;
    }
    return sum;
}

Tensor Argus::input(const PackedBatch& batch, ForwardContext& context) const
{
    Tensor x = widened(itemVectors(batch.items));
    if (takesContext)
        x = x + contextVectors(eventMoments(batch), batch.surfaces, {});
    if (!factors.empty())
        x = x + feedbackVectors(batch, context);
    x = x * inputScale() + rowsOf(positions, batch.positions);
    return nn::dropout(x, context.dropout(m_inputDropout));
}

Argus::Outputs Argus::mergedOutputs(const PackedBatch& batch, ForwardContext& context, const Tensor& targets) const
{
    std::vector<Tensor> known{layersAndHead(input(batch, context), batch, context)};
    if (takesContext)
        known.push_back(askedContext(batch, context));
    Outputs out{nn::unitRows(nextHead(known)), {}};
    if (targets.defined() && predictedFeedback()) {
        known.push_back(itemVectors(targets) * inputScale());
        out.feedback = feedbackHead(known);
    }
    return out;
}

Argus::Outputs Argus::interleavedOutputs(const PackedBatch& batch, ForwardContext& context, const Tensor& targets) const
{
    const bool asksFeedback = targets.defined() && predictedFeedback();
    const ArgusTokens tokens = ArgusTokens::of(batch, asksFeedback);
    const Tensor none = torch::zeros({batch.events(), shape.width}, positions.options());
    const Tensor first = firstContexts(batch);
    const auto taken
        = [](const Tensor& of, const Tensor& rows) { return nn::gatherRows(of, nn::sentTo(of.device(), rows)); };
    std::vector<Tensor> vectors{first.defined() ? first : none.slice(0, 0, batch.sequences()),
        takesContext ? askedContext(batch, context) : none, widened(itemVectors(batch.items)),
        factors.empty() ? none : feedbackVectors(batch, context)};
    if (asksFeedback)
        vectors.push_back(widened(itemVectors(targets.index_select(0, batch.lastRows()))));
    Tensor x = taken(torch::cat(vectors), tokens.sources) * inputScale() + rowsOf(positions, tokens.positions)
        + rowsOf(kinds, tokens.kinds);
    PackedBatch rows;
    rows.offsets = tokens.offsets;
    const Tensor states = layersAndHead(nn::dropout(x, context.dropout(m_inputDropout)), rows, context);
    Outputs out{nn::unitRows(nextHead({taken(states, tokens.contextRows)})), {}};
    if (asksFeedback)
        out.feedback = feedbackHead({taken(states, tokens.itemRows)});
    return out;
}

// Of the first event of every sequence, [B, D]; undefined without contexts.
Tensor Argus::firstContexts(const PackedBatch& batch) const
{
    if (!takesContext)
        return {};
    const std::vector<ArgusMoment> all = knowsRequest ? eventMoments(batch) : std::vector<ArgusMoment>(batch.events());
    std::vector<ArgusMoment> first;
    for (const std::int64_t begin : batch.offsetSpan().first(static_cast<std::size_t>(batch.sequences())))
        first.push_back(all[static_cast<std::size_t>(begin)]);
    const bool known = knowsRequest && batch.surfaces.defined();
    return contextVectors(first, known ? batch.surfaces.index_select(0, batch.offsets.slice(0, 0, -1)) : Tensor(), {});
}

// Indices of rows are made on the processor, from what it knows of the batch.
Argus::Outputs Argus::outputs(const PackedBatch& given, ForwardContext& context, const Tensor& targets) const
{
    const PackedBatch batch = onDevice(given, torch::kCPU);
    return interleaved ? interleavedOutputs(batch, context, targets) : mergedOutputs(batch, context, targets);
}

Tensor Argus::encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const
{
    return askedRows(outputs(batch, context, {}).users, asked);
}

Tensor Argus::observed(const Tensor& rows, const PackedBatch& batch) const
{
    ForwardContext plain;
    std::vector<Tensor> known{head(rows)};
    if (takesContext && !interleaved)
        known.push_back(askedContext(batch, plain));
    return nn::unitRows(nextHead(known));
}

Tensor Argus::feedbackAfter(const PackedBatch& given, const Tensor& targets) const
{
    if (!predictedFeedback())
        return NeuralModel::feedbackAfter(given, targets);
    const PackedBatch batch = onDevice(given, torch::kCPU);
    ForwardContext context;
    const Tensor last = batch.lastRows();
    Tensor following = torch::cat({batch.items.slice(0, 1), batch.items.slice(0, 0, 1)});
    following.index_copy_(0, last, targets);
    const Tensor logits = outputs(batch, context, following).feedback.index_select(0, last.to(positions.device()));
    std::vector<Tensor> probabilities;
    std::int64_t first = 0;
    for (std::size_t f = 0; f < factors.count(); first += factors.classes(f++))
        probabilities.push_back(torch::softmax(logits.slice(1, first, first + factors.classes(f)), 1));
    return torch::cat(probabilities, 1);
}

ArgusSizes Argus::argusSizes() const
{
    ArgusSizes s;
    s.layers = sizes();
    s.itemWidth = static_cast<double>(itemWidth);
    s.interleaved = interleaved;
    s.context = takesContext;
    s.feedbackClasses = predictedFeedback() ? static_cast<double>(factors.allClasses()) : 0.0;
    return s;
}

std::unique_ptr<ModelLoss> Argus::ownLoss() const
{
    return makeArgusLoss(*this);
}

std::shared_ptr<const IncrementalForm> Argus::incrementalForm(const torch::Tensor&) const
{
    return interleaved ? nullptr : makeArgusForm(*this);
}

namespace {

ParameterSchema argusSchema()
{
    using namespace schema;
    const std::string loss = "Loss", history = "History";
    return ParameterSchema({
        integer("hidden", "Width", 64, 4, 4096, "dims", "Width of item vectors and hidden layers"),
        integer("layers", "Layers", 2, 1, 32, "", "Attention layers"),
        integer("heads", "Heads", 2, 1, 32, "", "Attention heads of each layer"),
        integer("inner", "Feed-forward", 0, 0, 16384, "dims", "Inner width; 0 = four times the width"),
        real("dropout", "Dropout", 0.1, 0.0, 0.95, "After the embedding and each sublayer"),
        real("attention_dropout", "Attention dropout", 0.0, 0.0, 0.95, "On the attention weights"),
        choice("activation", "Activation", "gelu", {"gelu", "relu", "swiglu"}, "In the feed-forward"),
        integer("item_width", "Item width", 0, 0, 4096, "dims", "Of item and user vectors; 0 = the width"),
        boolean("recompute_layers", "Recompute layers", false,
            "A layer keeps its input alone and is computed again for its gradient: the same weights in less memory, "
            "for a third more work"),
        integer("table_rows", "Shared table", 0, 0, 67108864, "rows",
            "Vectors that all items share by hashing; 0 = each item has its own"),
        integer("look_ups", "Look-ups", 3, 1, 8, "", "Rows of the shared table that add up to an item's vector"),
        choice("form", "Rows", "merged", {"merged", "interleaved"},
            "One an event, or three: context, item, feedback (no kept state, no maps)", history),
        choice("context", "Context", "time", {"time", "none"},
            "Hour, weekday, gap and, where the data has one, surface of every event of the history and of the one "
            "asked for",
            history),
        boolean("request_context", "Knows when it is asked", true, "Off: the context of the event asked for is hidden",
            history),
        real("context_dropout", "Hidden contexts", 0.1, 0.0, 0.95,
            "Share of the training targets whose context is hidden", history),
        real("surface_dropout", "Hidden surfaces", 0.5, 0.0, 0.95,
            "Share of the training targets whose surface is hidden, as it always is from a request", history),
        integer("feedback_classes", "Feedback classes", 10, 0, 64, "",
            "At most so many levels of the feedback; 0 = the history has none", history),
        real("like_from", "Liked from", 0.0, 0.0, 1e9, "A second factor: feedback of at least this; 0 = none", history),
        real("feedback_dropout", "Hidden feedback", 0.1, 0.0, 0.95,
            "Share of the history's feedback hidden in training", history),
        choice("tasks", "Tasks", "both", {"both", "next_item"}, "Next item and feedback, or next item alone", loss),
        real("next_weight", "Weight of next item", 1.0, 0.0, 1000.0, "In the sum of the losses", loss),
        real("feedback_weight", "Weight of feedback", 1.0, 0.0, 1000.0, "In the sum of the losses", loss),
        real("pair_weight", "Weight of pairs", 0.0, 0.0, 1000.0,
            "Fine-tuning: neighbouring events of different feedback are put in order", loss),
        real("pair_delay", "Pair delay", 24.0, 0.0, 8784.0, "Hours that a state is older than the pair it ranks", loss),
        integer("negatives_in_batch", "Negatives of the batch", 256, 0, 65536, "items",
            "Drawn from the batch's targets, one set for all rows", loss),
        integer("negatives_uniform", "Uniform negatives", 256, 1, 65536, "items",
            "Drawn from the catalogue, one set for all rows", loss),
        choice("logq", "Correction", "negatives", {"negatives", "both", "reweighted"},
            "ln q is taken from the negatives (published), from the positive too, or rows weigh 1 - p (2507.09331)",
            loss),
        integer("sketch_width", "Sketch", 8192, 16, 16777216, "cells",
            "Cells of each of the four rows that count the targets seen", loss),
        real(
            "temperature", "Temperature", 0.05, leastTemperature, mostTemperature, "At the start; it is learned", loss),
        boolean("begin_of_sequence", "Predict the first item", false,
            "Also trains an empty history to predict the first item, which gives a cold-start vector", loss),
    });
}

} // namespace

ModelDescriptor argusDescriptor()
{
    ModelDescriptor d;
    d.name = "argus";
    d.title = "ARGUS";
    d.summary = "Context, item and feedback in one row; learns the next item and the feedback it will get.";
    d.paper = "Khrylchenko et al., KDD 2026";
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<Argus>(setup); };
    d.requireData = [](const Json& parameters, const DataFacts& data) {
        const bool twoTasks = parameters.at("tasks") == "both", inPairs = parameters.at("pair_weight") > 0.0;
        if ((twoTasks && !data.feedback && !data.kinds) || (inPairs && !data.feedback))
            throw Error(ErrorKind::Input, "argus is to learn from feedback, and the data has none",
                "import again and name the rating column, or set tasks to next_item and pair_weight to 0");
        if (twoTasks && parameters.at("feedback_classes") == 0)
            throw Error(ErrorKind::Usage, "argus is to predict feedback, and feedback_classes is 0",
                "set feedback_classes above 0, or tasks to next_item");
    };
    d.embeddings = {"item_embedding.weight"};
    d.hasAttention = true;
    d.needsWindows = true;
    d.hasState = true;
    d.trainsOnDevice = true;
    d.schema = argusSchema();
    d.presets = argusPresets();
    return d;
}

} // namespace recoscope
