// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/hstu_rows.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/kernels/ops.h"

namespace recoscope {

using nn::StepVector;

namespace {

StepVector lastRows(const StepVector& rows, std::int64_t count, std::int64_t width)
{
    return StepVector(rows.end() - count * width, rows.end());
}

} // namespace

HstuRows::HstuRows(const Hstu& model)
    : shape(model.shape)
    , m_maxLength(model.setup().maxLength)
{
    for (const Hstu::Layer& layer : model.layers) {
        LayerWeights& w = m_layers.emplace_back();
        w.inputNorm.load(layer.inputNorm);
        w.attentionNorm.load(layer.attentionNorm);
        const torch::Tensor weight = layer.uvqk.detach().t(),
                            bias = layer.uvqkBias.defined() ? layer.uvqkBias : torch::zeros({weight.size(0)});
        w.gate.load(weight.slice(0, 0, shape.valueWidth()), bias.slice(0, 0, shape.valueWidth()));
        w.valueQueryKey.load(weight.slice(0, shape.valueWidth()), bias.slice(0, shape.valueWidth()));
        w.out.load(layer.out);
        if (!shape.relativeBias)
            continue;
        w.positionBias = copyFloats(layer.positionBias);
        w.timeBias = copyFloats(layer.timeBias);
    }
}

StepVector HstuRows::operator()(StepVector rows, std::vector<Cache>& caches, std::span<const std::int64_t> times,
    std::span<const std::int64_t> asked) const
{
    for (std::size_t i = 0; i < m_layers.size(); ++i)
        rows = layer(m_layers[i], caches[i], rows, {times, asked}, i + 1 == m_layers.size());
    return rows;
}

StepVector HstuRows::layer(
    const LayerWeights& w, Cache& cache, const StepVector& x, const Times& times, bool lastAlone) const
{
    const std::int64_t width = shape.width, values = shape.valueWidth();
    const std::int64_t asking = lastAlone ? 1 : static_cast<std::int64_t>(x.size()) / width;
    const StepVector normed = w.inputNorm(x);
    StepVector u = w.gate(lastRows(normed, asking, width)), projected = w.valueQueryKey(normed);
    nn::gate(u, u);
    if (!shape.production)
        nn::gate(projected, projected);
    const StepVector mixedRows = mixed(w, cache, projected, times, asking);
    const StepVector normedMix = w.attentionNorm(mixedRows);
    StepVector gated(normedMix.size());
    std::transform(u.begin(), u.end(), normedMix.begin(), gated.begin(), std::multiplies<>());
    if (shape.concatenate) {
        const StepVector& second = shape.production ? mixedRows : normedMix;
        StepVector all;
        for (std::int64_t first = 0; first < asking * values; first += values)
            for (const StepVector* part : std::array<const StepVector*, 3>{&u, &second, &gated})
                all.insert(all.end(), part->begin() + first, part->begin() + first + values);
        gated = std::move(all);
    }
    StepVector out = lastRows(x, asking, width);
    nn::addTo(out, w.out(gated));
    return out;
}

StepVector HstuRows::mixed(
    const LayerWeights& w, Cache& cache, const StepVector& projected, const Times& times, std::int64_t asking) const
{
    const std::int64_t values = shape.valueWidth(), queries = shape.heads * shape.queryDim, kept = keptFloats();
    const auto events = static_cast<std::int64_t>(times.events.size());
    for (auto row = projected.begin(); row != projected.end(); row += values + 2 * queries) {
        cache.insert(cache.end(), row, row + values);
        cache.insert(cache.end(), row + values + queries, row + values + 2 * queries);
    }
    // The kernel wants rows of one stride: the queries lie behind the events, `asking` rows further than their keys.
    cache.resize(static_cast<std::size_t>((events + asking) * kept));
    for (std::int64_t r = 0; r < asking; ++r)
        std::copy_n(projected.end() - (asking - r) * (values + 2 * queries) + values, queries,
            cache.begin() + (events + r) * kept);
    const std::array<std::int64_t, 2> offsets{0, events};
    const std::int64_t firstQuery = events - asking;
    StepVector all(static_cast<std::size_t>(events * values));
    kernels::HstuAttentionForward a;
    a.offsets = offsets;
    a.heads = shape.heads;
    a.queryDim = shape.queryDim;
    a.valueDim = shape.valueDim;
    a.scale = shape.production ? 1.0f / std::sqrt(static_cast<float>(shape.queryDim)) : 1.0f;
    a.query = cache.data() + asking * kept;
    a.key = cache.data() + values;
    a.value = cache.data();
    a.rowStride = kept;
    if (shape.relativeBias) {
        a.positionBias = w.positionBias.data();
        a.positions = static_cast<std::int64_t>(w.positionBias.size());
        a.timeBias = w.timeBias.data();
        a.timeBuckets = Hstu::timeBuckets;
        a.queryTimes = shape.askedTime ? times.asked.data() : times.events.data();
        a.keyTimes = times.events.data();
    }
    a.normaliser = shape.paddedNormaliser ? static_cast<float>(m_maxLength) : 0.0f;
    a.output = all.data();
    a.firstQueries = {&firstQuery, 1};
    kernels::hstuAttentionForward(a);
    cache.resize(static_cast<std::size_t>(events * kept));
    return lastRows(all, asking, values);
}

} // namespace recoscope
