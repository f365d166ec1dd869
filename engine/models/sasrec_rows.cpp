// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/sasrec_rows.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/ops.h"

namespace recoscope {

using nn::addTo;
using nn::StepVector;

SasRecRows::SasRecRows(const SasRec& model)
    : shape(model.shape)
{
    if (shape.finalNorm)
        m_finalNorm.load(model.finalNorm);
    if (shape.denseHead)
        m_dense.load(model.headDense);
    const std::int64_t width = shape.width;
    for (const SasRec::Layer& layer : model.layers) {
        LayerWeights& w = m_layers.emplace_back();
        w.norm1.load(layer.norm1);
        w.norm2.load(layer.norm2);
        w.query.load(layer.qkv.weight.slice(0, 0, width), layer.qkv.bias.slice(0, 0, width));
        w.keyValue.load(layer.qkv.weight.slice(0, width), layer.qkv.bias.slice(0, width));
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

std::vector<SasRecRows::Cache> SasRecRows::emptyCaches(std::int64_t expectedRows) const
{
    const auto heads = static_cast<std::size_t>(shape.heads);
    std::vector<Cache> caches(m_layers.size(), {std::vector<StepVector>(heads), std::vector<StepVector>(heads)});
    for (Cache& cache : caches)
        for (std::vector<StepVector>* kept : {&cache.keys, &cache.values})
            for (StepVector& head : *kept)
                head.reserve(static_cast<std::size_t>(expectedRows * shape.width / shape.heads));
    return caches;
}

StepVector SasRecRows::operator()(StepVector rows, std::vector<Cache>& caches, std::int64_t first) const
{
    for (std::size_t i = 0; i < m_layers.size(); ++i)
        rows = layer(m_layers[i], caches[i], rows, {.lastAlone = i + 1 == m_layers.size(), .first = first});
    return head(std::move(rows));
}

StepVector SasRecRows::branches(StepVector rows, std::vector<Cache>& caches, const Pages& seen) const
{
    for (std::size_t i = 0; i < m_layers.size(); ++i)
        rows = layer(m_layers[i], caches[i], rows, {.pages = &seen});
    return head(std::move(rows));
}

StepVector SasRecRows::head(StepVector x) const
{
    if (shape.denseHead) {
        x = m_dense(x);
        nn::gelu(x);
    }
    return shape.finalNorm ? m_finalNorm(x) : x;
}

StepVector SasRecRows::feedForward(const LayerWeights& w, const StepVector& x) const
{
    StepVector inner = w.w1(x);
    if (shape.activation == SasRecActivation::SwiGlu) {
        StepVector other = w.w3(x);
        std::transform(inner.begin(), inner.end(), other.begin(), other.begin(), std::multiplies<>());
        nn::gate(inner, other);
        return w.w2(other);
    }
    if (shape.activation == SasRecActivation::Gelu)
        nn::gelu(inner);
    else
        for (float& value : inner)
            value = std::max(value, 0.0f);
    return w.w2(inner);
}

StepVector SasRecRows::asked(const StepVector& rows, const Reading& reading) const
{
    return reading.lastAlone ? StepVector(rows.end() - shape.width, rows.end()) : rows;
}

StepVector SasRecRows::layer(const LayerWeights& w, Cache& cache, const StepVector& x, const Reading& reading) const
{
    const StepVector own = asked(x, reading);
    if (shape.norm == SasRecNorm::Post) {
        const StepVector z = w.norm1(attend(w, cache, x, x, reading), &own);
        return w.norm2(feedForward(w, z), &z);
    }
    const StepVector normed = w.norm1(x);
    if (shape.norm == SasRecNorm::Query) {
        const StepVector ownNormed = asked(normed, reading);
        StepVector z = w.norm2(attend(w, cache, normed, x, reading), &ownNormed);
        addTo(z, feedForward(w, z));
        return z;
    }
    StepVector z = attend(w, cache, normed, normed, reading);
    if (shape.gated)
        nn::gate(w.gate1(own), z);
    addTo(z, own);
    StepVector fed = feedForward(w, w.norm2(z));
    if (shape.gated)
        nn::gate(w.gate2(z), fed);
    addTo(z, fed);
    return z;
}

StepVector SasRecRows::attend(const LayerWeights& w, Cache& cache, const StepVector& queries, const StepVector& rows,
    const Reading& reading) const
{
    const std::int64_t width = shape.width, dim = width / shape.heads;
    const auto count = static_cast<std::int64_t>(rows.size()) / width;
    const std::int64_t firstAsked = reading.lastAlone ? count - 1 : 0;
    StepVector qkv(static_cast<std::size_t>(count * 3 * width));
    w.query.apply(
        count - firstAsked, queries.data() + firstAsked * width, qkv.data() + firstAsked * 3 * width, 3 * width);
    w.keyValue.apply(count, rows.data(), qkv.data() + width, 3 * width);
    for (std::int64_t h = 0; h < shape.heads; ++h)
        for (std::int64_t r = 0; r < count; ++r) {
            const auto key = qkv.begin() + r * 3 * width + width + h * dim, value = key + width;
            cache.keys[h].insert(cache.keys[h].end(), key, key + dim);
            cache.values[h].insert(cache.values[h].end(), value, value + dim);
        }
    const StepVector result = mixed(qkv, cache, reading);
    return shape.outputProjection ? w.out(result) : result;
}

// The values that the asked rows of `qkv`, the newest ones of the cache, attend to.
StepVector SasRecRows::mixed(const StepVector& qkv, const Cache& cache, const Reading& reading) const
{
    if (reading.pages)
        return mixedPages(qkv, cache, *reading.pages);
    const std::int64_t width = shape.width, dim = width / shape.heads;
    const auto count = static_cast<std::int64_t>(qkv.size()) / (3 * width);
    kernels::CachedAttention a;
    a.rows = reading.lastAlone ? 1 : count;
    a.events = static_cast<std::int64_t>(cache.keys.front().size()) / dim - reading.first;
    a.headDim = dim;
    a.scale = 1.0f / std::sqrt(static_cast<float>(dim));
    a.queryStride = 3 * width;
    a.outputStride = width;
    StepVector out(static_cast<std::size_t>(a.rows * width));
    for (std::int64_t h = 0; h < shape.heads; ++h) {
        a.query = qkv.data() + (count - a.rows) * 3 * width + h * dim;
        a.keys = cache.keys[h].data() + reading.first * dim;
        a.values = cache.values[h].data() + reading.first * dim;
        a.output = out.data() + h * dim;
        kernels::cachedAttention(a);
    }
    return out;
}

StepVector SasRecRows::mixedPages(const StepVector& qkv, const Cache& cache, const Pages& seen) const
{
    const std::int64_t width = shape.width, dim = width / shape.heads;
    kernels::PagedAttention a;
    a.rows = static_cast<std::int64_t>(qkv.size()) / (3 * width);
    a.kept = static_cast<std::int64_t>(cache.keys.front().size()) / dim;
    a.headDim = dim;
    a.scale = 1.0f / std::sqrt(static_cast<float>(dim));
    a.offsets = seen.offsets;
    a.pages = seen.pages;
    a.queryStride = 3 * width;
    a.outputStride = width;
    StepVector out(static_cast<std::size_t>(a.rows * width));
    for (std::int64_t h = 0; h < shape.heads; ++h) {
        a.query = qkv.data() + h * dim;
        a.keys = cache.keys[h].data();
        a.values = cache.values[h].data();
        a.output = out.data() + h * dim;
        kernels::pagedAttention(a);
    }
    return out;
}

} // namespace recoscope
