// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Lite-LLM4Rec (Wang et al., 2024, "Rethinking Large Language Model Architectures for Sequential Recommendations"): a
// text model makes a vector of every item, a second transformer reads the history as such vectors, and an item
// projection head scores all items in one step, so nothing is decoded and no text is read again for a user. Equations:
// docs/models.md.
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/text_items.h"
#include "engine/models/text_sasrec.h"

namespace recoscope {

namespace {

using torch::Tensor;

class LiteLlm4Rec : public TextSasRec {
public:
    explicit LiteLlm4Rec(const ModelSetup& setup)
        : TextSasRec("lite_llm4rec", setup)
        , m_items(m_parameters, setup, setup.parameters.at("item_width"), setup.parameters.at("item_heads"))
        , m_adapter(m_parameters, "adapter", shape.width, m_items.width())
    {
        const std::string head = setup.parameters.at("head");
        if (head == "free")
            m_free = m_parameters.truncatedNormal("head.weight", {setup.items + 1, shape.width});
        if (head == "residual")
            m_residual = m_parameters.constant("head.residual", {setup.items + 1, shape.width}, 0.0, true);
        finish();
    }

    ItemRows scoredItems(const ItemRows& read) const override
    {
        if (m_free.defined())
            return m_free;
        ItemRows rows = read;
        rows.added = m_residual;
        return rows;
    }

    FlopCount itemFlops(std::span<const double> reads) const override
    {
        FlopCount work = m_items.flops(reads);
        work += m_items.adapterFlops(reads, static_cast<double>(shape.width));
        return work;
    }

protected:
    Tensor readItems(const Tensor& items) const override { return m_adapter(m_items(items)); }

private:
    TextItems m_items;
    nn::Linear m_adapter; // [D, E]
    Tensor m_free, m_residual; // [V+1, D] or undefined
};

} // namespace

ModelDescriptor liteLlm4RecDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "lite_llm4rec";
    d.title = "Lite-LLM4Rec";
    d.summary = "A text model reads each item once, a transformer reads histories of such vectors, one step scores all "
                "items.";
    d.paper = "Wang et al., 2024";
    d.hasAttention = true;
    d.hasState = true;
    d.trainsOnDevice = true;
    d.build
        = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<LiteLlm4Rec>(setup); };
    d.requireData = [](const Json& parameters, const DataFacts& data) {
        requireItemVectors(parameters, data);
        if (parameters.at("item_vectors") == "") // else nothing reads
            requireEvenHeads(parameters.at("item_width"), parameters.at("item_heads"));
    };
    d.fixedTensors = keptOfItems;
    d.schema = textUser("pre")
        + ParameterSchema({
            choice("head", "Item head", "tied", {"tied", "residual", "free"},
                "Scores by the text's vector, by it plus a trained vector of each item, or by a trained vector alone, "
                "which knows no item without interactions"),
            integer("item_width", "Item width", 64, 4, 1024, "dims", "Width of the text model", "Item text"),
            integer("item_heads", "Item heads", 2, 1, 16, "", "Attention heads of the text model", "Item text"),
        })
        + itemTextModel() + itemTexts() + textLosses({{"negatives", 512}, {"popularity_power", 1.0}});
    d.presets = liteLlm4RecPresets();
    return d;
}

} // namespace recoscope
