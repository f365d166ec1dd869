// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SRT (Zivic et al., SIGIR 2024, "Scaling Sequential Recommendation Models with Transformers"): no table of items; an
// item's vector is computed from the pieces of its title and brand, under SASRec's layers. Equations: docs/models.md.
#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/item_pieces.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/models/sasrec_network.h"
#include "engine/nn/functional.h"

namespace recoscope {

namespace {

using torch::Tensor;

// SASRec's settings for the user part: the paper's post-norm form, or pre-norm for depth.
ModelSetup userSetup(ModelSetup setup)
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

// The pieces of one field and the table that they are rows of.
class PieceField {
public:
    PieceField(Parameters& parameters, const FixedTensors& fixed, const std::string& field, std::int64_t items,
        std::int64_t width)
        : m_pieces(fieldPieces(fixed, field, items))
        , m_table(
              parameters.truncatedNormal(field + "_pieces.weight", {std::max<std::int64_t>(m_pieces.rows, 1), width}))
    {
    }

    // Sums over the pieces of each item [n] -> [n, E]. The start token has none.
    Tensor sums(const Tensor& items) const
    {
        std::vector<std::int32_t> rows, owners;
        const auto* ids = items.const_data_ptr<std::int32_t>();
        const auto known = static_cast<std::int32_t>(m_pieces.offsets.size()) - 1;
        for (std::int64_t i = 0; i < items.size(0); ++i) {
            if (ids[i] >= known)
                continue;
            for (std::int32_t p = m_pieces.offsets[ids[i]]; p < m_pieces.offsets[ids[i] + 1]; ++p) {
                rows.push_back(m_pieces.pieces[p]);
                owners.push_back(static_cast<std::int32_t>(i));
            }
        }
        return nn::embeddingSum(
            m_table, torch::tensor(rows, torch::kInt32), torch::tensor(owners, torch::kInt32), items.size(0));
    }

private:
    FieldPieces m_pieces;
    Tensor m_table; // [rows, E]
};

const FixedTensors& textsOf(const ModelSetup& setup)
{
    if (!setup.fixed)
        throw Error(ErrorKind::Input, "SRT has no texts of its items", "restore the run's weights, or train again");
    return *setup.fixed;
}

// Without gBCE, which does not train item vectors that share parts: on the sample data it ended below the most popular
// items.
ParameterSchema lossSchema()
{
    const schema::LossDefaults defaults{.loss = "sampled_softmax"};
    const Json ours = {{"negatives", 512}, {"popularity_power", 1.0}};
    std::vector<Parameter> parameters = schema::withDefaults(schema::losses(defaults), ours).parameters();
    for (Parameter& p : parameters)
        std::erase(p.choices, "gbce");
    return ParameterSchema(std::move(parameters));
}

class Srt : public SasRec {
public:
    explicit Srt(const ModelSetup& setup)
        : SasRec("srt", userSetup(setup), ItemTable::Computed)
        , m_titles(m_parameters, textsOf(setup), "title", setup.items, setup.parameters.at("piece_width"))
        , m_brands(m_parameters, textsOf(setup), "brand", setup.items, setup.parameters.at("piece_width"))
    {
        const std::int64_t pieces = setup.parameters.at("piece_width");
        m_adapter.weight = m_parameters.xavierUniform("adapter.weight", shape.width, 2 * pieces);
        m_adapter.bias = m_parameters.constant("adapter.bias", {shape.width}, 0.0);
        m_start = m_parameters.truncatedNormal("start_token.weight", {1, shape.width});
        m_setup = setup;
        m_parameters.freeze(); // again, with the item encoder
    }

    bool computesItems() const override { return true; }
    Tensor inputTable() const override
    {
        const torch::NoGradGuard guard;
        return itemTable();
    }

    Tensor itemVectors(const Tensor& items) const override
    {
        const Tensor encoded = m_adapter(torch::cat({m_titles.sums(items), m_brands.sums(items)}, 1));
        return torch::where((items == startToken()).unsqueeze(1), m_start, encoded);
    }

    // In blocks, as the pieces of a block are gathered at once; with gradients every block's stay.
    Tensor itemTable() const override
    {
        constexpr std::int64_t block = 8192;
        std::vector<Tensor> rows;
        for (std::int64_t begin = 0; begin <= items(); begin += block)
            rows.push_back(itemVectors(torch::arange(begin, std::min(begin + block, items() + 1), torch::kInt32)));
        return torch::cat(rows);
    }

protected:
    Tensor inputRows(const Tensor& items, ForwardContext& context) const override
    {
        return context.items().defined() ? context.items().of(items) : itemVectors(items);
    }

private:
    PieceField m_titles, m_brands;
    nn::Linear m_adapter; // [D, 2E]
    Tensor m_start; // [1, D]
};

} // namespace

ModelDescriptor srtDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "srt";
    d.title = "SRT";
    d.summary
        = "Items are read from the words of their titles and brands, so new items and other catalogues have vectors.";
    d.paper = "Zivic et al., SIGIR 2024";
    d.hasAttention = true;
    d.hasState = true;
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<Srt>(setup); };
    d.requireData = requireTitles;
    d.fixedTensors = itemPieces;
    d.embeddings = {"title_pieces.weight", "brand_pieces.weight"};
    const std::string text = "Item text";
    d.schema
        = ParameterSchema({
              integer("hidden", "Width", 64, 4, 1024, "dims", "Width of item vectors and hidden layers"),
              integer("layers", "Layers", 2, 1, 32, "", "Attention layers"),
              integer("heads", "Heads", 1, 1, 16, "", "Attention heads of each layer"),
              integer("inner", "Feed-forward", 0, 0, 8192, "dims", "Inner width; 0 = the width"),
              real("dropout", "Dropout", 0.2, 0.0, 0.95, "After the embedding and each sublayer; 0.5 in the paper"),
              real("attention_dropout", "Attention dropout", 0.0, 0.0, 0.95, "On the attention weights"),
              choice(
                  "norm", "LayerNorm", "post", {"post", "pre"}, "After each sublayer as published; before for depth"),
              integer("piece_width", "Piece width", 64, 4, 1024, "dims", "Width of the vectors of pieces", text),
              integer("pieces", "Pieces", 30000, 16, 1000000, "pieces",
                  "Most pieces of the vocabulary that is learned from the catalogue's words", text),
              integer("title_pieces", "Title", 40, 1, 512, "pieces", "Most pieces of a title", text),
              integer("brand_pieces", "Brand", 8, 1, 512, "pieces", "Most pieces of a brand", text),
          })
        + lossSchema();
    d.presets = srtPresets();
    return d;
}

} // namespace recoscope
