// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// From an item's text to its vector (HLLM, Chen et al. 2024): a decoder reads the text and a learned token behind it;
// what it makes of that token, or the mean of what it makes of all, is the vector. Parameters belong to the caller's
// set: item_token, item.*.
#pragma once

#include <memory>

#include "engine/nn/text_network.h"
#include "engine/scaling/flops.h"

namespace recoscope {

enum class ItemPooling { Token, Mean };

class ItemTextModel {
public:
    ItemTextModel(Parameters& parameters, TextModelConfig config, const nn::TextNetworkOptions& options = {},
        ItemPooling pooling = ItemPooling::Token);

    // Texts that end with a slot for the item token (whatever id stands there): [texts, D]. They may be of the
    // processor.
    torch::Tensor operator()(const nn::TextBatch& texts, ForwardContext& context) const;

    const nn::TextNetwork& network() const { return *m_network; }

private:
    ItemPooling m_pooling;
    torch::Tensor m_token; // [1, D]
    std::unique_ptr<nn::TextNetwork> m_network;
};

// The layers of a small decoder, as operations are counted.
SasRecSizes decoderSizes(const TextModelConfig& config);

// Error{Usage} for heads that do not divide the width into even parts, as rotary positions need them.
void requireEvenHeads(std::int64_t width, std::int64_t heads);

// A decoder in the way of Llama: RMS norms, rotary positions, gated MLP, no biases.
struct DecoderShape {
    std::int64_t vocabulary = 0; // 0: it reads vectors
    std::int64_t width = 0, inner = 0, layers = 0, heads = 0; // inner 0: twice the width
    std::int64_t keyHeads = 0; // of keys and values; 0: as many as heads
    std::int64_t positions = 0;
    double epsilon = 1e-5, rotaryBase = 10000.0;

    // Key heads, epsilon and base as schema::decoder() has them, where the parameters do.
    void takeForm(const Json& parameters);
};
// Errors of requireEvenHeads; Error{Usage} for heads that the key heads do not divide.
TextModelConfig decoderConfig(const DecoderShape& shape);

} // namespace recoscope
