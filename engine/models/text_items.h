// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The catalogue's items through a text model that is trained with the rest: the pieces of the title, those of the brand
// and the item token, in this order, one vector an item. Pieces of the two fields have rows of their own. Or the
// vectors that a file gave, which stay as they are.
#pragma once

#include <optional>

#include "engine/core/schema.h"
#include "engine/models/item_pieces.h"
#include "engine/models/item_text_model.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

// The decoder that reads texts of a vocabulary of so many rows; keys of schema::itemTextModel(), schema::itemTexts()
// and, where the model has them, schema::decoder().
TextModelConfig itemReader(const Json& parameters, std::int64_t rows, std::int64_t width, std::int64_t heads);

class TextItems {
public:
    // `width` and `heads` of the text model; the other keys are those of schema::itemTextModel(). Reads setup.fixed.
    TextItems(Parameters& parameters, const ModelSetup& setup, std::int64_t width, std::int64_t heads);

    // Items [n] int32, each 0..V (the start token has no words) -> [n, width()]. Their texts are put together by the
    // processor.
    torch::Tensor operator()(const torch::Tensor& items) const;
    // Operations of reading item i `reads[i]` times, [V+1]; none for given vectors.
    FlopCount flops(std::span<const double> reads) const;
    // Those of a projection of the vectors to `width`, which hands no gradient on to given ones.
    FlopCount adapterFlops(std::span<const double> reads, double width) const;
    bool areGiven() const { return m_given.defined(); }
    std::int64_t width() const { return areGiven() ? m_given.size(1) : m_model->network().config().width; }

private:
    nn::TextBatch textsOf(const torch::Tensor& items) const;

    torch::Tensor m_given; // [V+1, width], zeros for the start token; or undefined
    FieldPieces m_titles, m_brands;
    std::optional<ItemTextModel> m_model;
};

// For descriptors of models with the keys of schema::itemTextModel(): what they keep of the catalogue, and the check
// that the file of given vectors is there and fits.
FixedTensors keptOfItems(const PreparedData& data, const Json& parameters, const FixedTensors* source);
void requireItemVectors(const Json& parameters, const DataFacts& data);

namespace schema {

// item_vectors, item_layers, item_inner, pooling.
ParameterSchema itemTextModel();
// key_heads, norm_epsilon, rotary_base.
ParameterSchema decoder();

} // namespace schema

} // namespace recoscope
