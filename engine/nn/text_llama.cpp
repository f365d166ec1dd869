// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/rotary.h"
#include "engine/nn/text_families.h"
#include "engine/nn/text_layers.h"

namespace recoscope::nn {

using torch::Tensor;

LlamaNetwork::LlamaNetwork(
    Parameters& parameters, const std::string& prefix, const TextModelConfig& config, const TextNetworkOptions& options)
    : TextNetwork(parameters, prefix, config, options)
    , m_finalNorm(parameter("norm.weight"))
{
    for (std::int64_t i = 0; i < config.layers; ++i) {
        const std::string at = "layers." + std::to_string(i) + ".";
        m_layers.push_back({parameter(at + "input_layernorm.weight"), parameter(at + "post_attention_layernorm.weight"),
            linear(at + "self_attn.qkv"), linear(at + "self_attn.o_proj"), linear(at + "mlp.gate_up"),
            linear(at + "mlp.down_proj")});
    }
}

Tensor LlamaNetwork::hiddenFrom(const Tensor& vectors, const TextBatch& batch, ForwardContext& context) const
{
    const RotaryAngles angles
        = rotaryAngles(m_config.rotary, m_config.headWidth, batch.positions, vectors.scalar_type());
    const auto output = [this](const Tensor& rows) { return rmsNorm(rows, m_finalNorm, m_config.epsilon); };
    Tensor x = vectors;
    context.hidden(-1, x, output);
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const Layer& layer = m_layers[i];
        const Tensor qkv = layer.qkv(rmsNorm(x, layer.inputNorm, m_config.epsilon));
        x = x + dropped(layer.out(attend(i, turned(qkv, angles), batch)), context);
        x = x + dropped(feedForward(layer, rmsNorm(x, layer.innerNorm, m_config.epsilon)), context);
        context.hidden(static_cast<int>(i), x, output);
    }
    return output(x);
}

Tensor LlamaNetwork::turned(const Tensor& qkv, const RotaryAngles& angles) const
{
    const std::int64_t heads = m_config.heads, keyHeads = m_config.keyHeads;
    const std::int64_t queries = heads * m_config.headWidth, keys = keyHeads * m_config.headWidth;
    const Tensor query = rotate(qkv.slice(1, 0, queries), heads, angles);
    const Tensor key = rotate(qkv.slice(1, queries, queries + keys), keyHeads, angles);
    const Tensor value = qkv.slice(1, queries + keys);
    return torch::cat({query, sharedHeads(key, keyHeads, heads), sharedHeads(value, keyHeads, heads)}, 1);
}

Tensor LlamaNetwork::feedForward(const Layer& layer, const Tensor& x) const
{
    const Tensor both = layer.gateUp(x);
    return layer.down(activate(both.slice(1, 0, m_config.inner), m_config.activation) * both.slice(1, m_config.inner));
}

} // namespace recoscope::nn
