// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Their pad is a class of the softmax and their mask is not: the pad stands as one more item of ours, the mask as our
// start token.
#include "engine/nn/cross_entropy.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Their 0 = pad, 1..items, mask_id = items + 1 to ours.
Tensor maskedItems(const Tensor& theirs, std::int64_t items)
{
    return torch::where(theirs == 0, torch::full_like(theirs, items),
        torch::where(theirs == items + 1, torch::full_like(theirs, items + 1), theirs - 1))
        .to(torch::kInt32)
        .contiguous();
}

PackedBatch maskedBatch(const Tensor& packed, const Tensor& offsets, std::int64_t items)
{
    const Tensor ids = maskedItems(packed, items), starts = offsets.contiguous();
    PackedView view;
    view.items = {ids.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(ids.numel())};
    view.offsets = {starts.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(starts.numel())};
    return makePackedBatch(view);
}

// Columns in their order: pad, 1..items.
Tensor classScores(const NeuralModel& model, const Tensor& hidden, std::int64_t items)
{
    const Tensor scores = torch::mm(hidden, model.itemTable().t()) + model.itemBias();
    return torch::cat({scores.slice(1, items, items + 1), scores.slice(1, 0, items)}, 1);
}

std::map<std::string, Tensor> bertOutputs(const ParityCase& c, const NeuralModel& model)
{
    const std::int64_t items = c.hyper().at("num_items");
    const PackedBatch batch = maskedBatch(c.io("in.packed_masked"), c.io("in.offsets"), items);
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = model.encode(batch, context);
    std::map<std::string, Tensor> outputs{{"embedding_packed", trace.at("embedding")}, {"hidden_packed", hidden}};
    for (std::int64_t i = 0; i < c.hyper().at("layers").get<std::int64_t>(); ++i)
        outputs["layer" + std::to_string(i) + "_packed"] = trace.at("layer" + std::to_string(i));
    const PackedBatch asked = maskedBatch(c.io("in.eval_packed"), c.io("in.eval_offsets"), items);
    ForwardContext plain;
    outputs["scores_last"] = classScores(model, model.encode(asked, plain).index_select(0, asked.lastRows()), items);
    return outputs;
}

Tensor bertLoss(const ParityCase& c, const NeuralModel& model)
{
    const std::int64_t items = c.hyper().at("num_items");
    const Tensor index = c.io("in.mask_index"), offsets = c.io("in.offsets");
    const Tensor counted = index > 0; // theirs: a mask at index 0 is no mask
    const Tensor rows = (index + offsets.slice(0, 0, index.size(0)).unsqueeze(1)).masked_select(counted);
    const Tensor targets = maskedItems(c.io("in.mask_targets").masked_select(counted), items);
    ForwardContext context;
    const Tensor hidden = model.encode(maskedBatch(c.io("in.packed_masked"), offsets, items), context);
    return nn::crossEntropy(hidden.index_select(0, rows), model.itemTable().slice(0, 0, items + 1),
        model.itemBias().slice(0, 0, items + 1), targets);
}

} // namespace

std::vector<ParityRow> parityBert4Rec(const ParityCase& c)
{
    const Json& h = c.hyper();
    const std::int64_t items = h.at("num_items");
    ParityModel m;
    m.model = "bert4rec";
    m.setup.items = items + 1;
    m.setup.maxLength = h.at("window");
    m.setup.parameters = modelParameters("bert4rec",
        {{"hidden", h.at("hidden")}, {"layers", h.at("layers")}, {"heads", h.at("heads")}, {"inner", h.at("inner")},
            {"activation", h.at("hidden_act")}, {"norm_epsilon", h.at("layer_norm_eps")}, {"dropout", 0.0}});
    m.links = recBoleBert4RecLinks(items, h.at("layers"), h.at("hidden"), true);
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.outputs = [&c](const NeuralModel& model) { return bertOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return bertLoss(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
