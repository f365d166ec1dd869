// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/model_config.h"

#include <algorithm>
#include <iterator>

#include "engine/core/error.h"
#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

constexpr std::int64_t largestSize = std::int64_t(1) << 24; // vocabulary, widths, positions: far beyond real ones
constexpr std::int64_t mostLayers = 1024;

[[noreturn]] void failConfig(const std::string& origin, const std::string& what)
{
    throw Error(
        ErrorKind::Input, origin + ": " + what, "use the folder of a BERT, Llama, Qwen2 or GPT-2 model as published");
}

// Typed reading of one config.json.
class Fields {
public:
    Fields(const Json& json, const std::string& origin)
        : m_json(json)
        , m_origin(origin)
    {
    }

    bool has(const char* key) const { return hasField(m_json, key); }
    std::int64_t size(const char* key, std::int64_t otherwise = 0, std::int64_t largest = largestSize) const
    {
        const std::int64_t value = integerOf(m_json, key, m_origin, otherwise);
        if (value < 1 || value > largest)
            failConfig(m_origin,
                std::string("`") + key + "` is " + (has(key) ? std::to_string(value) : "missing") + ", expected 1 to "
                    + std::to_string(largest));
        return value;
    }
    double number(const char* key, double otherwise) const
    {
        if (!has(key))
            return otherwise;
        if (!m_json.at(key).is_number())
            failConfig(m_origin, std::string("`") + key + "` is not a number");
        return m_json.at(key).get<double>();
    }
    double positive(const char* key, double otherwise) const
    {
        const double value = number(key, otherwise);
        if (!(value > 0.0 && value < 1e30))
            failConfig(m_origin, std::string("`") + key + "` must be above 0");
        return value;
    }
    bool flag(const char* key, bool otherwise) const { return flagOf(m_json, key, m_origin, otherwise); }
    std::string text(const char* key, const std::string& otherwise) const
    {
        return textOf(m_json, key, m_origin, otherwise);
    }
    // A switch that only has meaning with one value here.
    void only(const char* key, bool value) const
    {
        if (flag(key, value) != value)
            failConfig(m_origin,
                std::string("`") + key + "` is " + (value ? "false" : "true") + ", which is not computed here");
    }
    Fields part(const char* key) const { return {fieldOf(m_json, key, m_origin), m_origin + ": " + key}; }
    [[noreturn]] void fail(const std::string& what) const { failConfig(m_origin, what); }

private:
    const Json& m_json;
    std::string m_origin;
};

TextActivation readActivation(const Fields& fields, const char* key, const char* otherwise)
{
    struct Name {
        const char* name;
        TextActivation activation;
    };
    constexpr Name names[] = {{"gelu", TextActivation::Gelu}, {"gelu_new", TextActivation::GeluTanh},
        {"gelu_pytorch_tanh", TextActivation::GeluTanh}, {"gelu_fast", TextActivation::GeluTanh},
        {"relu", TextActivation::Relu}, {"silu", TextActivation::Silu}, {"swish", TextActivation::Silu}};
    const std::string text = fields.text(key, otherwise);
    const auto* found
        = std::find_if(std::begin(names), std::end(names), [&text](const Name& name) { return text == name.name; });
    if (found == std::end(names))
        fields.fail("the activation \"" + text + "\" is not known; known: gelu, gelu_new, relu, silu");
    return found->activation;
}

void readHeads(const Fields& fields, TextModelConfig& c, const char* headsKey)
{
    c.heads = fields.size(headsKey, 0, 65536);
    c.keyHeads = c.heads;
    if (fields.has("head_dim")) {
        c.headWidth = fields.size("head_dim");
        return;
    }
    if (c.width % c.heads != 0)
        fields.fail(
            "the width " + std::to_string(c.width) + " is not a multiple of " + std::to_string(c.heads) + " heads");
    c.headWidth = c.width / c.heads;
}

TextModelConfig readBert(const Fields& fields)
{
    TextModelConfig c;
    c.family = TextFamily::Bert;
    c.vocabulary = fields.size("vocab_size");
    c.width = fields.size("hidden_size");
    c.inner = fields.size("intermediate_size");
    c.layers = fields.size("num_hidden_layers", 0, mostLayers);
    c.positions = fields.size("max_position_embeddings");
    c.segments = fields.size("type_vocab_size", 2);
    c.epsilon = fields.positive("layer_norm_eps", 1e-12);
    c.activation = readActivation(fields, "hidden_act", "gelu");
    readHeads(fields, c, "num_attention_heads");
    if (const std::string kind = fields.text("position_embedding_type", "absolute"); kind != "absolute")
        fields.fail("positions of the kind \"" + kind + "\" are not computed here, only absolute ones");
    fields.only("is_decoder", false);
    fields.only("add_cross_attention", false);
    return c;
}

TextModelConfig readGpt2(const Fields& fields)
{
    TextModelConfig c;
    c.family = TextFamily::Gpt2;
    c.vocabulary = fields.size("vocab_size");
    c.width = fields.size("n_embd");
    c.inner = fields.size("n_inner", 4 * c.width);
    c.layers = fields.size("n_layer", 0, mostLayers);
    c.positions = fields.size("n_positions");
    c.epsilon = fields.positive("layer_norm_epsilon", 1e-5);
    c.activation = readActivation(fields, "activation_function", "gelu_new");
    c.tied = fields.flag("tie_word_embeddings", true);
    readHeads(fields, c, "n_head");
    fields.only("scale_attn_weights", true);
    fields.only("scale_attn_by_inverse_layer_idx", false);
    fields.only("add_cross_attention", false);
    return c;
}

void readRotaryScaling(const Fields& scaling, RotaryConfig& rotary)
{
    const std::string kind = scaling.text("rope_type", scaling.text("type", "default"));
    if (kind == "default")
        return;
    if (kind != "linear" && kind != "llama3")
        scaling.fail("rotary scaling of the kind \"" + kind + "\" is not known; known: default, linear, llama3");
    rotary.scaling = kind == "linear" ? RotaryConfig::Scaling::Linear : RotaryConfig::Scaling::Llama3;
    rotary.factor = scaling.positive("factor", 1.0);
    rotary.lowFrequency = scaling.positive("low_freq_factor", 1.0);
    rotary.highFrequency = scaling.positive("high_freq_factor", 4.0);
    rotary.originalPositions = scaling.size("original_max_position_embeddings", 8192);
    if (rotary.highFrequency <= rotary.lowFrequency)
        scaling.fail("`high_freq_factor` must be above `low_freq_factor`");
}

RotaryConfig readRotary(const Fields& fields)
{
    RotaryConfig rotary;
    rotary.base = fields.positive("rope_theta", 10000.0);
    for (const char* place : {"", "rope_scaling", "rope_parameters"})
        if (const Fields at = *place && fields.has(place) ? fields.part(place) : fields;
            at.number("partial_rotary_factor", 1.0) != 1.0)
            at.fail("`partial_rotary_factor` is not 1: heads that turn in part are not computed here");
    if (fields.has("rope_scaling"))
        readRotaryScaling(fields.part("rope_scaling"), rotary);
    if (fields.has("rope_parameters")) { // the newer place of both
        const Fields parameters = fields.part("rope_parameters");
        rotary.base = parameters.positive("rope_theta", rotary.base);
        readRotaryScaling(parameters, rotary);
    }
    return rotary;
}

TextModelConfig readLlama(const Fields& fields, TextFamily family)
{
    TextModelConfig c;
    c.family = family;
    c.vocabulary = fields.size("vocab_size");
    c.width = fields.size("hidden_size");
    c.inner = fields.size("intermediate_size");
    c.layers = fields.size("num_hidden_layers", 0, mostLayers);
    c.positions = fields.size("max_position_embeddings", 2048);
    c.epsilon = fields.positive("rms_norm_eps", 1e-6);
    c.activation = readActivation(fields, "hidden_act", "silu");
    c.tied = fields.flag("tie_word_embeddings", false);
    readHeads(fields, c, "num_attention_heads");
    c.keyHeads = fields.size("num_key_value_heads", c.heads, 65536);
    if (c.heads % c.keyHeads != 0)
        fields.fail(std::to_string(c.heads) + " heads of queries cannot share " + std::to_string(c.keyHeads)
            + " heads of keys");
    if (c.headWidth % 2 != 0)
        fields.fail("a head of " + std::to_string(c.headWidth) + " dims has no halves to rotate");
    c.rotary = readRotary(fields);
    const bool qwen = family == TextFamily::Qwen2;
    c.queryBias = qwen || fields.flag("attention_bias", false);
    c.outputBias = !qwen && fields.flag("attention_bias", false);
    c.innerBias = !qwen && fields.flag("mlp_bias", false);
    fields.only("use_sliding_window", false);
    return c;
}

} // namespace

const char* textFamilyName(TextFamily family)
{
    switch (family) {
    case TextFamily::Bert: return "bert";
    case TextFamily::Gpt2: return "gpt2";
    case TextFamily::Llama: return "llama";
    case TextFamily::Qwen2: return "qwen2";
    }
    return "";
}

TextModelConfig readTextConfig(const Json& json, const std::string& origin)
{
    if (!json.is_object())
        failConfig(origin, "it is not a JSON object");
    const Fields fields(json, origin);
    if (fields.has("quantization_config"))
        fields.fail("quantised weights are not read; take the model's folder with full ones");
    const std::string type = fields.text("model_type", "");
    if (type == "bert")
        return readBert(fields);
    if (type == "gpt2")
        return readGpt2(fields);
    if (type == "llama")
        return readLlama(fields, TextFamily::Llama);
    if (type == "qwen2")
        return readLlama(fields, TextFamily::Qwen2);
    fields.fail(type.empty() ? "`model_type` is missing"
                             : "the architecture \"" + type + "\" is not known; known: bert, gpt2, llama, qwen2");
}

} // namespace recoscope
