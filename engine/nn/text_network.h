// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Text encoders and decoders over packed texts: BERT, GPT-2, Llama and Qwen2, each as `config.json` describes it. No
// token of padding is ever computed. A network keeps its parameters in a set that the caller owns (and freezes where it
// trains), under a prefix of its own, so that several networks train together. Const calls are thread-safe once
// training is over.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/nn/attention_view.h"
#include "engine/nn/forward_context.h"
#include "engine/nn/modules.h"
#include "engine/text/model_layout.h"

namespace recoscope::nn {

// Packed texts. Value type (tensors are shared handles).
struct TextBatch {
    torch::Tensor tokens; // [T] int32
    torch::Tensor offsets; // [B+1] int64
    torch::Tensor positions; // [T] int32, counted from the first token of its text
    torch::Tensor segments; // [T] int32 BERT's token types; undefined: all 0

    std::shared_ptr<const AttentionView> view; // null: every text attends to itself

    std::int64_t texts() const { return offsets.size(0) - 1; }
    std::int64_t length() const { return positions.size(0); }
    torch::Tensor lengths() const { return offsets.diff(); } // [B]
    torch::Tensor firstRows() const { return offsets.slice(0, 0, texts()); } // [B]; no text may be empty
    torch::Tensor lastRows() const { return offsets.slice(0, 1) - 1; }
};
TextBatch makeTextBatch(std::span<const std::span<const std::int32_t>> texts);
// Sequences of given vectors: without tokens, positions 0, 1, ... in each.
TextBatch makeVectorBatch(const torch::Tensor& offsets);
// The texts on a device: everything but the offsets, which stay where the host reads them. Without a view.
TextBatch onDevice(TextBatch texts, torch::Device device);

struct TextNetworkOptions {
    bool drawn = true; // false: values are about to be loaded, so none are drawn
    bool decayAll = false; // weight decay on biases and norms too
    double dropout = 0.0; // of what each sublayer adds, in training
};

class TextNetwork {
public:
    TextNetwork(Parameters& parameters, std::string prefix, const TextModelConfig& config, TextNetworkOptions options);
    virtual ~TextNetwork() = default;
    TextNetwork(const TextNetwork&) = delete;
    TextNetwork& operator=(const TextNetwork&) = delete;

    const TextModelConfig& config() const { return m_config; }
    // Rows of the table of words: [T, D]. Error{Usage} for a network without.
    torch::Tensor wordVectors(const torch::Tensor& tokens) const;
    // [T, D] after the last layer and the norm behind it, where there is one. Records "layer<i>".
    torch::Tensor hidden(const TextBatch& batch, ForwardContext& context) const
    {
        return hiddenFrom(wordVectors(batch.tokens), batch, context);
    }
    // The same from given vectors in place of words. batch.tokens is not read.
    virtual torch::Tensor hiddenFrom(
        const torch::Tensor& vectors, const TextBatch& batch, ForwardContext& context) const = 0;
    // [vocabulary, D] that logits are products with. Error{Usage} for a model without.
    torch::Tensor outputTable() const;

protected:
    // By the layout's names; undefined where it has none.
    torch::Tensor parameter(const std::string& name) const;
    Linear linear(const std::string& name) const; // name.weight, name.bias
    Norm norm(const std::string& name) const;
    torch::Tensor dropped(const torch::Tensor& x, ForwardContext& context) const;
    // Softmax attention of queries, keys and values [T, 3 * heads * headWidth] of a layer.
    torch::Tensor attend(std::size_t layer, const torch::Tensor& qkv, const TextBatch& batch) const;

    TextModelConfig m_config;

private:
    torch::Tensor words() const;

    double m_dropout;
    std::vector<std::pair<std::string, torch::Tensor>> m_parameters; // by ours, without the prefix
};

// Adds the network's parameters to the set.
std::unique_ptr<TextNetwork> makeTextNetwork(Parameters& parameters, const std::string& prefix,
    const TextModelConfig& config, const TextNetworkOptions& options = {});

// Means over the rows of each text: [T, D] -> [B, D]. No text may be empty.
torch::Tensor meanRows(const torch::Tensor& rows, const TextBatch& batch);

} // namespace recoscope::nn
