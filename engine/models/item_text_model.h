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

    // Texts that end with a slot for the item token (whatever id stands there): [texts, D].
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

// A decoder in the way of Llama, for training from scratch: RMS norms, rotary positions, gated MLP, no biases.
// `vocabulary` 0: it reads vectors. Errors of requireEvenHeads.
TextModelConfig smallDecoder(std::int64_t vocabulary, std::int64_t width, std::int64_t inner, std::int64_t layers,
    std::int64_t heads, std::int64_t positions);

} // namespace recoscope
