// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/text_sasrec.h"

#include "engine/core/error.h"
#include "engine/models/sasrec.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

namespace {

// SASRec's settings for the user part: SRT's post-norm form, or pre-norm for depth.
ModelSetup textUserSetup(ModelSetup setup)
{
    const ParameterSchema schema = sasRecDescriptor().schema;
    const Json& given = setup.parameters;
    const bool post = given.at("norm") == "post";
    Json own = {{"scale_embedding", false}, {"input_norm", true}, {"final_norm", !post}, {"norm_epsilon", 1e-12}};
    for (const char* key : {"hidden", "layers", "heads", "dropout", "attention_dropout", "norm", "begin_of_sequence"})
        own[key] = given.at(key);
    own["inner"] = given.at("inner").get<std::int64_t>() > 0 ? given.at("inner") : given.at("hidden");
    setup.parameters = schema.validate(own);
    return setup;
}

} // namespace

TextSasRec::TextSasRec(const std::string& name, const ModelSetup& setup)
    : SasRec(name, textUserSetup(setup), ItemTable::Computed)
{
    m_setup = setup;
}

void TextSasRec::finish()
{
    m_start = m_parameters.truncatedNormal("start_token.weight", {1, shape.width});
    m_parameters.freeze(); // again, with the item encoder
}

Tensor TextSasRec::itemVectors(const Tensor& items) const
{
    const Tensor isStart = nn::sentTo(m_start.device(), (items == startToken()).unsqueeze(1));
    return torch::where(isStart, m_start, readItems(items.cpu()));
}

Tensor TextSasRec::itemTable() const
{
    const ItemRows own = scoredItems({});
    return (own.defined() ? own : scoredItems(allItemVectors())).whole();
}

Tensor TextSasRec::inputRows(const Tensor& items, ForwardContext& context) const
{
    return context.items().defined() ? context.items().of(items) : itemVectors(items);
}

const FixedTensors& keptTexts(const ModelSetup& setup)
{
    if (!setup.fixed)
        throw Error(ErrorKind::Input, "the run has no texts of its items", "restore the run's weights, or train again");
    return *setup.fixed;
}

namespace schema {

ParameterSchema textUser(const std::string& norm)
{
    return ParameterSchema({
        integer("hidden", "Width", 64, 4, 1024, "dims", "Width of item vectors and hidden layers"),
        integer("layers", "Layers", 2, 1, 32, "", "Attention layers"),
        integer("heads", "Heads", 1, 1, 16, "", "Attention heads of each layer"),
        integer("inner", "Feed-forward", 0, 0, 8192, "dims", "Inner width; 0 = the width"),
        real("dropout", "Dropout", 0.2, 0.0, 0.95, "After the embedding and each sublayer; 0.5 in SRT's paper"),
        real("attention_dropout", "Attention dropout", 0.0, 0.0, 0.95, "On the attention weights"),
        choice("norm", "LayerNorm", norm, {"post", "pre"}, "After each sublayer as SRT's paper; before for depth"),
    });
}

ParameterSchema itemTexts()
{
    const std::string group = "Item text";
    return ParameterSchema({
        text("tokenizer", "Tokenizer",
            "A tokenizer.json whose pieces are read, in place of a vocabulary that is learned", group),
        integer("pieces", "Pieces", 30000, 16, 1000000, "pieces",
            "Most pieces of the vocabulary that is learned from the catalogue's words", group),
        integer("title_pieces", "Title", 40, 1, 512, "pieces", "Most pieces of a title", group),
        integer("brand_pieces", "Brand", 8, 1, 512, "pieces", "Most pieces of a brand", group),
    });
}

ParameterSchema textLosses(const Json& defaults, const std::vector<std::string>& kinds)
{
    const LossDefaults sampled{.loss = "sampled_softmax"};
    std::vector<Parameter> parameters = withDefaults(losses(sampled), defaults).parameters();
    for (Parameter& p : parameters)
        if (p.name == "loss")
            p.choices = kinds;
    return ParameterSchema(std::move(parameters));
}

} // namespace schema

} // namespace recoscope
