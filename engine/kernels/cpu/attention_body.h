// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Causal softmax attention of one sequence and head at a time, a block of query rows at a time. A row's scores are kept
// whole, so the softmax is the plain one and the backward recomputes it from the stored log of the sum.
#pragma once

#include "engine/kernels/cpu/attention_tiles.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/philox_body.h"
#include "engine/kernels/cpu/rotary_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// One sequence and head; rows are counted from the start of the sequence.
template <class V> class AttentionPair {
public:
    using F = typename V::F;
    using Tiles = AttentionTiles<V>;
    static constexpr int block = Tiles::block;
    static constexpr int maskRows = 8; // rows that share one group of dropout numbers
    static constexpr int run = Tiles::run;
    static_assert(maskRows % block == 0);

    AttentionPair(const SoftmaxAttentionForward& from, std::int64_t pair)
        : a(from)
        , head(pair % from.heads)
        , start(from.offsets.data()[pair / from.heads])
        , length(from.offsets.data()[pair / from.heads + 1] - start)
        , firstQuery(firstQueryOf(from, pair / from.heads))
        , tiles(length, from.headDim, from.rowStride)
        , columns(tiles.columns)
        , turner{from.rotary, from.headDim / 2}
        , turns(from.rotary.cosine != nullptr)
        , rule(dropoutRule(from.dropout))
    {
    }

    // Columns that row i sees.
    std::int64_t seen(std::int64_t i) const { return a.causal ? i + 1 : length; }

    std::int64_t stripFloats() const { return columns * maskRows; }

    const float* row(const float* base, std::int64_t i) const
    {
        return base + (start + i) * a.rowStride + head * a.headDim;
    }
    // Room for turned rows: a block of queries, and keys in pieces or, where all of them stay, [length, headDim].
    std::int64_t queryFloats() const { return turns ? block * a.headDim : 0; }
    std::int64_t keyFloats(bool stay) const { return turns ? (stay ? columns : run) * a.headDim : 0; }

    // Keys as panels, turned on the way.
    void packKeys(float* panels, float* room, bool stay) const
    {
        if (!turns)
            return tiles.transpose(row(a.key, 0), panels);
        const auto turned = [&](std::int64_t first, std::int64_t count) __attribute__((always_inline))
        {
            float* to = room + (stay ? first * a.headDim : 0);
            for (std::int64_t i = 0; i < count; ++i)
                turner.turn(row(a.key, first + i), turner.position(start, first + i), 1.0f, to + i * a.headDim);
            return to;
        };
        tiles.transposeFrom(turned, a.headDim, panels);
    }

    // The queries of a block, turned in `room` where rows turn.
    void queries(const QueryBlock<V>& rows, float* room, const float* (&query)[block]) const
    {
        for (int r = 0; r < block; ++r) {
            const std::int64_t i = rows.index[r];
            query[r] = row(a.query, i);
            if (!turns)
                continue;
            turner.turn(query[r], turner.position(start, i), 1.0f, room + r * a.headDim);
            query[r] = room + r * a.headDim;
        }
    }

    // Rows [first, first + count) of a gradient of what was turned, `stride` floats apart, to that of the rows given.
    void turnBack(float* rows, std::int64_t first, std::int64_t count, std::int64_t stride) const
    {
        for (std::int64_t i = first; turns && i < first + count; ++i)
            turner.turn(rows + i * stride, turner.position(start, i), -1.0f, rows + i * stride);
    }

    std::int64_t at(std::int64_t i) const { return ((start + i) * a.heads + head) * a.headDim; }
    std::int64_t lse(std::int64_t i) const { return (start + i) * a.heads + head; }

    // x[0 .. count) becomes exp(x - shift), the rest up to `used` zero; returns the sum.
    static float exponentials(float* x, std::int64_t count, std::int64_t used, float shift)
    {
        F sum{};
        rowLoop<V>(0, count, [&](std::int64_t j, auto part) {
            const F e = fillRest<V>(exponential<V>(load<V>(x + j, part) - shift), 0.0f, part);
            store<V>(x + j, e);
            sum += e;
        });
        for (std::int64_t j = (count + V::lanes - 1) / V::lanes * V::lanes; j < used; j += V::lanes)
            store<V>(x + j, F{});
        return sumLanes<V>(sum);
    }

    // Scores to probabilities in place; returns the log of the sum of exponentials.
    static float softmax(float* x, std::int64_t count, std::int64_t used)
    {
        F top = splat<V>(x[0]);
        rowLoop<V>(0, count, [&](std::int64_t j, auto part) {
            const F v = fillRest<V>(load<V>(x + j, part), x[0], part);
            top = v > top ? v : top;
        });
        const float highest = maxLanes<V>(top);
        const float sum = exponentials(x, count, used, highest), inverse = 1.0f / sum;
        for (std::int64_t j = 0; j < used; j += V::lanes)
            store<V>(x + j, load<V>(x + j) * inverse);
        return highest + static_cast<float>(__builtin_log(static_cast<double>(sum)));
    }

    // Makes the factors of a row's group where it begins, in all columns that a block with rows of the group uses.
    void refreshFactors(const QueryBlock<V>& rows, int r, float* factors) const
    {
        const std::int64_t row = rows.first + r, group = row / maskRows * maskRows;
        if (rule.threshold == 0 || r >= rows.live || (row != firstQuery && row != group))
            return;
        const std::int64_t end = group + maskRows + (firstQuery % block == 0 ? 0 : block - 1);
        dropoutFactors(group, a.causal ? smaller(columns, (end + run - 1) / run * run) : columns, factors);
    }

    // Dropout factors of rows [first, first + 8), first a multiple of 8, columns [0, used).
    void dropoutFactors(std::int64_t first, std::int64_t used, float* factors) const
    {
        using U = typename V::U;
        const auto last = static_cast<std::uint32_t>(head + 1 + (start >> 32 << 16));
        for (std::int64_t j = 0; j < used; j += V::lanes) {
            const PhiloxWords<V> words = philox<V>(
                {{laneNumbers<V>() + static_cast<std::uint32_t>(j), U{} + static_cast<std::uint32_t>(first / maskRows),
                    U{} + static_cast<std::uint32_t>(start), U{} + last}},
                a.seed);
#pragma GCC unroll 8
            for (int r = 0; r < maskRows; ++r)
                store<V>(factors + r * columns + j, factorOf<V>(words, r, rule));
        }
    }

    const SoftmaxAttentionForward& a;
    const std::int64_t head, start, length, firstQuery;
    const Tiles tiles;
    const std::int64_t columns;
    const RowTurner<V> turner;
    const bool turns;
    const DropoutRule rule;
};

template <class V> void attentionForward(const SoftmaxAttentionForward& a, std::int64_t begin, std::int64_t end)
{
    using Pair = AttentionPair<V>;
    for (std::int64_t p = begin; p < end; ++p) {
        const Pair pair(a, p);
        if (pair.length == 0)
            continue;
        float* keys = threadScratch(
            pair.tiles.panelFloats() + 2 * pair.stripFloats() + larger(pair.keyFloats(false), pair.queryFloats()));
        float *weights = keys + pair.tiles.panelFloats(), *factors = weights + pair.stripFloats();
        float* turned = factors + pair.stripFloats(); // keys, then queries
        pair.packKeys(keys, turned, false);
        clearRows<V>(a.output + pair.at(0), pair.firstQuery, a.heads * a.headDim, a.headDim);
        clearRows<V>(a.logSumExp + pair.lse(0), pair.firstQuery, a.heads, 1);
        for (std::int64_t first = pair.firstQuery; first < pair.length; first += Pair::block) {
            const QueryBlock<V> rows(pair.length, first, a.causal);
            const float* query[Pair::block];
            float* out[Pair::block];
            pair.queries(rows, turned, query);
            for (int r = 0; r < Pair::block; ++r)
                out[r] = a.output + pair.at(rows.index[r]);
            pair.tiles.products(query, rows.used, keys, a.scale, weights);
            for (int r = 0; r < Pair::block; ++r) {
                float* w = weights + r * pair.columns;
                const float logSum = Pair::softmax(w, pair.seen(rows.index[r]), rows.used);
                if (r < rows.live)
                    a.logSumExp[pair.lse(first + r)] = logSum;
                if (pair.rule.threshold == 0)
                    continue;
                pair.refreshFactors(rows, r, factors);
                const float* f = factors + (first + r) % Pair::maskRows * pair.columns;
                for (std::int64_t j = 0; j < rows.used; j += V::lanes)
                    store<V>(w + j, load<V>(w + j) * load<V>(f + j));
            }
            pair.tiles.combine(weights, rows.count, pair.row(a.value, 0), out, rows.live);
        }
    }
}

// From scores to probabilities p and from dL/d(dropped p) to dL/d(score), row by row; the dropped p overwrite the
// scores.
template <class V>
RECOSCOPE_INLINE void attentionRowGradient(const AttentionPair<V>& pair, float* weights, float* gradients,
    const float* factors, std::int64_t count, std::int64_t used, float logSum, float mean)
{
    using F = typename V::F;
    AttentionPair<V>::exponentials(weights, count, used, logSum);
    for (std::int64_t j = 0; j < used; j += V::lanes) {
        const F p = load<V>(weights + j), g = load<V>(gradients + j);
        const F f = factors ? load<V>(factors + j) : splat<V>(1.0f);
        store<V>(gradients + j, p * (g * f - mean) * pair.a.scale);
        store<V>(weights + j, p * f);
    }
}

template <class V> void attentionBackward(const SoftmaxAttentionBackward& b, std::int64_t begin, std::int64_t end)
{
    using Pair = AttentionPair<V>;
    using F = typename V::F;
    const SoftmaxAttentionForward& a = b.forward;
    for (std::int64_t p = begin; p < end; ++p) {
        const Pair pair(a, p);
        if (pair.length == 0)
            continue;
        float* keys = threadScratch(
            2 * pair.tiles.panelFloats() + 3 * pair.stripFloats() + pair.queryFloats() + pair.keyFloats(true));
        float *values = keys + pair.tiles.panelFloats(), *weights = values + pair.tiles.panelFloats();
        float *gradients = weights + pair.stripFloats(), *factors = gradients + pair.stripFloats();
        float *turnedQueries = factors + pair.stripFloats(), *turnedKeys = turnedQueries + pair.queryFloats();
        const typename Pair::Tiles keyTiles(pair.length, a.headDim, pair.turns ? a.headDim : a.rowStride);
        const float* keyRows = pair.turns ? turnedKeys : pair.row(a.key, 0);
        pair.packKeys(keys, turnedKeys, true);
        pair.tiles.transpose(pair.row(a.value, 0), values);
        const std::int64_t shift = pair.start * b.gradStride + pair.head * a.headDim;
        clearRows<V>(b.gradQuery + shift, pair.firstQuery, b.gradStride, a.headDim);
        if (pair.firstQuery == pair.length)
            for (float* gradient : {b.gradKey, b.gradValue})
                clearRows<V>(gradient + shift, pair.length, b.gradStride, a.headDim);
        for (std::int64_t first = pair.firstQuery; first < pair.length; first += Pair::block) {
            const QueryBlock<V> rows(pair.length, first, a.causal);
            const float *query[Pair::block], *gradOut[Pair::block];
            float* gradQuery[Pair::block];
            pair.queries(rows, turnedQueries, query);
            for (int r = 0; r < Pair::block; ++r) {
                gradOut[r] = b.gradOutput + pair.at(rows.index[r]);
                gradQuery[r] = b.gradQuery + shift + rows.index[r] * b.gradStride;
            }
            pair.tiles.products(query, rows.used, keys, a.scale, weights);
            pair.tiles.products(gradOut, rows.used, values, 1.0f, gradients);
            for (int r = 0; r < Pair::block; ++r) {
                float *w = weights + r * pair.columns, *g = gradients + r * pair.columns;
                pair.refreshFactors(rows, r, factors);
                const std::int64_t at = pair.at(rows.index[r]);
                F mean{}; // sum over j of dropped p * its gradient = gradOutput . output
                rowLoop<V>(0, a.headDim, [&](std::int64_t d, auto part) {
                    mean = V::fma(load<V>(b.gradOutput + at + d, part), load<V>(a.output + at + d, part), mean);
                });
                // A row past the end counts no columns: it must add nothing to the gradients of keys and values.
                attentionRowGradient<V>(pair, w, g,
                    pair.rule.threshold == 0 ? nullptr : factors + (first + r) % Pair::maskRows * pair.columns,
                    r < rows.live ? pair.seen(rows.index[r]) : 0, rows.used, a.logSumExp[pair.lse(rows.index[r])],
                    sumLanes<V>(mean));
            }
            // Gradients of keys and values that no block before this one has seen.
            const std::int64_t fresh = first == pair.firstQuery ? 0 : a.causal ? first : pair.length;
            keyTiles.combine(gradients, rows.count, keyRows, gradQuery, rows.live);
            pair.turnBack(b.gradQuery + shift, first, rows.live, b.gradStride);
            pair.tiles.spread(gradients, fresh, rows.count, query, b.gradKey + shift, b.gradStride);
            pair.tiles.spread(weights, fresh, rows.count, gradOut, b.gradValue + shift, b.gradStride);
        }
        pair.turnBack(b.gradKey + shift, 0, pair.length, b.gradStride);
    }
}

template <class V>
void attentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities)
{
    using Pair = AttentionPair<V>;
    const Pair pair(a, sequence * a.heads + head);
    float* keys = threadScratch(
        pair.tiles.panelFloats() + pair.stripFloats() + larger(pair.keyFloats(false), pair.queryFloats()));
    float *weights = keys + pair.tiles.panelFloats(), *turned = weights + pair.stripFloats(); // keys, then queries
    pair.packKeys(keys, turned, false);
    for (std::int64_t first = 0; first < pair.length; first += Pair::block) {
        const QueryBlock<V> rows(pair.length, first, a.causal);
        const float* query[Pair::block];
        pair.queries(rows, turned, query);
        pair.tiles.products(query, rows.used, keys, a.scale, weights);
        for (int r = 0; r < rows.live; ++r) {
            float *w = weights + r * pair.columns, *out = probabilities + (first + r) * pair.length;
            Pair::softmax(w, pair.seen(first + r), rows.used);
            rowLoop<V>(0, pair.length, [&](std::int64_t j, auto part) {
                store<V>(out + j, j < rows.used ? load<V>(w + j) : typename V::F{}, part);
            });
        }
    }
}

} // namespace recoscope::kernels::cpu
