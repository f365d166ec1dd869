// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a Hugging Face `config.json` says of a text model: family, sizes and the few switches that change what it
// computes. Value type. A switch with a meaning that the engine does not compute is an error, never ignored.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/json.h"

namespace recoscope {

enum class TextFamily { Bert, Gpt2, Llama, Qwen2 };
enum class TextActivation { Gelu, GeluTanh, Relu, Silu };

// Rotary angles: position times base^(-2i/headWidth), i < headWidth/2, all frequencies changed by `scaling`.
struct RotaryConfig {
    enum class Scaling { None, Linear, Llama3 };
    double base = 10000.0;
    Scaling scaling = Scaling::None;
    double factor = 1.0; // both scalings: frequencies are divided by it
    double lowFrequency = 1.0, highFrequency = 4.0; // Llama 3: waves of original/low and more positions are divided
    std::int64_t originalPositions = 8192; // whole, those of original/high and fewer not at all
};

struct TextModelConfig {
    TextFamily family = TextFamily::Bert;
    std::int64_t vocabulary = 0; // 0: no table of words, the network is given vectors
    std::int64_t width = 0; // of hidden vectors
    std::int64_t inner = 0; // of the feed-forward
    std::int64_t layers = 0, heads = 0;
    std::int64_t keyHeads = 0; // heads of keys and values; each serves heads / keyHeads heads of queries
    std::int64_t headWidth = 0;
    std::int64_t positions = 0; // longest text
    std::int64_t segments = 0; // BERT's token types
    double epsilon = 1e-5; // of the norms
    TextActivation activation = TextActivation::Gelu;
    RotaryConfig rotary; // Llama, Qwen2
    bool queryBias = true, outputBias = true,
         innerBias = true; // biases of q, k and v; of attention's output; of the MLP
    bool tied = true; // the language model's output table is the embedding table
    // Parts that a folder may lack; openTextWeights() sets them from what is there.
    bool pooler = true; // BERT: tanh(W h_0 + b)
    bool head = true; // an output table where it is not tied

    bool isEncoder() const { return family == TextFamily::Bert; } // tokens see later ones too
};

// `origin` names the file in messages. Error{Input} for an architecture, a switch or a size that is not known.
TextModelConfig readTextConfig(const Json& json, const std::string& origin);

const char* textFamilyName(TextFamily family); // as `model_type` has it

} // namespace recoscope
