// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM (Chen et al. 2024): an item model reads an item's text and a learned token behind it; what it makes of that
// token is the item's vector. A user model reads item vectors in place of words; what it makes of the last one is to
// be near, in cosine, to the vector of the next item. The user model has no table of words. Parameters belong to the
// caller's set: item_token, logit_scale, item.*, user.*.
#pragma once

#include <memory>

#include "engine/models/item_text_model.h"

namespace recoscope {

class HllmNetwork {
public:
    // Both of one width, decoders. Error{Usage} otherwise.
    HllmNetwork(Parameters& parameters, const TextModelConfig& item, TextModelConfig user,
        const nn::TextNetworkOptions& options = {});

    // Texts that end with a slot for the item token (whatever id stands there): [texts, D].
    torch::Tensor itemVectors(const nn::TextBatch& texts, ForwardContext& context) const
    {
        return m_item(texts, context);
    }
    // Packed histories of item vectors [T, D] -> [T, D], one vector after each item.
    torch::Tensor userVectors(const torch::Tensor& items, const nn::TextBatch& histories, ForwardContext& context) const
    {
        return m_user->hiddenFrom(items, histories, context);
    }
    // InfoNCE, one value a row [M]: logsumexp over the row's positive [M, D] and all of `negatives` [R, D] of
    // cosine times scale, minus the positive's. Negatives with a cosine above `nearPositive` to the row's positive do
    // not count.
    torch::Tensor lossRows(const torch::Tensor& users, const torch::Tensor& positives, const torch::Tensor& negatives,
        double nearPositive = 0.99) const;
    // exp(logit_scale), kept within 1 and 100: [1].
    torch::Tensor logitScale() const;

    const nn::TextNetwork& itemModel() const { return m_item.network(); }
    const nn::TextNetwork& userModel() const { return *m_user; }

private:
    ItemTextModel m_item;
    torch::Tensor m_logitScale; // [1]
    std::unique_ptr<nn::TextNetwork> m_user;
};

} // namespace recoscope
