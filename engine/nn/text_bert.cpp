// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "engine/nn/text_families.h"
#include "engine/nn/text_layers.h"

namespace recoscope::nn {

using torch::Tensor;

BertNetwork::BertNetwork(
    Parameters& parameters, const std::string& prefix, const TextModelConfig& config, const TextNetworkOptions& options)
    : TextNetwork(parameters, prefix, config, options)
    , m_positions(parameter("embeddings.position_embeddings.weight"))
    , m_segments(parameter("embeddings.token_type_embeddings.weight"))
    , m_inputNorm(norm("embeddings.LayerNorm"))
    , m_pooler(linear("pooler.dense"))
{
    for (std::int64_t i = 0; i < config.layers; ++i) {
        const std::string at = "encoder.layer." + std::to_string(i) + ".";
        m_layers.push_back({linear(at + "attention.self.qkv"), linear(at + "attention.output.dense"),
            linear(at + "intermediate.dense"), linear(at + "output.dense"), norm(at + "attention.output.LayerNorm"),
            norm(at + "output.LayerNorm")});
    }
}

Tensor BertNetwork::hiddenFrom(const Tensor& vectors, const TextBatch& batch, ForwardContext& context) const
{
    const Tensor segments
        = batch.segments.defined() ? nn::embedding(m_segments, batch.segments) : m_segments.slice(0, 0, 1);
    Tensor x = m_inputNorm(vectors + nn::embedding(m_positions, batch.positions) + segments);
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        x = forward(i, x, batch, context);
        context.hidden(static_cast<int>(i), x);
    }
    return x;
}

Tensor BertNetwork::forward(std::size_t index, const Tensor& x, const TextBatch& batch, ForwardContext& context) const
{
    const Layer& layer = m_layers[index];
    const Tensor mixed = attend(index, layer.qkv(x), batch);
    const Tensor z = layer.attentionNorm(dropped(layer.out(mixed), context), x);
    const Tensor fed = layer.down(activate(layer.up(z), m_config.activation));
    return layer.outputNorm(dropped(fed, context), z);
}

Tensor BertNetwork::pooled(const Tensor& hidden, const TextBatch& batch) const
{
    if (!m_config.pooler)
        throw Error(ErrorKind::Usage, "this text model has no pooler", "use its hidden vectors");
    return torch::tanh(m_pooler(hidden.index_select(0, batch.firstRows())));
}

} // namespace recoscope::nn
