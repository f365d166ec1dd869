// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/sasrec_rows.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/ops.h"

namespace recoscope {

using nn::addTo;
using nn::StepVector;

namespace {

void attendHead(const float* query, const StepVector& keys, const StepVector& values, std::int64_t dim, float* out)
{
    const auto events = static_cast<std::int64_t>(keys.size()) / dim;
    StepVector weights(events);
    kernels::scoreAll(events, dim, query, keys.data(), nullptr, weights.data());
    const float scale = 1.0f / std::sqrt(static_cast<float>(dim));
    const float maximum = *std::max_element(weights.begin(), weights.end());
    float sum = 0.0f;
    for (float& weight : weights)
        sum += weight = std::exp((weight - maximum) * scale);
    for (std::int64_t t = 0; t < events; ++t)
        for (std::int64_t i = 0; i < dim; ++i)
            out[i] += weights[t] / sum * values[t * dim + i];
}

} // namespace

SasRecRows::SasRecRows(const SasRec& model)
    : shape(model.shape)
{
    if (shape.finalNorm)
        m_finalNorm.load(model.finalNorm);
    for (const SasRec::Layer& layer : model.layers) {
        LayerWeights& w = m_layers.emplace_back();
        w.norm1.load(layer.norm1);
        w.norm2.load(layer.norm2);
        w.qkv.load(layer.qkv);
        if (shape.outputProjection)
            w.out.load(layer.out);
        w.w1.load(layer.w1);
        w.w2.load(layer.w2);
        if (shape.activation == SasRecActivation::SwiGlu)
            w.w3.load(layer.w3);
        if (!shape.gated)
            continue;
        w.gate1.load(layer.gate1);
        w.gate2.load(layer.gate2);
    }
}

std::vector<SasRecRows::Cache> SasRecRows::emptyCaches() const
{
    const auto heads = static_cast<std::size_t>(shape.heads);
    return std::vector<Cache>(m_layers.size(), {std::vector<StepVector>(heads), std::vector<StepVector>(heads)});
}

StepVector SasRecRows::operator()(StepVector x, std::vector<Cache>& caches) const
{
    for (std::size_t i = 0; i < m_layers.size(); ++i)
        x = layer(m_layers[i], caches[i], x);
    return shape.finalNorm ? m_finalNorm(x) : x;
}

StepVector SasRecRows::gate(const nn::StepLinear& linear, const StepVector& raw, StepVector rows) const
{
    if (!shape.gated)
        return rows;
    const StepVector opening = linear(raw);
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i] *= nn::sigmoidOf(opening[i]);
    return rows;
}

StepVector SasRecRows::feedForward(const LayerWeights& w, const StepVector& x) const
{
    StepVector inner = w.w1(x);
    if (shape.activation == SasRecActivation::SwiGlu) {
        const StepVector other = w.w3(x);
        for (std::size_t i = 0; i < inner.size(); ++i)
            inner[i] *= nn::sigmoidOf(inner[i]) * other[i];
    } else if (shape.activation == SasRecActivation::Gelu)
        kernels::geluDropoutForward(static_cast<std::int64_t>(inner.size()), inner.data(), 0.0f, 0, inner.data());
    else
        for (float& value : inner)
            value = std::max(value, 0.0f);
    return w.w2(inner);
}

StepVector SasRecRows::layer(const LayerWeights& w, Cache& cache, const StepVector& x) const
{
    if (shape.norm == SasRecNorm::Post) {
        const StepVector z = w.norm1(attend(w, cache, x, x), &x);
        return w.norm2(feedForward(w, z), &z);
    }
    const StepVector normed = w.norm1(x);
    if (shape.norm == SasRecNorm::Query) {
        StepVector z = w.norm2(attend(w, cache, normed, x), &normed);
        addTo(z, feedForward(w, z));
        return z;
    }
    StepVector z = gate(w.gate1, x, attend(w, cache, normed, normed));
    addTo(z, x);
    addTo(z, gate(w.gate2, z, feedForward(w, w.norm2(z))));
    return z;
}

StepVector SasRecRows::attend(
    const LayerWeights& w, Cache& cache, const StepVector& queries, const StepVector& rows) const
{
    const std::int64_t width = shape.width, heads = shape.heads, dim = width / heads;
    StepVector qkv(3 * width), mixed(width, 0.0f);
    w.qkv.apply(queries, 0, width, qkv.data());
    w.qkv.apply(rows, width, 3 * width, qkv.data() + width);
    for (std::int64_t h = 0; h < heads; ++h) {
        StepVector& keys = cache.keys[h];
        StepVector& values = cache.values[h];
        keys.insert(keys.end(), qkv.begin() + width + h * dim, qkv.begin() + width + (h + 1) * dim);
        values.insert(values.end(), qkv.begin() + 2 * width + h * dim, qkv.begin() + 2 * width + (h + 1) * dim);
        attendHead(qkv.data() + h * dim, keys, values, dim, mixed.data() + h * dim);
    }
    return shape.outputProjection ? w.out(mixed) : mixed;
}

} // namespace recoscope
