// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM (bytedance/HLLM) and PerSRec around it (facebookresearch/PerSRec): two decoders, of which the first reads items'
// texts by a tokenizer that lies beside the checkpoint.
#include "engine/models/hllm.h"
#include "engine/models/item_pieces.h"
#include "engine/nn/text_network.h"
#include "engine/training/foreign_families.h"

namespace recoscope {

namespace {

const std::string itemWords = "item_llm.model.embed_tokens.weight";

// Heads of keys and values of a side, whose heads of queries fill the width.
std::int64_t keyHeadsOf(const ForeignShapes& shapes, const std::string& side, std::int64_t width, std::int64_t heads)
{
    const std::string attention = side + "_llm.model.layers.0.self_attn.";
    if (heads < 1 || width % heads != 0 || shapes.size(attention + "q_proj.weight", 0) != width)
        shapes.fail(attention + "q_proj.weight", "is not of " + std::to_string(heads) + " heads that fill the width");
    return shapes.multiple(attention + "k_proj.weight", 0, width / heads);
}

Json hllmParameters(const ForeignShapes& shapes, const Json& given)
{
    const std::int64_t width = shapes.size(itemWords, 1), heads = given.at("heads");
    const std::string norm = ".input_layernorm.weight", gate = ".layers.0.mlp.gate_proj.weight";
    const std::int64_t keyHeads = keyHeadsOf(shapes, "user", width, heads);
    if (keyHeadsOf(shapes, "item", width, heads) != keyHeads)
        shapes.fail("item_llm.model.layers.0.self_attn.k_proj.weight", "has other heads than the user model");
    return {{"hidden", width}, {"heads", heads}, {"key_heads", keyHeads},
        {"layers", shapes.count("user_llm.model.layers.", norm)},
        {"item_layers", shapes.count("item_llm.model.layers.", norm)},
        {"inner", shapes.size("user_llm.model" + gate, 0)}, {"item_inner", shapes.size("item_llm.model" + gate, 0)},
        {"pooling", "token"}};
}

Json persrecHllmParameters(const ForeignShapes& shapes, const Json& given)
{
    Json parameters = hllmParameters(shapes, given);
    parameters["backbone"] = "hllm";
    return parameters;
}

void linkDecoder(std::vector<ParameterLink>& links, const TextModelConfig& config, const std::string& side)
{
    for (const TextTensor& t : textTensors(config))
        links.push_back({side + "_llm.model." + t.theirs, side + "." + t.ours, 0, t.firstRow, t.shape.front()});
}

std::vector<ParameterLink> hllmLinks(const ForeignShapes& shapes, const ForeignWeights& weights)
{
    const Json& p = weights.parameters;
    std::vector<ParameterLink> links;
    link(links, "item_emb_tokens", "item_token");
    link(links, "logit_scale", "logit_scale");
    if (shapes.has("user_embedding"))
        link(links, "user_embedding", "tokens");
    const auto words = static_cast<std::int64_t>(wholeVocabulary(p).ints("text.title.rows").size());
    linkDecoder(links, itemReader(p, words, p.at("hidden"), p.at("heads")), "item");
    linkDecoder(links, historyReader(p, 0), "user");
    return links;
}

// The user model reads no words, and neither of the two writes any.
bool hllmIdle(const std::string& name)
{
    return name == "user_llm.model.embed_tokens.weight" || name.ends_with("lm_head.weight")
        || name.ends_with("rotary_emb.inv_freq");
}

} // namespace

ForeignFamily foreignHllm()
{
    return {.source = "bytedance/HLLM",
        .model = "hllm",
        .marks = {"item_emb_tokens"},
        .asks = {"heads", "norm_epsilon", "rotary_base", "tokenizer"},
        .parameters = hllmParameters,
        .links = hllmLinks,
        .vocabulary = wholeVocabulary,
        .isIdle = hllmIdle};
}

ForeignFamily foreignPerSRecHllm()
{
    ForeignFamily family = foreignHllm();
    family.source = "facebookresearch/PerSRec";
    family.model = "persrec_padded";
    family.marks.push_back("user_embedding");
    family.asks.push_back("insert");
    family.parameters = persrecHllmParameters;
    return family;
}

} // namespace recoscope
