// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SRT (Zivic et al., SIGIR 2024, "Scaling Sequential Recommendation Models with Transformers"): no table of items; an
// item's vector is computed from the pieces of its title and brand, under SASRec's layers. Equations: docs/models.md.
#include <numeric>

#include "engine/models/item_pieces.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/text_sasrec.h"
#include "engine/nn/functional.h"
#include "engine/nn/transfers.h"

namespace recoscope {

namespace {

using torch::Tensor;

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

    // Sums over the pieces of each item [n] of the processor -> [n, E]. The start token has none.
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
        const auto numbers = [this](const std::vector<std::int32_t>& values) {
            return nn::sentTo(m_table.device(), torch::tensor(values, torch::kInt32));
        };
        return nn::embeddingSum(m_table, numbers(rows), numbers(owners), items.size(0));
    }

private:
    FieldPieces m_pieces;
    Tensor m_table; // [rows, E]
};

class Srt : public TextSasRec {
public:
    explicit Srt(const ModelSetup& setup)
        : TextSasRec("srt", setup)
        , m_titles(m_parameters, keptTexts(setup), "title", setup.items, setup.parameters.at("piece_width"))
        , m_brands(m_parameters, keptTexts(setup), "brand", setup.items, setup.parameters.at("piece_width"))
    {
        const std::int64_t pieces = setup.parameters.at("piece_width");
        m_adapter.weight = m_parameters.xavierUniform("adapter.weight", shape.width, 2 * pieces);
        m_adapter.bias = m_parameters.constant("adapter.bias", {shape.width}, 0.0);
        finish();
    }

    FlopCount itemFlops(std::span<const double> reads) const override
    {
        return srtFlops(srtSizes(), {}, {}, std::accumulate(reads.begin(), reads.end(), 0.0));
    }
    PaperCost paperCost(double samples) const override
    {
        return {srtPaperCompute(srtSizes(), samples, m_setup.parameters.at("negatives")),
            srtSizes().parametersWithoutTokens()};
    }

protected:
    Tensor readItems(const Tensor& items) const override
    {
        return m_adapter(torch::cat({m_titles.sums(items), m_brands.sums(items)}, 1));
    }

private:
    SrtSizes srtSizes() const
    {
        SrtSizes s;
        s.width = static_cast<double>(shape.width);
        s.layers = static_cast<double>(shape.layers);
        s.heads = static_cast<double>(shape.heads);
        s.inner = static_cast<double>(shape.inner);
        s.tokenWidth = m_setup.parameters.at("piece_width");
        s.maxLength = static_cast<double>(m_setup.maxLength);
        return s;
    }

    PieceField m_titles, m_brands;
    nn::Linear m_adapter; // [D, 2E]
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
    d.trainsOnDevice = true;
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<Srt>(setup); };
    d.requireData = requireTitles;
    d.fixedTensors = itemPieces;
    d.embeddings = {"title_pieces.weight", "brand_pieces.weight"};
    d.schema = textUser("post")
        + ParameterSchema(
            {integer("piece_width", "Piece width", 64, 4, 1024, "dims", "Width of the vectors of pieces", "Item text")})
        + itemTexts() + textLosses({{"negatives", 512}, {"popularity_power", 1.0}});
    d.presets = srtPresets();
    return d;
}

} // namespace recoscope
