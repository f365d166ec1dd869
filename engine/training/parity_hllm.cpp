// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM's public code: texts end at the longest one's last position, user histories are padded on the left (which rotary
// positions do not notice), one pool of negatives for the whole batch, those of padded columns included.
#include "engine/training/parity_hllm.h"

#include "engine/nn/unit_rows.h"
#include "engine/training/parity_families.h"

namespace recoscope {

using torch::Tensor;

namespace {

TextModelConfig hllmConfig(const ParityCase& c, const char* layers)
{
    const Json& h = c.hyper();
    const Json json = {{"model_type", "llama"}, {"vocab_size", h.at("vocab")}, {"hidden_size", h.at("hidden")},
        {"intermediate_size", h.at("intermediate")}, {"num_hidden_layers", h.at(layers)},
        {"num_attention_heads", h.at("heads")}, {"num_key_value_heads", h.at("kv_heads")},
        {"head_dim", h.at("head_dim")}, {"rms_norm_eps", h.at("rms_norm_eps")}, {"rope_theta", h.at("rope_theta")}};
    return readTextConfig(json, c.name());
}

// [B+1] of sequences with these lengths.
Tensor startsOf(const Tensor& lengths)
{
    return torch::cat({torch::zeros({1}, torch::kInt64), lengths.cumsum(0)});
}

// The entries of a padded [B, S] matrix of ids that `mask` marks.
struct PackedIds {
    Tensor ids;
    nn::TextBatch sequences;
};
PackedIds packedIds(const Tensor& padded, const Tensor& mask)
{
    const Tensor valid = mask.to(torch::kBool);
    return {padded.masked_select(valid), nn::makeVectorBatch(startsOf(valid.sum(1)))};
}

std::map<std::string, Tensor> hllmOutputs(const ParityCase& c, const HllmNetwork& network)
{
    Trace itemTrace, userTrace;
    ForwardContext itemContext, userContext, plain;
    itemContext.setTrace(&itemTrace);
    userContext.setTrace(&userTrace);
    const Tensor items = network.itemVectors(catalogueTexts(c), itemContext);
    const Tensor window = c.io("in.items").slice(1, 0, c.io("in.mask").size(1));
    const PackedIds trained = packedIds(window, c.io("in.mask"));
    const Tensor hidden = network.userVectors(items.index_select(0, trained.ids), trained.sequences, userContext);
    const Tensor asked = c.io("in.eval_items");
    const PackedIds histories = packedIds(asked, asked > 0);
    const Tensor users = network.userVectors(items.index_select(0, histories.ids), histories.sequences, plain);
    const Tensor last = users.index_select(0, histories.sequences.lastRows());
    std::map<std::string, Tensor> outputs{{"item_vectors", items}, {"hidden_packed", hidden},
        {"scores_last", torch::mm(nn::unitRows(last), nn::unitRows(items).t())}};
    addTraced(outputs, itemTrace, "item", "catalogue");
    addTraced(outputs, userTrace, "user", "packed");
    return outputs;
}

Tensor hllmLoss(const ParityCase& c, const HllmNetwork& network)
{
    ForwardContext context;
    const Tensor items = network.itemVectors(catalogueTexts(c), context);
    const Tensor all = c.io("in.items"), mask = c.io("in.mask");
    const PackedIds inputs = packedIds(all.slice(1, 0, mask.size(1)), mask);
    const PackedIds targets = packedIds(all.slice(1, 1), mask);
    const Tensor users = network.userVectors(items.index_select(0, inputs.ids), inputs.sequences, context);
    return network
        .lossRows(users, items.index_select(0, targets.ids), items.index_select(0, c.io("in.negatives").flatten()),
            c.hyper().at("nce_thres"))
        .mean();
}

void linkSide(std::vector<ParameterLink>& links, const TextModelConfig& config, const std::string& side)
{
    for (const TextTensor& t : textTensors(config))
        links.push_back({side + "_llm.model." + t.theirs, side + "." + t.ours, 0, t.firstRow, t.shape.front()});
}

} // namespace

nn::TextBatch catalogueTexts(const ParityCase& c)
{
    nn::TextBatch batch;
    batch.tokens = c.io("in.catalogue_tokens").to(torch::kInt32).contiguous();
    batch.positions = c.io("in.catalogue_positions").to(torch::kInt32).contiguous();
    batch.offsets = startsOf(c.io("in.catalogue_lengths"));
    return batch;
}

void addTraced(
    std::map<std::string, Tensor>& outputs, const Trace& trace, const std::string& side, const std::string& rows)
{
    for (const auto& [name, value] : trace)
        outputs[side + "_" + name + "_" + rows] = value;
}

std::shared_ptr<ParityHllm> buildParityHllm(const ParityCase& c, torch::ScalarType type)
{
    auto built = std::make_shared<ParityHllm>();
    built->parameters = Parameters(type);
    built->network = std::make_unique<HllmNetwork>(built->parameters, hllmConfig(c, "item_layers"),
        hllmConfig(c, "user_layers"), nn::TextNetworkOptions{false, true});
    if (const Json tokens = c.hyper().value("tokens_k", Json()); tokens.is_number()) {
        const std::vector<std::int64_t> shape{tokens.get<std::int64_t>(), c.hyper().at("hidden").get<std::int64_t>()};
        built->tokens = built->parameters.constant("tokens", shape, 0.0, true);
    }
    built->parameters.freeze();
    return built;
}

ParityPlan hllmPlan(const ParityCase& c)
{
    ParityPlan plan;
    const auto built = buildParityHllm(c, torch::kFloat32);
    link(plan.links, "item_emb_tokens", "item_token");
    link(plan.links, "logit_scale", "logit_scale");
    if (built->tokens.defined())
        link(plan.links, "user_embedding", "tokens");
    linkSide(plan.links, built->network->itemModel().config(), "item");
    linkSide(plan.links, built->network->userModel().config(), "user");
    plan.optimiser = optimiserOf(c.json().at("optimiser"));
    return plan;
}

std::vector<ParityRow> parityHllm(const ParityCase& c)
{
    ParityPlan plan = hllmPlan(c);
    plan.build = [&c](torch::ScalarType type) {
        const auto built = buildParityHllm(c, type);
        const HllmNetwork& network = *built->network;
        return ParityNetwork{built, &built->parameters, [&c, &network] { return hllmOutputs(c, network); },
            [&c, &network] { return hllmLoss(c, network); }};
    };
    return runParityPlan(c, plan);
}

} // namespace recoscope
