// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/item_text_model.h"

#include "engine/core/error.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

ItemTextModel::ItemTextModel(
    Parameters& parameters, TextModelConfig config, const nn::TextNetworkOptions& options, ItemPooling pooling)
    : m_pooling(pooling)
    // Small beside the words: fresh item vectors would else be so alike that a loss counts all negatives as too near.
    , m_token(parameters.truncatedNormal("item_token", {1, config.width}, options.decayAll, 0.002))
{
    config.head = false; // nothing is generated
    m_network = nn::makeTextNetwork(parameters, "item.", config, options);
}

Tensor ItemTextModel::operator()(const nn::TextBatch& given, ForwardContext& context) const
{
    const nn::TextBatch texts = nn::onDevice(given, m_token.device());
    const Tensor slots = nn::sentTo(m_token.device(), texts.lastRows());
    const Tensor words = m_network->wordVectors(texts.tokens);
    const Tensor isSlot
        = torch::zeros({texts.length(), 1}, slots.options().dtype(torch::kBool)).index_fill_(0, slots, true);
    const Tensor hidden = m_network->hiddenFrom(torch::where(isSlot, m_token, words), texts, context);
    return m_pooling == ItemPooling::Token ? hidden.index_select(0, slots) : nn::meanRows(hidden, texts);
}

SasRecSizes decoderSizes(const TextModelConfig& config)
{
    SasRecSizes s;
    s.width = static_cast<double>(config.width);
    s.layers = static_cast<double>(config.layers);
    s.inner = static_cast<double>(config.inner);
    s.keyShare = static_cast<double>(config.keyHeads) / static_cast<double>(config.heads);
    s.swiGlu = true;
    return s;
}

void requireEvenHeads(std::int64_t width, std::int64_t heads)
{
    if (width % (2 * heads) != 0)
        throw Error(ErrorKind::Usage,
            "width " + std::to_string(width) + " does not fall into " + std::to_string(heads) + " heads of even width",
            "choose a width that twice the heads divide");
}

void DecoderShape::takeForm(const Json& parameters)
{
    keyHeads = parameters.value("key_heads", keyHeads);
    epsilon = parameters.value("norm_epsilon", epsilon);
    rotaryBase = parameters.value("rotary_base", rotaryBase);
}

TextModelConfig decoderConfig(const DecoderShape& shape)
{
    requireEvenHeads(shape.width, shape.heads);
    TextModelConfig c;
    c.family = TextFamily::Llama;
    c.vocabulary = shape.vocabulary;
    c.width = shape.width;
    c.inner = shape.inner > 0 ? shape.inner : 2 * shape.width;
    c.layers = shape.layers;
    c.heads = shape.heads;
    c.keyHeads = shape.keyHeads > 0 ? shape.keyHeads : shape.heads;
    if (c.heads % c.keyHeads != 0)
        throw Error(ErrorKind::Usage,
            std::to_string(c.heads) + " heads do not fall to " + std::to_string(c.keyHeads) + " heads of keys",
            "choose key_heads that divide heads, or 0");
    c.headWidth = shape.width / shape.heads;
    c.positions = shape.positions;
    c.epsilon = shape.epsilon;
    c.rotary.base = shape.rotaryBase;
    c.activation = TextActivation::Silu;
    c.queryBias = c.outputBias = c.innerBias = false;
    c.head = false;
    return c;
}

} // namespace recoscope
