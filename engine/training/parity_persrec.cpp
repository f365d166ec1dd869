// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The plain HSTU of PerSRec's public code: no relative bias, inputs not scaled, attention divided by the window,
// positions counted in the left-padded window, InfoNCE on cosines with one pool of negatives for the batch.
#include "engine/training/parity_persrec.h"

#include <limits>

#include "engine/nn/functional.h"
#include "engine/training/parity_families.h"

namespace recoscope {

using torch::Tensor;

bool learnsTemperature(const ParityCase& c)
{
    return !c.hyper().at("fix_temp").get<bool>();
}

std::vector<ParameterLink> persrecLinks(const ParityCase& c, std::int64_t items)
{
    const Json& h = c.hyper();
    return persrecHstuLinks({items, h.at("layers"), h.at("rows_in_forward"), h.at("item_embedding") != h.at("hidden"),
        learnsTemperature(c), h.at("tokens_k") != 0});
}

Json persrecHstuParameters(const ParityCase& c)
{
    const Json& h = c.hyper();
    const std::int64_t itemWidth = h.at("item_embedding");
    return {{"hidden", h.at("hidden")}, {"layers", h.at("layers")}, {"heads", h.at("heads")},
        {"query_dim", h.at("dqk")}, {"value_dim", h.at("dv")}, {"relative_bias", false}, {"scale_embedding", false},
        {"normaliser", "padded"}, {"item_width", itemWidth == h.at("hidden") ? 0 : itemWidth},
        {"learned_temperature", learnsTemperature(c)}, {"dropout", 0.0}, {"input_dropout", 0.0}};
}

Tensor persrecInfoNce(
    const ParityCase& c, const NeuralModel& model, const Tensor& hidden, const Tensor& positive, const Tensor& pool)
{
    const Tensor scale = learnsTemperature(c)
        ? model.logitScale()
        : torch::exp(c.weight("logit_scale").to(hidden.scalar_type()).reshape({1}));
    const Tensor near = torch::mm(positive, pool.t()) > c.hyper().at("nce_thres").get<double>();
    const Tensor others
        = (torch::mm(hidden, pool.t()) * scale).masked_fill(near, -std::numeric_limits<double>::infinity());
    const Tensor own = (hidden * positive).sum(1, true) * scale;
    return (torch::logsumexp(torch::cat({own, others}, 1), 1) - own.squeeze(1)).mean();
}

Tensor persrecItemVectors(const NeuralModel& model)
{
    const Tensor table = model.scoringTable();
    return torch::cat({table.slice(0, model.items()), table.slice(0, 0, model.items())});
}

namespace {

PackedBatch persrecInputs(const ParityCase& c, const NeuralModel& model)
{
    PackedBatch batch = packedInputs(c, model.items());
    const auto offsets = batch.offsetSpan();
    for (std::int64_t b = 0; b < batch.sequences(); ++b) // the last event is in the window's last column
        batch.positions.slice(0, offsets[b], offsets[b + 1]) += model.setup().maxLength - (offsets[b + 1] - offsets[b]);
    return batch;
}

std::map<std::string, Tensor> persrecOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = persrecInputs(c, model);
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = model.encode(batch, context);
    const std::int64_t layers = c.hyper().at("layers");
    std::map<std::string, Tensor> outputs{
        {"hidden_packed", trace.at("layer" + std::to_string(layers - 1))}, // before it is normalised
        {"item_vectors", persrecItemVectors(model)},
        {"scores_eval_full_mask", theirScores(model, hidden.index_select(0, batch.lastRows()))}};
    for (std::int64_t i = 0; i < layers; ++i)
        outputs["layer" + std::to_string(i) + "_packed"] = trace.at("layer" + std::to_string(i));
    return outputs;
}

// Their ids of the events after each packed one.
Tensor nextItems(const ParityCase& c)
{
    const Tensor valid = c.io("in.mask").to(torch::kBool);
    return c.io("in.items").slice(1, 1).masked_select(valid);
}

Tensor persrecLoss(const ParityCase& c, const NeuralModel& model)
{
    ForwardContext context;
    const Tensor hidden = model.encode(persrecInputs(c, model), context), table = model.scoringTable();
    const Tensor positive = table.index_select(0, ourItems(nextItems(c), model.items()));
    const Tensor pool = table.index_select(0, ourItems(c.io("in.negatives").reshape({-1}), model.items()));
    return persrecInfoNce(c, model, hidden, positive, pool);
}

} // namespace

std::vector<ParityRow> parityPerSRecPlain(const ParityCase& c)
{
    ParityModel m;
    m.model = "hstu";
    m.setup.items = c.hyper().at("item_num_including_pad").get<std::int64_t>() - 1;
    m.setup.maxLength = c.hyper().at("attention_normaliser");
    m.setup.parameters = modelParameters("hstu", persrecHstuParameters(c));
    m.links = persrecLinks(c, m.setup.items);
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.outputs = [&c](const NeuralModel& model) { return persrecOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return persrecLoss(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
