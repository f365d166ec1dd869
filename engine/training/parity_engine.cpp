// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// References of our own (tests/parity) that use the engine's names and ids: any model of the registry, so a new one
// needs a fixture only.
#include <limits>

#include "engine/models/spelled_lists.h"
#include "engine/nn/cross_entropy.h"
#include "engine/nn/losses.h"
#include "engine/nn/model_loss.h"
#include "engine/training/parity_device.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

PackedBatch engineInputs(const ParityCase& c)
{
    const Tensor items = c.io("in.packed_items").to(torch::kInt32), offsets = c.io("in.offsets").contiguous();
    PackedView view;
    view.items = {items.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(items.numel())};
    view.offsets = {offsets.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.numel())};
    PackedBatch batch = makePackedBatch(view);
    if (c.has("in.packed_times")) {
        batch.times = c.io("in.packed_times");
        batch.queryTimes = c.io("in.packed_next_times");
    }
    if (c.has("in.packed_feedback")) { // below 0: not known
        const Tensor values = c.io("in.packed_feedback").to(torch::kFloat32);
        batch.feedback = values.masked_fill(values < 0, std::numeric_limits<double>::quiet_NaN());
    }
    if (c.has("in.packed_surfaces")) {
        batch.surfaces = c.io("in.packed_surfaces").to(torch::kInt32);
        batch.nextSurfaces = c.io("in.packed_next_surfaces").to(torch::kInt32);
        batch.kinds = c.io("in.packed_kinds").to(torch::kInt32);
    }
    return batch;
}

// Null for models that do not spell items.
const SpellingModel* spellerOf(const NeuralModel& model)
{
    const auto* elsewhere = dynamic_cast<const ModelOnDevice*>(&model);
    return dynamic_cast<const SpellingModel*>(elsewhere ? &elsewhere->inner() : &model);
}

// Of every item behind every history, by a beam that holds the whole catalogue: [B, V].
Tensor nameScores(const NeuralModel& model, const SpellingModel& speller, const PackedBatch& histories)
{
    const SpelledLists lists(
        {std::shared_ptr<void>(), &model}, speller, model.items()); // no owner: `model` outlives it
    PackedView view;
    view.items = {histories.items.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(histories.events())};
    view.offsets = histories.offsetSpan();
    Tensor scores = torch::empty({histories.sequences(), model.items()}, torch::kFloat32);
    lists.score(view, {scores.data_ptr<float>(), static_cast<std::size_t>(scores.numel())});
    return scores;
}

std::map<std::string, Tensor> engineOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = engineInputs(c);
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = model.encode(batch, context);
    std::map<std::string, Tensor> outputs{{"hidden_packed", hidden}};
    if (const SpellingModel* speller = spellerOf(model)) {
        if (c.onProcessor()) // where beams are
            outputs["name_scores"] = nameScores(model, *speller, batch);
    } else {
        outputs["scores_last"] = torch::mm(hidden.index_select(0, batch.lastRows()), model.scoringTable().t());
    }
    if (model.predictedFeedback())
        outputs["feedback_last"]
            = model.feedbackAfter(batch, c.io("in.packed_targets").to(torch::kInt32).index_select(0, batch.lastRows()));
    for (const auto& [name, value] : trace)
        outputs[name + "_packed"] = value;
    return outputs;
}

Tensor engineLoss(const ParityCase& c, const NeuralModel& model)
{
    ForwardContext context;
    const Tensor targets = c.io("in.packed_targets").to(torch::kInt32);
    if (spellerOf(model))
        return (*model.ownLoss())({engineInputs(c), targets, {}, {}, 0, 0}).cpu();
    const Tensor hidden = model.encode(engineInputs(c), context);
    const Json& parameters = c.hyper().at("parameters");
    const bool learned = !parameters.contains("temperature") && model.logitScale().defined();
    const Tensor users = learned ? hidden * model.logitScale() : hidden / parameters.value("temperature", 1.0);
    if (!c.has("in.packed_negatives"))
        return nn::crossEntropy(users, model.scoringTable(), model.itemBias(), targets);
    auto sampled = nn::SampledLoss::softmax(targets, c.io("in.packed_negatives"));
    if (c.has("in.item_counts")) {
        const Tensor counts = c.io("in.item_counts").to(torch::kFloat64);
        sampled.logQ = torch::log(counts / counts.sum());
    }
    sampled.unitItems = model.normalisesItems();
    sampled.nearPositive = parameters.value("near_positive", 1.0);
    return nn::sampledLossRows(users, model.itemTable(), model.itemBias(), sampled).mean();
}

// What the model keeps of its catalogue: {"name": [integers], ...}.
std::shared_ptr<const FixedTensors> fixedOf(const Json& hyper)
{
    if (!hyper.contains("fixed"))
        return nullptr;
    auto fixed = std::make_shared<FixedTensors>();
    for (const auto& [name, values] : hyper.at("fixed").items())
        fixed->tensors[name] = FixedTensor::ofInts(values.get<std::vector<std::int32_t>>());
    return fixed;
}

} // namespace

std::vector<ParityRow> parityEngine(const ParityCase& c)
{
    const Json& h = c.hyper();
    ParityModel m;
    m.model = h.at("model");
    m.setup.items = h.at("items");
    m.setup.maxLength = h.at("max_length");
    m.setup.fixed = fixedOf(h);
    m.setup.parameters = modelParameters(m.model, h.at("parameters"));
    if (h.contains("feedback")) {
        m.setup.feedback.names = h.at("feedback").at("names").get<std::vector<std::string>>();
        m.setup.feedback.edges = h.at("feedback").at("edges").get<std::vector<std::vector<float>>>();
    }
    m.setup.surfaces = h.value("surfaces", 0);
    for (const std::string& name : c.weightNames())
        link(m.links, name, name);
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.outputs = [&c](const NeuralModel& model) { return engineOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return engineLoss(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
