// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The public code bases. Where their names come from: the model's file in the repository that parameter_links.h names.
#include "engine/training/parameter_links.h"

namespace recoscope {

namespace {

// The weights that both public forms of an HSTU layer have.
void linkHstuLayer(std::vector<ParameterLink>& links, std::int64_t layer)
{
    const std::string theirs = numbered("_hstu._attention_layers.", layer), ours = numbered("layers.", layer);
    link(links, theirs + "_uvqk", ours + "uvqk");
    linkBoth(links, theirs + "_o", ours + "out");
}

} // namespace

// A complex parameter is two of theirs; ours stacks the planes as rows ("in") or as columns [Re, -Im] ("out").
std::vector<ParameterLink> lruRecLinks(std::int64_t items, std::int64_t blocks, std::int64_t state)
{
    std::vector<ParameterLink> links;
    linkItemTable(links, "embedding.token.weight", "item_embedding.weight", items);
    linkItemTable(links, "model.bias", "item_bias", items);
    linkBoth(links, "embedding.layer_norm", "embedding_norm");
    for (std::int64_t i = 0; i < blocks; ++i) {
        const std::string theirs = numbered("model.lru_blocks.", i), ours = numbered("blocks.", i);
        link(links, theirs + "lru_layer.params_log", ours + "lru.params_log");
        for (const char* kind : {"weight", "bias"}) {
            const std::string in = theirs + "lru_layer.in_proj." + kind;
            links.push_back({in + ".re", ours + "lru.in." + kind, 0, 0, state});
            links.push_back({in + ".im", ours + "lru.in." + kind, 0, state, state});
        }
        const std::string out = theirs + "lru_layer.out_proj.weight";
        links.push_back({out + ".re", ours + "lru.out.weight", 0, 0, state, 1.0, true});
        links.push_back({out + ".im", ours + "lru.out.weight", 0, state, state, -1.0, true});
        link(links, theirs + "lru_layer.out_proj.bias.re", ours + "lru.out.bias"); // the imaginary part never matters
        linkBoth(links, theirs + "lru_layer.layer_norm", ours + "lru.norm");
        linkBoth(links, theirs + "feed_forward.w_1", ours + "feed_forward.w1");
        linkBoth(links, theirs + "feed_forward.w_2", ours + "feed_forward.w2");
        linkBoth(links, theirs + "feed_forward.layer_norm", ours + "feed_forward.norm");
    }
    return links;
}

std::vector<ParameterLink> recBoleTransformerLinks(std::int64_t layers, std::int64_t width)
{
    std::vector<ParameterLink> links;
    link(links, "position_embedding.weight", "position_embedding.weight");
    linkBoth(links, "LayerNorm", "input_norm");
    for (std::int64_t i = 0; i < layers; ++i) {
        const std::string ours = numbered("layers.", i), theirs = numbered("trm_encoder.layer.", i);
        const std::string attention = theirs + "multi_head_attention.";
        linkRows(links, {attention + "query", attention + "key", attention + "value"}, ours + "attention.qkv", width);
        linkBoth(links, attention + "dense", ours + "attention.out");
        linkBoth(links, attention + "LayerNorm", ours + "attention.norm");
        linkBoth(links, theirs + "feed_forward.dense_1", ours + "feed_forward.w1");
        linkBoth(links, theirs + "feed_forward.dense_2", ours + "feed_forward.w2");
        linkBoth(links, theirs + "feed_forward.LayerNorm", ours + "feed_forward.norm");
    }
    return links;
}

std::vector<ParameterLink> recBoleSasRecLinks(std::int64_t items, std::int64_t layers, std::int64_t width)
{
    std::vector<ParameterLink> links = recBoleTransformerLinks(layers, width);
    linkItemTable(links, "item_embedding.weight", "item_embedding.weight", items);
    return links;
}

std::vector<ParameterLink> recBoleBert4RecLinks(
    std::int64_t items, std::int64_t layers, std::int64_t width, bool padIsItem)
{
    std::vector<ParameterLink> links = recBoleTransformerLinks(layers, width);
    links.push_back({"item_embedding.weight", "item_embedding.weight", 1, 0, items});
    links.push_back({"item_embedding.weight", "item_embedding.weight", items + 1, items + (padIsItem ? 1 : 0), 1});
    links.push_back({"output_bias", "item_bias", 1, 0, items});
    if (padIsItem) {
        links.push_back({"item_embedding.weight", "item_embedding.weight", 0, items, 1});
        links.push_back({"output_bias", "item_bias", 0, items, 1});
    }
    linkBoth(links, "output_ffn", "head.dense");
    linkBoth(links, "output_ln", "final_norm");
    return links;
}

std::vector<ParameterLink> recBoleGru4RecLinks(std::int64_t items, std::int64_t layers)
{
    std::vector<ParameterLink> links;
    linkItemTable(links, "item_embedding.weight", "item_embedding.weight", items);
    for (std::int64_t i = 0; i < layers; ++i)
        for (const std::string kind : {"weight_ih", "weight_hh"})
            link(links, "gru_layers." + kind + "_l" + std::to_string(i), numbered("gru.", i) + kind);
    linkBoth(links, "dense", "dense");
    return links;
}

std::vector<ParameterLink> persrecHstuLinks(const PersrecLinkShape& shape)
{
    std::vector<ParameterLink> links;
    linkItemTable(links, "item_embedding.weight", "item_embedding.weight", shape.items);
    links.push_back({"position_embedding.weight", "position_embedding.weight", 0, 0, shape.rows});
    if (shape.projection)
        link(links, "item_id_proj_tower.weight", "item_projection.weight");
    if (shape.temperature)
        link(links, "logit_scale", "logit_scale");
    if (shape.tokens)
        link(links, "user_embedding", "tokens");
    for (std::int64_t i = 0; i < shape.blocks; ++i)
        linkHstuLayer(links, i);
    return links;
}

std::vector<ParameterLink> hstuResearchLinks(const HstuLinkShape& shape)
{
    std::vector<ParameterLink> links;
    linkItemTable(links, "_embedding_module._item_emb.weight", "item_embedding.weight", shape.items);
    link(links, "_input_features_preproc._pos_emb.weight", "position_embedding.weight");
    if (shape.ratings)
        link(links, "_input_features_preproc._rating_emb.weight", "rating_embedding.weight");
    for (std::int64_t i = 0; i < shape.blocks; ++i) {
        linkHstuLayer(links, i);
        if (!shape.relativeBias)
            continue;
        const std::string theirs = numbered("_hstu._attention_layers.", i), ours = numbered("layers.", i);
        link(links, theirs + "_rel_attn_bias._ts_w", ours + "time_bias");
        for (std::int64_t d = 0; d < shape.window; ++d) // entry window-1 + (j - i) of theirs
            links.push_back({theirs + "_rel_attn_bias._pos_w", ours + "position_bias", shape.window - 1 - d, d, 1});
    }
    return links;
}

std::vector<ParameterLink> sasRecPortLinks(std::int64_t items, std::int64_t blocks)
{
    std::vector<ParameterLink> links;
    linkItemTable(links, "item_emb.weight", "item_embedding.weight", items);
    link(links, "pos_emb.weight", "position_embedding.weight");
    linkBoth(links, "last_layernorm", "final_norm");
    for (std::int64_t i = 0; i < blocks; ++i) {
        const std::string ours = numbered("layers.", i), attention = numbered("attention_layers.", i);
        linkBoth(links, numbered("attention_layernorms.", i, ""), ours + "attention.norm");
        link(links, attention + "in_proj_weight", ours + "attention.qkv.weight");
        link(links, attention + "in_proj_bias", ours + "attention.qkv.bias");
        linkBoth(links, attention + "out_proj", ours + "attention.out");
        linkBoth(links, numbered("forward_layernorms.", i, ""), ours + "feed_forward.norm");
        linkBoth(links, numbered("forward_layers.", i) + "conv1", ours + "feed_forward.w1");
        linkBoth(links, numbered("forward_layers.", i) + "conv2", ours + "feed_forward.w2");
    }
    return links;
}

std::vector<ParameterLink> gSasRecLinks(const GSasRecLinkShape& shape)
{
    std::vector<ParameterLink> links;
    for (const char* table : {"item_embedding.weight", "output_embedding.weight"}) {
        if (shape.tied && std::string(table) == "output_embedding.weight")
            continue;
        links.push_back({table, table, 1, 0, shape.items}); // their row 0 is nobody, row items+1 the pad
        links.push_back({table, table, shape.items + 1, shape.items, 1});
    }
    link(links, "position_embedding.weight", "position_embedding.weight");
    linkBoth(links, "seq_norm", "final_norm");
    for (std::int64_t i = 0; i < shape.blocks; ++i) {
        const std::string ours = numbered("layers.", i), theirs = numbered("transformer_blocks.", i);
        const std::string attention = theirs + "multihead_attention.";
        linkRows(links, {attention + "query_proj", attention + "key_proj", attention + "val_proj"},
            ours + "attention.qkv", shape.width);
        linkBoth(links, theirs + "first_norm", ours + "attention.norm");
        linkBoth(links, theirs + "second_norm", ours + "feed_forward.norm");
        linkBoth(links, theirs + "dense1", ours + "feed_forward.w1");
        linkBoth(links, theirs + "dense2", ours + "feed_forward.w2");
    }
    return links;
}

} // namespace recoscope
