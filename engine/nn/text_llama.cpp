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
    const RotaryAngles angles = rotaryAngles(m_config.rotary, m_config.headWidth, batch.positions);
    const AttentionView* view = batch.view.get();
    const RotaryAngles placed = view ? angles.arranged(*view) : angles;
    const auto attended = [&](std::size_t layer, const Tensor& qkv) {
        if (!view)
            return softmaxAttention(qkv, batch.offsets, m_config.heads, {}, true, {}, angles);
        return view->restore(softmaxAttention(arrangeTurning(*view, layer, qkv, angles), view->offsets, m_config.heads,
            {}, true, view->firstQueries, placed));
    };
    const auto shown = [this](const Tensor& rows) { return output(rows); };
    Tensor x = vectors;
    context.hidden(-1, x, shown);
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        x = afterAttention(i, x, attended(i, attentionRows(i, x)), context);
        context.hidden(static_cast<int>(i), x, shown);
    }
    return output(x);
}

Tensor LlamaNetwork::attentionRows(std::size_t layer, const Tensor& x) const
{
    const Layer& l = m_layers[layer];
    return withSharedHeads(l.qkv(rmsNorm(x, l.inputNorm, m_config.epsilon)));
}

Tensor LlamaNetwork::afterAttention(
    std::size_t layer, const Tensor& x, const Tensor& mixed, ForwardContext& context) const
{
    const Layer& l = m_layers[layer];
    const Tensor attended = x + dropped(l.out(mixed), context);
    return attended + dropped(feedForward(l, rmsNorm(attended, l.innerNorm, m_config.epsilon)), context);
}

Tensor LlamaNetwork::output(const Tensor& x) const
{
    return rmsNorm(x, m_finalNorm, m_config.epsilon);
}

Tensor LlamaNetwork::withSharedHeads(const Tensor& qkv) const
{
    const std::int64_t heads = m_config.heads, keyHeads = m_config.keyHeads;
    if (keyHeads == heads)
        return qkv;
    const std::int64_t queries = heads * m_config.headWidth, keys = keyHeads * m_config.headWidth;
    return torch::cat({qkv.slice(1, 0, queries), sharedHeads(qkv.slice(1, queries, queries + keys), keyHeads, heads),
                          sharedHeads(qkv.slice(1, queries + keys), keyHeads, heads)},
        1);
}

Tensor LlamaNetwork::feedForward(const Layer& layer, const Tensor& x) const
{
    const Tensor both = layer.gateUp(x);
    return layer.down(activate(both.slice(1, 0, m_config.inner), m_config.activation) * both.slice(1, m_config.inner));
}

} // namespace recoscope::nn
