// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/foreign_families.h"

#include "engine/core/error.h"

namespace recoscope {

namespace {

std::int64_t ofSettings(const ForeignWeights& weights, const char* name)
{
    return weights.parameters.at(name);
}

// -- yueqirex/LRURec

Json lruRecParameters(const ForeignShapes& shapes, const Json&)
{
    const std::string first = "model.lru_blocks.0.";
    const std::int64_t width = shapes.size("embedding.token.weight", 1);
    return {{"hidden", width}, {"layers", shapes.count("model.lru_blocks.", ".lru_layer.params_log")},
        {"state_multiple", shapes.multiple(first + "lru_layer.params_log", 1, width)},
        {"inner_multiple", shapes.multiple(first + "feed_forward.w_1.weight", 0, width)}};
}

std::vector<ParameterLink> lruRecFamilyLinks(const ForeignShapes&, const ForeignWeights& weights)
{
    return lruRecLinks(weights.items, ofSettings(weights, "layers"),
        ofSettings(weights, "state_multiple") * ofSettings(weights, "hidden"));
}

// The output is real: the imaginary part of its bias is thrown away there as well.
bool lruRecIdle(const std::string& name)
{
    return name.ends_with("out_proj.bias.im");
}

// -- RecBole

Json recBoleTransformer(const ForeignShapes& shapes, const Json& given)
{
    return {{"hidden", shapes.size("item_embedding.weight", 1)},
        {"layers", shapes.count("trm_encoder.layer.", ".feed_forward.dense_1.weight")},
        {"inner", shapes.size("trm_encoder.layer.0.feed_forward.dense_1.weight", 0)}, {"heads", given.at("heads")},
        {"norm_epsilon", 1e-12}};
}

Json recBoleSasRecParameters(const ForeignShapes& shapes, const Json& given)
{
    Json parameters = recBoleTransformer(shapes, given);
    parameters.update({{"norm", "post"}, {"scale_embedding", false}, {"input_norm", true}, {"final_norm", false}});
    return parameters;
}

std::vector<ParameterLink> recBoleSasRecFamilyLinks(const ForeignShapes&, const ForeignWeights& weights)
{
    return recBoleSasRecLinks(weights.items, ofSettings(weights, "layers"), ofSettings(weights, "hidden"));
}

std::vector<ParameterLink> recBoleBert4RecFamilyLinks(const ForeignShapes&, const ForeignWeights& weights)
{
    return recBoleBert4RecLinks(weights.items, ofSettings(weights, "layers"), ofSettings(weights, "hidden"));
}

Json recBoleGru4RecParameters(const ForeignShapes& shapes, const Json&)
{
    return {{"embedding", shapes.size("item_embedding.weight", 1)},
        {"hidden", shapes.size("gru_layers.weight_hh_l0", 1)}, {"layers", shapes.count("gru_layers.weight_hh_l", "")}};
}

std::vector<ParameterLink> recBoleGru4RecFamilyLinks(const ForeignShapes&, const ForeignWeights& weights)
{
    return recBoleGru4RecLinks(weights.items, ofSettings(weights, "layers"));
}

// -- pmixer/SASRec.pytorch

Json portParameters(const ForeignShapes& shapes, const Json& given)
{
    return {{"hidden", shapes.size("item_emb.weight", 1)},
        {"layers", shapes.count("attention_layers.", ".in_proj_weight")},
        {"inner", shapes.size("forward_layers.0.conv1.weight", 0)}, {"heads", given.at("heads")},
        {"norm", given.at("norm")}, {"activation", "relu"}, {"norm_epsilon", 1e-8}, {"pads", "attended"}};
}

std::vector<ParameterLink> portFamilyLinks(const ForeignShapes&, const ForeignWeights& weights)
{
    return sasRecPortLinks(weights.items, ofSettings(weights, "layers"));
}

// -- asash/gSASRec-pytorch

Json gSasRecParameters(const ForeignShapes& shapes, const Json& given)
{
    return {{"hidden", shapes.size("item_embedding.weight", 1)},
        {"layers", shapes.count("transformer_blocks.", ".dense1.weight")},
        {"inner", shapes.size("transformer_blocks.0.dense1.weight", 0)}, {"heads", given.at("heads")},
        {"norm", "query"}, {"activation", "relu"}, {"scale_embedding", false}, {"output_projection", false},
        {"separate_output", shapes.has("output_embedding.weight")}, {"pads", "positions"}};
}

std::vector<ParameterLink> gSasRecFamilyLinks(const ForeignShapes&, const ForeignWeights& weights)
{
    return gSasRecLinks({weights.items, ofSettings(weights, "layers"), ofSettings(weights, "hidden"),
        !weights.parameters.at("separate_output").get<bool>()});
}

// -- generative-recommenders, research

const std::string hstuLayer = "_hstu._attention_layers.";
const std::string hstuRatings = "_input_features_preproc._rating_emb.weight";

// Whether the output layer reads [U, A, U·A] rather than A: what was said, else where A alone would leave no room for
// queries beside it.
bool readsThreeParts(const ForeignShapes& shapes, const Json& given)
{
    if (given.contains("concat_ua"))
        return given.at("concat_ua");
    return 2 * shapes.size(hstuLayer + "0._o.weight", 1) >= shapes.size(hstuLayer + "0._uvqk", 1);
}

// `parts`: times that the attended values stand in what the output layer reads.
Json hstuSizes(const ForeignShapes& shapes, std::int64_t heads, std::int64_t parts)
{
    const std::int64_t value = shapes.multiple(hstuLayer + "0._o.weight", 1, parts * heads);
    const std::int64_t query = shapes.multiple(hstuLayer + "0._uvqk", 1, 2 * heads) - value;
    if (query < 1)
        shapes.fail(hstuLayer + "0._uvqk", "is too narrow for the output layer");
    return {{"hidden", shapes.size(hstuLayer + "0._uvqk", 0)}, {"layers", shapes.count(hstuLayer, "._uvqk")},
        {"heads", heads}, {"value_dim", value}, {"query_dim", query}};
}

Json hstuParameters(const ForeignShapes& shapes, const Json& given)
{
    const bool threeParts = readsThreeParts(shapes, given);
    Json parameters = hstuSizes(shapes, given.at("heads"), threeParts ? 3 : 1);
    parameters.update({{"concat_ua", threeParts}, {"relative_bias", shapes.has(hstuLayer + "0._rel_attn_bias._ts_w")},
        {"normaliser", "padded"}});
    if (shapes.has(hstuRatings))
        parameters.update({{"ratings", shapes.size(hstuRatings, 0)}, {"rating_width", shapes.size(hstuRatings, 1)}});
    return parameters;
}

std::vector<ParameterLink> hstuFamilyLinks(const ForeignShapes& shapes, const ForeignWeights& weights)
{
    return hstuResearchLinks({weights.items, ofSettings(weights, "layers"), weights.maxLength,
        weights.parameters.at("relative_bias").get<bool>(), shapes.has(hstuRatings)});
}

// A mask that is made of numbers and not of weights; biases where relative_bias is set to false.
bool hstuIdle(const std::string& name)
{
    return name == "_attn_mask" || name.find("._rel_attn_bias.") != std::string::npos;
}

// -- facebookresearch/PerSRec, its HSTU

const std::string persrecTokens = "user_embedding";

Json persrecParameters(const ForeignShapes& shapes, const Json& given)
{
    Json parameters = hstuSizes(shapes, given.at("heads"), 1);
    if (shapes.has("item_id_proj_tower.weight"))
        parameters["item_width"] = shapes.size("item_id_proj_tower.weight", 1);
    parameters["learned_temperature"] = true;
    return parameters;
}

std::vector<ParameterLink> persrecFamilyLinks(const ForeignShapes& shapes, const ForeignWeights& weights)
{
    const std::int64_t tokens = shapes.has(persrecTokens) ? shapes.size(persrecTokens, 1) : 0;
    return persrecHstuLinks({weights.items, ofSettings(weights, "layers"), weights.maxLength + tokens,
        ofSettings(weights, "item_width") > 0, true, tokens > 0});
}

} // namespace

std::int64_t ForeignShapes::size(const std::string& name, std::size_t axis) const
{
    if (!has(name))
        fail(name, "is missing");
    const std::vector<std::int64_t>& shape = m_tensors.at(name).shape;
    if (axis >= shape.size())
        fail(name, "has " + std::to_string(shape.size()) + " dimensions");
    return shape[axis];
}

std::int64_t ForeignShapes::count(const std::string& prefix, const std::string& suffix) const
{
    std::int64_t count = 0;
    while (has(prefix + std::to_string(count) + suffix))
        ++count;
    const std::string next = prefix + std::to_string(count);
    const auto& tensors = m_tensors.tensors();
    const auto other = tensors.lower_bound(next + ".");
    if (count == 0 || (other != tensors.end() && other->first.starts_with(next + ".")))
        fail(next + suffix, "is missing");
    return count;
}

std::int64_t ForeignShapes::multiple(const std::string& name, std::size_t axis, std::int64_t unit) const
{
    const std::int64_t whole = size(name, axis);
    if (unit < 1 || whole % unit != 0)
        fail(name, "is " + std::to_string(whole) + " wide, no multiple of " + std::to_string(unit));
    return whole / unit;
}

void ForeignShapes::fail(const std::string& name, const std::string& problem) const
{
    throw Error(ErrorKind::Input, m_file.string() + ": tensor " + name + " " + problem,
        "this is no checkpoint of " + m_family.model + " as " + m_family.source + " writes it, or it is cut short");
}

const std::vector<ForeignFamily>& foreignFamilies()
{
    static const std::vector<ForeignFamily> families = {
        {.source = "yueqirex/LRURec",
            .model = "lrurec",
            .marks = {"model.lru_blocks.0.lru_layer.params_log"},
            .itemTable = "embedding.token.weight",
            .parameters = lruRecParameters,
            .links = lruRecFamilyLinks,
            .isIdle = lruRecIdle},
        {.source = "RecBole",
            .model = "bert4rec",
            .marks = {"output_ffn.weight"},
            .itemTable = "item_embedding.weight",
            .otherRows = 2,
            .positionTable = "position_embedding.weight",
            .asks = {"heads"},
            .parameters = recBoleTransformer,
            .links = recBoleBert4RecFamilyLinks},
        {.source = "RecBole",
            .model = "sasrec",
            .marks = {"trm_encoder.layer.0.feed_forward.dense_1.weight"},
            .itemTable = "item_embedding.weight",
            .positionTable = "position_embedding.weight",
            .asks = {"heads"},
            .parameters = recBoleSasRecParameters,
            .links = recBoleSasRecFamilyLinks},
        {.source = "RecBole",
            .model = "gru4rec",
            .marks = {"gru_layers.weight_hh_l0"},
            .itemTable = "item_embedding.weight",
            .parameters = recBoleGru4RecParameters,
            .links = recBoleGru4RecFamilyLinks},
        {.source = "pmixer/SASRec.pytorch",
            .model = "sasrec_padded",
            .marks = {"attention_layers.0.in_proj_weight"},
            .itemTable = "item_emb.weight",
            .positionTable = "pos_emb.weight",
            .otherPositions = 1,
            .asks = {"heads", "norm"},
            .parameters = portParameters,
            .links = portFamilyLinks},
        {.source = "asash/gSASRec-pytorch",
            .model = "sasrec_padded",
            .marks = {"transformer_blocks.0.multihead_attention.query_proj.weight"},
            .itemTable = "item_embedding.weight",
            .otherRows = 2,
            .positionTable = "position_embedding.weight",
            .asks = {"heads"},
            .parameters = gSasRecParameters,
            .links = gSasRecFamilyLinks},
        {.source = "generative-recommenders (research HSTU)",
            .model = "hstu",
            .marks = {"_embedding_module._item_emb.weight"},
            .itemTable = "_embedding_module._item_emb.weight",
            .positionTable = "_input_features_preproc._pos_emb.weight",
            .asks = {"heads"},
            .parameters = hstuParameters,
            .links = hstuFamilyLinks,
            .isIdle = hstuIdle},
        foreignPerSRecHllm(),
        foreignHllm(),
        {.source = "facebookresearch/PerSRec",
            .model = "persrec_padded",
            .marks = {persrecTokens},
            .itemTable = "item_embedding.weight",
            .positionTable = "position_embedding.weight",
            .otherPositions = 1,
            .tokenTable = persrecTokens,
            .asks = {"heads", "insert"},
            .parameters = persrecParameters,
            .links = persrecFamilyLinks},
        {.source = "facebookresearch/PerSRec",
            .model = "persrec_padded",
            .marks = {hstuLayer + "0._uvqk"},
            .itemTable = "item_embedding.weight",
            .positionTable = "position_embedding.weight",
            .otherPositions = 1,
            .asks = {"heads"},
            .parameters = persrecParameters,
            .links = persrecFamilyLinks},
    };
    return families;
}

} // namespace recoscope
