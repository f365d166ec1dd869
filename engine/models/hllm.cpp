// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM (Chen et al., 2024, "HLLM: Enhancing Sequential Recommendations via Hierarchical Large Language Models for Item
// and User Modeling"), both models small and trained from scratch on the catalogue's words. Equations: docs/models.md.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>

#include "engine/core/error.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/text_items.h"
#include "engine/models/text_sasrec.h"
#include "engine/nn/losses.h"

namespace recoscope {

namespace {

using torch::Tensor;

struct CalendarField {
    const char* name;
    std::int64_t values;
};
constexpr std::array<CalendarField, 6> calendar{
    {{"year", 130}, {"month", 12}, {"day", 31}, {"hour", 24}, {"minute", 60}, {"second", 60}}};

// Values of the fields at a time in seconds, UTC; of years those from 1970 to 2099.
std::array<std::int32_t, 6> calendarAt(std::int64_t time)
{
    using namespace std::chrono;
    constexpr std::int64_t latest = 4'102'444'799; // of 2099
    const sys_seconds at{seconds{std::clamp<std::int64_t>(time, 0, latest)}};
    const sys_days midnight = floor<days>(at);
    const year_month_day date(midnight);
    const auto clock = static_cast<std::int32_t>((at - midnight).count());
    return {static_cast<int>(date.year()) - 1970, static_cast<std::int32_t>(static_cast<unsigned>(date.month())) - 1,
        static_cast<std::int32_t>(static_cast<unsigned>(date.day())) - 1, clock / 3600, clock / 60 % 60, clock % 60};
}

// A vector for when an event was: the six fields' vectors side by side, through a small network.
class TimeVectors {
public:
    TimeVectors(Parameters& parameters, std::int64_t fieldWidth, std::int64_t width)
    {
        for (const CalendarField& field : calendar)
            m_tables.push_back(
                parameters.truncatedNormal(std::string("time.") + field.name, {field.values, fieldWidth}));
        m_w1 = nn::Linear(parameters, "time.w1", width, 6 * fieldWidth);
        m_w2 = nn::Linear(parameters, "time.w2", width, width);
    }

    FlopCount flops(double events) const
    {
        FlopCount work;
        for (const nn::Linear& layer : {m_w1, m_w2})
            work.addProduct(
                "times", events, static_cast<double>(layer.weight.size(1)), static_cast<double>(layer.weight.size(0)));
        return work;
    }

    // [T] int64 seconds -> [T, D]; zeros where the time is 0, which stands for "not known".
    Tensor operator()(const Tensor& times) const
    {
        const std::int64_t events = times.size(0);
        const Tensor values = torch::empty({6, events}, torch::kInt32);
        for (std::int64_t t = 0; t < events; ++t) {
            const auto fields = calendarAt(times.const_data_ptr<std::int64_t>()[t]);
            for (std::size_t f = 0; f < fields.size(); ++f)
                values.data_ptr<std::int32_t>()[static_cast<std::int64_t>(f) * events + t] = fields[f];
        }
        std::vector<Tensor> parts;
        for (std::size_t f = 0; f < m_tables.size(); ++f)
            parts.push_back(nn::embedding(m_tables[f], values[static_cast<std::int64_t>(f)]));
        const Tensor rows = m_w2(nn::geluDropout(m_w1(torch::cat(parts, 1)), {}));
        return rows * (times != 0).unsqueeze(1);
    }

private:
    std::vector<Tensor> m_tables; // of each field [values, fieldWidth]
    nn::Linear m_w1, m_w2;
};

class Hllm : public NeuralModel {
public:
    explicit Hllm(const ModelSetup& setup)
        : NeuralModel(setup)
        , m_dropout(setup.parameters.at("dropout"))
        , m_timeDropout(setup.parameters.at("time_dropout"))
        , m_items(m_parameters, setup, setup.parameters.at("hidden"), setup.parameters.at("heads"))
    {
        const Json& own = setup.parameters;
        const std::int64_t width = own.at("hidden");
        if (m_items.areGiven())
            m_adapter = nn::Linear(m_parameters, "adapter", width, m_items.width());
        m_logitScale = m_parameters.constant("logit_scale", {1}, -std::log(own.at("temperature").get<double>()));
        const TextModelConfig reader
            = smallDecoder(0, width, own.at("inner"), own.at("layers"), own.at("heads"), setup.maxLength);
        m_user = nn::makeTextNetwork(m_parameters, "user.", reader, {.dropout = m_dropout});
        if (own.at("time_embedding").get<bool>())
            m_times.emplace(m_parameters, own.at("time_width").get<std::int64_t>(), width);
        m_start = m_parameters.truncatedNormal("start_token.weight", {1, width});
        m_parameters.freeze();
    }

    std::string name() const override { return "hllm"; }
    bool computesItems() const override { return true; }
    bool normalisesItems() const override { return true; }
    Tensor itemTable() const override { return allItemVectors(); }
    Tensor itemVectors(const Tensor& items) const override
    {
        const Tensor read = m_items(items);
        return torch::where((items == startToken()).unsqueeze(1), m_start, m_items.areGiven() ? m_adapter(read) : read);
    }
    Tensor logitScale() const override { return m_logitScale.clamp(0.0, std::log(100.0)).exp(); }

    Tensor encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const override
    {
        Tensor x = context.items().defined() ? context.items().of(batch.items) : itemVectors(batch.items);
        if (m_times && batch.times.defined()) {
            const Tensor kept
                = nn::dropout(torch::ones_like(batch.times, torch::kFloat32), context.dropout(m_timeDropout));
            x = x + (*m_times)(torch::where(kept > 0.0, batch.times, torch::zeros_like(batch.times)));
        }
        nn::TextBatch histories;
        histories.offsets = batch.offsets;
        histories.positions = batch.positions;
        const Tensor read = nn::dropout(x, context.dropout(m_dropout));
        return nn::unitRows(askedRows(m_user->hiddenFrom(read, histories, context), asked));
    }

    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        const auto width = static_cast<double>(m_user->config().width);
        const SequenceCounts counts = countSequences(lengths);
        FlopCount work = sasRecFlops(decoderSizes(m_user->config()), counts, score);
        if (m_times)
            work += m_times->flops(counts.events);
        const Json& own = m_setup.parameters;
        if (own.at("loss") == "sampled_softmax" && own.at("near_positive") < 1.0)
            work.add("near negatives", 2.0 * score.rows * (score.candidates - 1.0) * width, 0.0);
        return work;
    }
    FlopCount itemFlops(std::span<const double> reads) const override
    {
        FlopCount work = m_items.flops(reads);
        if (m_items.areGiven())
            work += m_items.adapterFlops(reads, static_cast<double>(m_user->config().width));
        return work;
    }

private:
    double m_dropout, m_timeDropout;
    TextItems m_items;
    nn::Linear m_adapter; // [D, width of given vectors]
    Tensor m_logitScale, m_start; // [1], [1, D]
    std::unique_ptr<nn::TextNetwork> m_user;
    std::optional<TimeVectors> m_times;
};

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
               integer("time_width", "Time width", 16, 1, 512, "dims", "Of the vector of each of these six", history),
               real("time_dropout", "Hidden times", 0.1, 0.0, 0.95,
                   "Share of the events whose time is hidden in training, so that a history without times is read too",
                   history),
           })
        + itemTextModel() + itemTexts()
        + textLosses({{"negatives", 512}, {"temperature", 0.07}}, {"sampled_softmax", "cross_entropy"})
        + ParameterSchema({real("near_positive", "Too near", 0.99, -1.0, 1.0,
            "sampled_softmax: negatives with a cosine above this to the target do not count", "Loss")});
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
    d.fixedTensors = keptOfItems;
    d.embeddings = {"item.embed_tokens.weight"};
    d.schema = hllmSchema();
    d.presets = hllmPresets();
    return d;
}

} // namespace recoscope
