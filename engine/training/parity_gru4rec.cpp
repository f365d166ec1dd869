// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

std::map<std::string, Tensor> gruOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = packedInputs(c, model.items());
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = model.encode(batch, context);
    const Tensor current = hidden.index_select(0, batch.lastRows());
    const std::int64_t layers = c.hyper().at("layers");
    return {{"gru_packed", trace.at("layer" + std::to_string(layers - 1))}, {"hidden_packed", hidden},
        {"current", current}, {"scores_last", theirScores(model, current)}};
}

} // namespace

std::vector<ParityRow> parityGru4Rec(const ParityCase& c)
{
    const Json& h = c.hyper();
    ParityModel m;
    m.model = "gru4rec";
    m.setup.items = h.at("num_items");
    m.setup.maxLength = h.at("window");
    m.setup.parameters = modelParameters("gru4rec",
        {{"embedding", h.at("embedding")}, {"hidden", h.at("hidden")}, {"layers", h.at("layers")}, {"dropout", 0.0}});
    m.links = recBoleGru4RecLinks(m.setup.items, h.at("layers"));
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.outputs = [&c](const NeuralModel& model) { return gruOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return lastPositionCrossEntropy(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
