// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Hugging Face folders of very small text models, with weights from a fixed recurrence.
#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/safetensors.h"
#include "engine/text/model_layout.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

inline Json smallBert()
{
    return {{"model_type", "bert"}, {"vocab_size", 12}, {"hidden_size", 8}, {"intermediate_size", 10},
        {"num_hidden_layers", 2}, {"num_attention_heads", 2}, {"max_position_embeddings", 16}, {"type_vocab_size", 2},
        {"hidden_act", "gelu"}, {"layer_norm_eps", 1e-12}};
}

inline Json smallLlama()
{
    return {{"model_type", "llama"}, {"vocab_size", 12}, {"hidden_size", 8}, {"intermediate_size", 10},
        {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"num_key_value_heads", 2},
        {"max_position_embeddings", 16}, {"rms_norm_eps", 1e-5}, {"tie_word_embeddings", false}};
}

inline Json smallGpt2()
{
    return {
        {"model_type", "gpt2"}, {"vocab_size", 12}, {"n_embd", 8}, {"n_layer", 2}, {"n_head", 2}, {"n_positions", 16}};
}

struct StoredTensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};
using StoredTensors = std::map<std::string, StoredTensor>;

// Every tensor of the layout under its name in files, with small values of both signs.
inline StoredTensors smallWeights(const Json& config, const std::string& prefix)
{
    StoredTensors tensors;
    std::uint32_t state = 7;
    for (const TextTensor& t : textTensors(readTextConfig(config, "config.json"))) {
        std::int64_t count = 1;
        for (const std::int64_t extent : t.shape)
            count *= extent;
        StoredTensor stored{t.shape, std::vector<float>(static_cast<std::size_t>(count))};
        for (float& value : stored.values) {
            state = state * 1664525u + 1013904223u;
            value = static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
            if (t.start == TextTensor::Start::Ones)
                value += 1.0f;
        }
        tensors[(t.prefixed ? prefix : "") + t.theirs] = stored;
    }
    return tensors;
}

inline void writeTensors(const Path& file, const StoredTensors& tensors)
{
    std::map<std::string, TensorView> views;
    for (const auto& [name, stored] : tensors)
        views[name] = {TensorType::F32, stored.shape, std::as_bytes(std::span(stored.values))};
    writeSafetensors(file, views);
}

inline void writeModel(const Path& folder, const Json& config, const StoredTensors& tensors)
{
    writeJson(folder / "config.json", config);
    writeTensors(folder / "model.safetensors", tensors);
}

// Eight words, and [CLS] and [SEP] around a text where `special`.
inline void writeTokenizer(const Path& folder, bool special = true)
{
    Json vocabulary = {{"[PAD]", 0}, {"[UNK]", 1}, {"[CLS]", 2}, {"[SEP]", 3}};
    for (const char* word : {"a", "b", "c", "d", "e", "f", "g", "h"})
        vocabulary[word] = vocabulary.size();
    Json file = {{"version", "1.0"},
        {"model",
            {{"type", "WordPiece"}, {"vocab", vocabulary}, {"unk_token", "[UNK]"}, {"continuing_subword_prefix", "##"},
                {"max_input_chars_per_word", 100}}},
        {"pre_tokenizer", {{"type", "WhitespaceSplit"}}}};
    if (special)
        file["post_processor"] = {{"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}};
    writeJson(folder / "tokenizer.json", file);
}

} // namespace recoscope::test
