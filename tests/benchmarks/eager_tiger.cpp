// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/benchmarks/eager_tiger.h"

#include <cmath>

#include "engine/core/error.h"

namespace recoscope::bench {

using torch::Tensor;

namespace {

Tensor normed(const nn::Norm& norm, const Tensor& x)
{
    return torch::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, norm.epsilon);
}

Tensor indices(std::span<const std::int32_t> values)
{
    return torch::tensor(std::vector<std::int64_t>(values.begin(), values.end()), torch::kInt64);
}

} // namespace

EagerTigerDecoder::EagerTigerDecoder(const Tiger& model, const PackedView& histories)
    : m_model(model)
{
    std::vector<std::int64_t> tokens;
    for (const std::int32_t item : histories.items) {
        const auto name = model.nameOf(item);
        tokens.insert(tokens.end(), name.begin(), name.end());
    }
    if (std::ssize(tokens) % histories.sequences() != 0)
        throw Error(ErrorKind::Usage, "histories of different lengths", "give equally long ones");
    m_tokens = torch::tensor(tokens, torch::kInt64).view({histories.sequences(), -1});
}

Tensor EagerTigerDecoder::input(const Tensor& tokens, std::int64_t firstPosition) const
{
    const Tensor places = m_model.positions.slice(0, firstPosition, firstPosition + tokens.size(1));
    const double scale = m_model.shape.scaleEmbedding ? std::sqrt(double(m_model.shape.width)) : 1.0;
    return torch::embedding(m_model.itemEmbedding, tokens) * scale + places;
}

Tensor EagerTigerDecoder::layers(Tensor x)
{
    const std::int64_t rows = x.size(0), length = x.size(1), width = x.size(2);
    for (std::size_t i = 0; i < m_model.layers.size(); ++i) {
        const SasRec::Layer& layer = m_model.layers[i];
        Kept& kept = m_kept[i];
        const Tensor parts = layer.qkv(normed(layer.norm1, x))
                                 .view({rows, length, 3, m_model.shape.heads, -1})
                                 .permute({2, 0, 3, 1, 4});
        kept.keys = kept.keys.defined() ? torch::cat({kept.keys, parts[1]}, 2) : parts[1];
        kept.values = kept.values.defined() ? torch::cat({kept.values, parts[2]}, 2) : parts[2];
        const Tensor mixed = torch::scaled_dot_product_attention(
            parts[0], kept.keys, kept.values, {}, 0.0, length > 1); // one token sees all that is kept
        x = x + layer.out(mixed.transpose(1, 2).reshape({rows, length, width}));
        x = x + layer.w2(torch::gelu(layer.w1(normed(layer.norm2, x))));
    }
    return normed(m_model.finalNorm, x.select(1, length - 1));
}

std::span<const float> EagerTigerDecoder::begin()
{
    const torch::InferenceMode guard;
    m_kept.assign(m_model.layers.size(), {});
    return logProbabilities(layers(input(m_tokens, 0)));
}

std::span<const float> EagerTigerDecoder::step(
    std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens)
{
    const torch::InferenceMode guard;
    const Tensor from = indices(parents);
    for (Kept& kept : m_kept)
        kept = {kept.keys.index_select(0, from), kept.values.index_select(0, from)};
    return logProbabilities(layers(input(indices(tokens).unsqueeze(1), m_kept.front().keys.size(2))));
}

std::span<const float> EagerTigerDecoder::logProbabilities(const Tensor& rows)
{
    m_out = torch::log_softmax(torch::mm(rows, m_model.tokenTable().t()), 1).contiguous();
    return {m_out.const_data_ptr<float>(), static_cast<std::size_t>(m_out.numel())};
}

} // namespace recoscope::bench
