// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/text_families.h"
#include "engine/nn/text_layers.h"

namespace recoscope::nn {

using torch::Tensor;

Gpt2Network::Gpt2Network(
    Parameters& parameters, const std::string& prefix, const TextModelConfig& config, const TextNetworkOptions& options)
    : TextNetwork(parameters, prefix, config, options)
    , m_positions(parameter("wpe.weight"))
    , m_finalNorm(norm("ln_f"))
{
    for (std::int64_t i = 0; i < config.layers; ++i) {
        const std::string at = "h." + std::to_string(i) + ".";
        m_layers.push_back({norm(at + "ln_1"), norm(at + "ln_2"), linear(at + "attn.c_attn"),
            linear(at + "attn.c_proj"), linear(at + "mlp.c_fc"), linear(at + "mlp.c_proj")});
    }
}

Tensor Gpt2Network::hiddenFrom(const Tensor& vectors, const TextBatch& batch, ForwardContext& context) const
{
    Tensor x = vectors + nn::embedding(m_positions, batch.positions);
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        x = forward(i, x, batch, context);
        context.hidden(static_cast<int>(i), x);
    }
    return m_finalNorm(x);
}

Tensor Gpt2Network::forward(std::size_t index, const Tensor& x, const TextBatch& batch, ForwardContext& context) const
{
    const Layer& layer = m_layers[index];
    const auto flipped = [](const Linear& l, const Tensor& rows) { return torch::addmm(l.bias, rows, l.weight); };
    const Tensor mixed = attend(index, flipped(layer.qkv, layer.attentionNorm(x)), batch);
    const Tensor z = x + dropped(flipped(layer.out, mixed), context);
    const Tensor inner = activate(flipped(layer.up, layer.innerNorm(z)), m_config.activation);
    return z + dropped(flipped(layer.down, inner), context);
}

} // namespace recoscope::nn
