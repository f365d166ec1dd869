// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/losses.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

PackedBatch hstuInputs(const ParityCase& c, std::int64_t items)
{
    PackedBatch batch = packedInputs(c, items);
    if (c.hyper().at("timestamps_given").get<bool>()) {
        batch.times = c.io("in.packed_times");
        batch.queryTimes = c.io("in.packed_next_times");
    }
    if (c.has("in.packed_ratings"))
        batch.feedback = c.io("in.packed_ratings").to(torch::kFloat32);
    return batch;
}

// Rows at their place in [sequences, window], zero elsewhere.
Tensor padRight(const Tensor& rows, const PackedBatch& batch, std::int64_t window)
{
    Tensor padded = torch::zeros({batch.sequences(), window, rows.size(1)}, rows.options());
    const auto offsets = batch.offsetSpan();
    for (std::int64_t b = 0; b < batch.sequences(); ++b)
        padded[b].slice(0, 0, offsets[b + 1] - offsets[b]).copy_(rows.slice(0, offsets[b], offsets[b + 1]));
    return padded;
}

std::map<std::string, Tensor> hstuOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = hstuInputs(c, model.items());
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = model.encode(batch, context);
    const Tensor current = hidden.index_select(0, batch.lastRows());
    std::map<std::string, Tensor> outputs{{"input_packed", trace.at("embedding")}, {"hidden_packed", hidden},
        {"hidden", padRight(hidden, batch, model.setup().maxLength)}, {"current", current},
        {"scores_last", theirScores(model, current)}};
    for (std::int64_t i = 0; i < c.hyper().at("blocks").get<std::int64_t>(); ++i)
        outputs["layer" + std::to_string(i) + "_packed"] = trace.at("layer" + std::to_string(i));
    return outputs;
}

Tensor hstuLoss(const ParityCase& c, const NeuralModel& model)
{
    ForwardContext context;
    auto sampled = nn::SampledLoss::softmax(
        ourItems(c.io("in.packed_targets"), model.items()), ourItems(c.io("in.packed_negatives"), model.items()));
    sampled.unitItems = true;
    sampled.temperature = c.json().at("temperature");
    const Tensor hidden = model.encode(hstuInputs(c, model.items()), context);
    return nn::sampledLossRows(hidden, model.itemTable(), {}, sampled).mean();
}

} // namespace

std::vector<ParityRow> parityHstuResearch(const ParityCase& c)
{
    const Json& h = c.hyper();
    ParityModel m;
    m.model = "hstu";
    m.setup.items = h.at("num_items");
    m.setup.maxLength = h.at("attention_normaliser"); // the length of the public code's buffer
    m.setup.parameters = modelParameters("hstu",
        {{"hidden", h.at("embedding_dim")}, {"layers", h.at("blocks")}, {"heads", h.at("heads")},
            {"query_dim", h.at("dqk")}, {"value_dim", h.at("dv")}, {"relative_bias", h.at("relative_bias")},
            {"concat_ua", h.at("concat_ua")}, {"output", h.at("output") == "l2" ? "l2" : "layer_norm"},
            {"normaliser", "padded"}, {"dropout", 0.0}, {"input_dropout", 0.0}, {"ratings", h.value("num_ratings", 0)},
            {"rating_width", h.value("rating_embedding_dim", 1)}});
    m.links = hstuResearchLinks(
        {m.setup.items, h.at("blocks"), m.setup.maxLength, h.at("relative_bias"), h.contains("num_ratings")});
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.restDecays = true; // the half of the position bias that would look ahead
    m.outputs = [&c](const NeuralModel& model) { return hstuOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return hstuLoss(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
