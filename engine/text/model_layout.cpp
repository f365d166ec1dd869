// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/model_layout.h"

namespace recoscope {

namespace {

using Start = TextTensor::Start;

class Layout {
public:
    void add(const std::string& name, std::vector<std::int64_t> shape, Start start = Start::Drawn)
    {
        tensors.push_back({name, std::move(shape), name, 0, start});
    }
    void words(const std::string& name, const TextModelConfig& c)
    {
        if (c.vocabulary > 0)
            add(name, {c.vocabulary, c.width});
    }
    void norm(const std::string& name, std::int64_t width)
    {
        add(name + ".weight", {width}, Start::Ones);
        add(name + ".bias", {width}, Start::Zeros);
    }
    void linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias = true)
    {
        add(name + ".weight", {out, in});
        if (bias)
            add(name + ".bias", {out}, Start::Zeros);
    }
    // GPT-2 stores its matrices as [in, out].
    void flipped(const std::string& name, std::int64_t in, std::int64_t out)
    {
        add(name + ".weight", {in, out});
        add(name + ".bias", {out}, Start::Zeros);
    }

    struct Part {
        const char* name;
        std::int64_t rows;
    };
    // Linear layers of the same input as one parameter `ours`, rows below each other.
    void fused(const std::string& prefix, std::initializer_list<Part> parts, const std::string& ours, std::int64_t in,
        bool bias)
    {
        for (const bool weight : {true, false}) {
            if (!weight && !bias)
                continue;
            const std::string kind = weight ? ".weight" : ".bias";
            std::int64_t row = 0;
            for (const Part& part : parts) {
                TextTensor t{prefix + part.name + kind, {part.rows}, prefix + ours + kind, row};
                if (weight)
                    t.shape.push_back(in);
                else
                    t.start = Start::Zeros;
                tensors.push_back(t);
                row += part.rows;
            }
        }
    }

    std::vector<TextTensor> tensors;
};

void addBert(Layout& layout, const TextModelConfig& c)
{
    const std::int64_t d = c.width, attended = c.heads * c.headWidth;
    layout.words("embeddings.word_embeddings.weight", c);
    layout.add("embeddings.position_embeddings.weight", {c.positions, d});
    layout.add("embeddings.token_type_embeddings.weight", {c.segments, d});
    layout.norm("embeddings.LayerNorm", d);
    for (std::int64_t i = 0; i < c.layers; ++i) {
        const std::string layer = "encoder.layer." + std::to_string(i) + ".";
        layout.fused(
            layer + "attention.self.", {{"query", attended}, {"key", attended}, {"value", attended}}, "qkv", d, true);
        layout.linear(layer + "attention.output.dense", d, attended);
        layout.norm(layer + "attention.output.LayerNorm", d);
        layout.linear(layer + "intermediate.dense", c.inner, d);
        layout.linear(layer + "output.dense", d, c.inner);
        layout.norm(layer + "output.LayerNorm", d);
    }
    if (c.pooler)
        layout.linear("pooler.dense", d, d);
}

void addGpt2(Layout& layout, const TextModelConfig& c)
{
    const std::int64_t d = c.width, attended = c.heads * c.headWidth;
    layout.words("wte.weight", c);
    layout.add("wpe.weight", {c.positions, d});
    for (std::int64_t i = 0; i < c.layers; ++i) {
        const std::string layer = "h." + std::to_string(i) + ".";
        layout.norm(layer + "ln_1", d);
        layout.flipped(layer + "attn.c_attn", d, 3 * attended);
        layout.flipped(layer + "attn.c_proj", attended, d);
        layout.norm(layer + "ln_2", d);
        layout.flipped(layer + "mlp.c_fc", d, c.inner);
        layout.flipped(layer + "mlp.c_proj", c.inner, d);
    }
    layout.norm("ln_f", d);
}

void addLlama(Layout& layout, const TextModelConfig& c)
{
    const std::int64_t d = c.width, queries = c.heads * c.headWidth, keys = c.keyHeads * c.headWidth;
    layout.words("embed_tokens.weight", c);
    for (std::int64_t i = 0; i < c.layers; ++i) {
        const std::string layer = "layers." + std::to_string(i) + ".";
        layout.add(layer + "input_layernorm.weight", {d}, Start::Ones);
        layout.fused(
            layer + "self_attn.", {{"q_proj", queries}, {"k_proj", keys}, {"v_proj", keys}}, "qkv", d, c.queryBias);
        layout.linear(layer + "self_attn.o_proj", d, queries, c.outputBias);
        layout.add(layer + "post_attention_layernorm.weight", {d}, Start::Ones);
        layout.fused(layer + "mlp.", {{"gate_proj", c.inner}, {"up_proj", c.inner}}, "gate_up", d, c.innerBias);
        layout.linear(layer + "mlp.down_proj", d, c.inner, c.innerBias);
    }
    layout.add("norm.weight", {d}, Start::Ones);
}

} // namespace

std::vector<TextTensor> textTensors(const TextModelConfig& config)
{
    Layout layout;
    switch (config.family) {
    case TextFamily::Bert: addBert(layout, config); return layout.tensors;
    case TextFamily::Gpt2: addGpt2(layout, config); break;
    case TextFamily::Llama:
    case TextFamily::Qwen2: addLlama(layout, config); break;
    }
    if (!config.tied && config.head && config.vocabulary > 0) {
        layout.add("lm_head.weight", {config.vocabulary, config.width});
        layout.tensors.back().prefixed = false;
    }
    return layout.tensors;
}

const char* textPrefix(TextFamily family)
{
    switch (family) {
    case TextFamily::Bert: return "bert.";
    case TextFamily::Gpt2: return "transformer.";
    case TextFamily::Llama:
    case TextFamily::Qwen2: break;
    }
    return "model.";
}

bool isLeftOver(const TextModelConfig& config, const std::string& name)
{
    for (const char* head : {"classifier.", "qa_outputs.", "score."})
        if (name.starts_with(head))
            return true;
    switch (config.family) {
    case TextFamily::Bert:
        return name == "embeddings.position_ids" || name.starts_with("cls.") || name.starts_with("pooler.");
    case TextFamily::Gpt2:
        return name == "lm_head.weight" || name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
    case TextFamily::Llama:
    case TextFamily::Qwen2: return name == "lm_head.weight" || name.ends_with(".rotary_emb.inv_freq");
    }
    return false;
}

} // namespace recoscope
