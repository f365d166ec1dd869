// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The visible list of text networks: one file for each architecture. Use makeTextNetwork().
#pragma once

#include "engine/nn/text_network.h"

namespace recoscope::nn {

// Post-norm encoder with learned positions and segments (Devlin et al. 2019).
class BertNetwork : public TextNetwork {
public:
    BertNetwork(Parameters& parameters, const std::string& prefix, const TextModelConfig& config,
        const TextNetworkOptions& options);

    torch::Tensor hiddenFrom(
        const torch::Tensor& vectors, const TextBatch& batch, ForwardContext& context) const override;
    // tanh(W h_0 + b) of each text: [B, D]. Error{Usage} for a model without pooler.
    torch::Tensor pooled(const torch::Tensor& hidden, const TextBatch& batch) const;

private:
    struct Layer {
        Linear qkv, out, up, down;
        Norm attentionNorm, outputNorm;
    };
    torch::Tensor forward(
        std::size_t index, const torch::Tensor& x, const TextBatch& batch, ForwardContext& context) const;

    torch::Tensor m_positions, m_segments;
    Norm m_inputNorm;
    std::vector<Layer> m_layers;
    Linear m_pooler;
};

// Pre-norm decoder with learned positions (Radford et al. 2019). Weights of its linear layers are [in, out].
class Gpt2Network : public TextNetwork {
public:
    Gpt2Network(Parameters& parameters, const std::string& prefix, const TextModelConfig& config,
        const TextNetworkOptions& options);

    torch::Tensor hiddenFrom(
        const torch::Tensor& vectors, const TextBatch& batch, ForwardContext& context) const override;

private:
    struct Layer {
        Norm attentionNorm, innerNorm;
        Linear qkv, out, up, down;
    };
    torch::Tensor forward(
        std::size_t index, const torch::Tensor& x, const TextBatch& batch, ForwardContext& context) const;

    torch::Tensor m_positions;
    std::vector<Layer> m_layers;
    Norm m_finalNorm;
};

// Pre-norm decoder with RMS norms, rotary positions, shared heads of keys and a gated MLP (Touvron et al. 2023); with
// biases on queries, keys and values it is Qwen2.
class LlamaNetwork : public TextNetwork {
public:
    LlamaNetwork(Parameters& parameters, const std::string& prefix, const TextModelConfig& config,
        const TextNetworkOptions& options);

    torch::Tensor hiddenFrom(
        const torch::Tensor& vectors, const TextBatch& batch, ForwardContext& context) const override;

    // The parts of hiddenFrom(), for callers that attend in a way of their own. What a layer's attention reads, with
    // queries and keys still to be turned (nn/rotary.h): [T, 3 * heads * headWidth]; the layer's result for rows x [R,
    // D] that attended to `mixed` [R, heads * headWidth]; and what stands behind the last layer.
    torch::Tensor attentionRows(std::size_t layer, const torch::Tensor& x) const;
    torch::Tensor afterAttention(
        std::size_t layer, const torch::Tensor& x, const torch::Tensor& mixed, ForwardContext& context) const;
    torch::Tensor output(const torch::Tensor& x) const;

private:
    struct Layer {
        torch::Tensor inputNorm, innerNorm;
        Linear qkv, out, gateUp, down;
    };
    // Keys and values as often as queries need them.
    torch::Tensor withSharedHeads(const torch::Tensor& qkv) const;
    torch::Tensor feedForward(const Layer& layer, const torch::Tensor& x) const;

    std::vector<Layer> m_layers;
    torch::Tensor m_finalNorm;
};

} // namespace recoscope::nn
