// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/cross_entropy.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Begin-of-sequence labels are separate sequences of the start token.
PackedBatch trainingInputs(const ParityCase& c, std::int64_t items, Tensor& labels)
{
    PackedBatch batch = packedInputs(c, items);
    const Tensor bos = c.io("in.bos_labels"), present = bos.index({bos > 0});
    const std::int64_t count = present.numel(), events = batch.events();
    batch.items = torch::cat({batch.items, torch::full({count}, items, torch::kInt32)});
    batch.positions = torch::cat({batch.positions, torch::zeros({count}, torch::kInt32)});
    batch.offsets = torch::cat({batch.offsets, torch::arange(events + 1, events + 1 + count)});
    labels = torch::cat({c.io("in.packed_labels"), present});
    return batch;
}

std::map<std::string, Tensor> lruOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = packedInputs(c, model.items());
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = model.encode(batch, context);
    std::map<std::string, Tensor> outputs{{"embedding_packed", trace.at("embedding")}, {"hidden_packed", hidden}};
    for (std::int64_t i = 0; i < c.hyper().at("blocks").get<std::int64_t>(); ++i) {
        const std::string block = "block" + std::to_string(i), layer = "layer" + std::to_string(i);
        outputs[block + ".lru_layer_packed"] = trace.at(layer + ".recurrent");
        outputs[block + "_packed"] = trace.at(layer);
    }
    Tensor scores = theirScores(model, hidden.index_select(0, batch.lastRows()));
    outputs["logits_last"] = scores;
    const Tensor padded = c.io("in.items");
    outputs["scores_last_masked"]
        = scores.scatter(1, torch::cat({padded, torch::zeros({padded.size(0), 1}, torch::kInt64)}, 1), -1e9);
    return outputs;
}

Tensor lruLoss(const ParityCase& c, const NeuralModel& model)
{
    Tensor labels;
    const PackedBatch batch = trainingInputs(c, model.items(), labels);
    ForwardContext context;
    const Tensor rows = torch::nonzero(labels).squeeze(1);
    const Tensor hidden = model.encode(batch, context).index_select(0, rows);
    return nn::crossEntropy(
        hidden, model.itemTable(), model.itemBias(), ourItems(labels.index_select(0, rows), model.items()));
}

} // namespace

std::vector<ParityRow> parityLruRec(const ParityCase& c)
{
    const Json& h = c.hyper();
    const std::int64_t hidden = h.at("hidden"), state = h.at("state");
    ParityModel m;
    m.model = "lrurec";
    m.setup.items = h.at("num_items");
    m.setup.maxLength = h.at("window");
    m.setup.parameters = modelParameters("lrurec",
        {{"hidden", hidden}, {"layers", h.at("blocks")}, {"state_multiple", state / hidden}, {"dropout", 0.0},
            {"layer_dropout", 0.0}});
    m.links = lruRecLinks(m.setup.items, h.at("blocks"), state);
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.outputs = [&c](const NeuralModel& model) { return lruOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return lruLoss(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
