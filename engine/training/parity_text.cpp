// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// BERT, GPT-2, Llama and Qwen2 as the transformers library computes them. The fixture's sizes are its config.json, but
// for two names.
#include "engine/nn/cross_entropy.h"
#include "engine/nn/text_families.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

TextModelConfig fixtureConfig(const ParityCase& c)
{
    Json json = c.hyper();
    json["model_type"] = c.json().at("family");
    json["vocab_size"] = json.at("vocab");
    if (json.contains("activation"))
        json["activation_function"] = json.at("activation");
    return readTextConfig(json, c.name());
}

nn::TextBatch fixtureTexts(const ParityCase& c)
{
    const Tensor tokens = c.io("in.packed_ids").to(torch::kInt32).contiguous(), offsets = c.io("in.offsets");
    std::vector<std::span<const std::int32_t>> texts;
    for (std::int64_t b = 0; b + 1 < offsets.size(0); ++b) {
        const auto begin = offsets[b].item<std::int64_t>(), end = offsets[b + 1].item<std::int64_t>();
        texts.emplace_back(tokens.const_data_ptr<std::int32_t>() + begin, static_cast<std::size_t>(end - begin));
    }
    nn::TextBatch batch = nn::makeTextBatch(texts);
    if (c.has("in.packed_token_type_ids"))
        batch.segments = c.io("in.packed_token_type_ids").to(torch::kInt32).contiguous();
    return batch;
}

// Rows of a padded [B, L, ...] tensor where there is a token.
Tensor unpaddedRows(const ParityCase& c, const std::string& name)
{
    const Tensor rows = torch::nonzero(c.io("in.attention_mask").flatten()).squeeze(1);
    return c.io(name).flatten(0, 1).index_select(0, rows);
}

Tensor encoderLoss(const ParityCase& c, const nn::BertNetwork& bert)
{
    const nn::TextBatch batch = fixtureTexts(c);
    ForwardContext context;
    const Tensor hidden = bert.hidden(batch, context);
    const auto weighted
        = [&](const Tensor& weights, const Tensor& rows) { return (weights.to(rows.scalar_type()) * rows).sum(); };
    const Tensor sum
        = weighted(unpaddedRows(c, "in.coef"), hidden) + weighted(c.io("in.pool_coef"), bert.pooled(hidden, batch));
    return sum / static_cast<double>(batch.length());
}

// Cross-entropy of the next token inside each text.
Tensor decoderLoss(const ParityCase& c, const nn::TextNetwork& network)
{
    const nn::TextBatch batch = fixtureTexts(c);
    ForwardContext context;
    const Tensor hidden = network.hidden(batch, context);
    Tensor asked = torch::ones({batch.length()}, torch::kBool);
    asked.index_fill_(0, batch.lastRows(), false);
    const Tensor rows = torch::nonzero(asked).squeeze(1);
    return nn::crossEntropy(
        hidden.index_select(0, rows), network.outputTable(), {}, batch.tokens.index_select(0, rows + 1));
}

std::map<std::string, Tensor> textOutputs(const ParityCase& c, const nn::TextNetwork& network)
{
    const nn::TextBatch batch = fixtureTexts(c);
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = network.hidden(batch, context);
    std::map<std::string, Tensor> outputs{{"hidden_packed", hidden}};
    for (const auto& [name, value] : trace)
        outputs[name + "_packed"] = value;
    if (const auto* bert = dynamic_cast<const nn::BertNetwork*>(&network)) {
        outputs["pooler"] = bert->pooled(hidden, batch);
        outputs["mean_pool"] = nn::meanRows(hidden, batch);
    } else {
        outputs["logits_packed"] = torch::mm(hidden, network.outputTable().t());
    }
    return outputs;
}

struct OwnedText {
    Parameters parameters;
    std::unique_ptr<nn::TextNetwork> network;
};

} // namespace

std::vector<ParityRow> parityText(const ParityCase& c)
{
    const TextModelConfig config = fixtureConfig(c);
    ParityPlan plan;
    for (const TextTensor& t : textTensors(config)) {
        const std::string prefix = config.isEncoder() || !t.prefixed ? "" : textPrefix(config.family);
        plan.links.push_back({prefix + t.theirs, t.ours, 0, t.firstRow, t.shape.front()});
    }
    plan.optimiser = optimiserOf(c.json().at("optimiser"));
    plan.build = [&c, config](torch::ScalarType type) {
        const auto owned = std::make_shared<OwnedText>(OwnedText{Parameters(type), nullptr});
        owned->network = nn::makeTextNetwork(owned->parameters, "", config, {false, true});
        owned->parameters.freeze();
        const nn::TextNetwork& network = *owned->network;
        return ParityNetwork{owned, &owned->parameters, [&c, &network] { return textOutputs(c, network); },
            [&c, &network, config] {
                return config.isEncoder() ? encoderLoss(c, dynamic_cast<const nn::BertNetwork&>(network))
                                          : decoderLoss(c, network);
            }};
    };
    return runParityPlan(c, plan);
}

} // namespace recoscope
