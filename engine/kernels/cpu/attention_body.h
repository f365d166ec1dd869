// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Causal softmax attention of one sequence and head at a time. Keys (and values, backward) are transposed once per
// pair, so that four query rows against a run of columns is a small matrix product; a row's scores are kept whole, so
// the softmax is the plain one and the backward recomputes it from the stored log of the sum.
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/philox_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// One sequence and head; rows are counted from the start of the sequence.
template <class V> class AttentionPair {
public:
    using F = typename V::F;
    static constexpr int block = 4; // query rows at a time
    static constexpr int maskRows = 8; // rows that share one group of dropout numbers
    static constexpr int run = V::lanes; // columns are rounded up to this

    AttentionPair(const SoftmaxAttentionForward& from, std::int64_t pair)
        : a(from)
        , head(pair % from.heads)
        , start(from.offsets.data()[pair / from.heads])
        , length(from.offsets.data()[pair / from.heads + 1] - start)
        , columns((length + run - 1) / run * run)
        , rule(dropoutRule(from.dropout))
    {
    }

    // Columns that row i sees.
    std::int64_t seen(std::int64_t i) const { return a.causal ? i + 1 : length; }

    std::int64_t panelFloats() const { return columns * a.headDim; }
    std::int64_t stripFloats() const { return columns * maskRows; }

    const float* row(const float* base, std::int64_t i) const
    {
        return base + (start + i) * a.rowStride + head * a.headDim;
    }
    std::int64_t at(std::int64_t i) const { return ((start + i) * a.heads + head) * a.headDim; }
    std::int64_t lse(std::int64_t i) const { return (start + i) * a.heads + head; }

    // panel[d][j] = base row j, zero past the last row. Four rows and dimensions at a time.
    void transpose(const float* base, float* panel) const
    {
        using Four = Vectors<4>;
        for (std::int64_t j = 0; j < columns; j += 4) {
            const float* from[4];
            for (int i = 0; i < 4; ++i)
                from[i] = row(base, smaller(j + i, length - 1));
            std::int64_t d = 0;
            for (; d + 4 <= a.headDim; d += 4) {
                typename Four::F r[4], pair[4];
                for (int i = 0; i < 4; ++i)
                    r[i] = j + i < length ? load<Four>(from[i] + d) : typename Four::F{};
                for (int i = 0; i < 2; ++i) {
                    pair[2 * i] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 0, 4, 1, 5);
                    pair[2 * i + 1] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 2, 6, 3, 7);
                }
                for (int i = 0; i < 2; ++i) {
                    float* to = panel + (d + 2 * i) * columns + j;
                    store<Four>(to, __builtin_shufflevector(pair[i], pair[2 + i], 0, 1, 4, 5));
                    store<Four>(to + columns, __builtin_shufflevector(pair[i], pair[2 + i], 2, 3, 6, 7));
                }
            }
            for (; d < a.headDim; ++d)
                for (int i = 0; i < 4; ++i)
                    panel[d * columns + j + i] = j + i < length ? from[i][d] : 0.0f;
        }
    }

    // out[r][j] = scale * rows[r] . panel column j, for the columns that the last of the rows may look at, rounded up.
    void products(
        const float* const (&rows)[block], std::int64_t used, const float* panel, float scale, float* out) const
    {
        std::int64_t j = 0;
        for (; j + 2 * run <= used; j += 2 * run)
            productRun<2>(rows, panel + j, scale, out + j);
        if (j < used)
            productRun<1>(rows, panel + j, scale, out + j);
    }

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

    // out[r][:] = sum over j < count of weights[r][j] * row j of `base`; rows of `out` by pointer, `live` of them real.
    void combine(
        const float* weights, std::int64_t count, const float* base, float* const (&out)[block], int live) const
    {
        std::int64_t d = 0;
        for (; d + 2 * V::lanes <= a.headDim; d += 2 * V::lanes)
            combineRun<2>(weights, count, base, out, live, d, Full{});
        rowLoop<V>(
            d, a.headDim, [&](std::int64_t i, auto part) { combineRun<1>(weights, count, base, out, live, i, part); });
    }

    // to row j += sum over r of weights[r][j] * rows[r], for j < count; rows of `to` `stride` floats apart.
    void spread(const float* weights, std::int64_t count, const float* const (&rows)[block], float* to,
        std::int64_t stride) const
    {
        std::int64_t d = 0;
        for (; d + 2 * V::lanes <= a.headDim; d += 2 * V::lanes)
            spreadRun<2>(weights, count, rows, to, stride, d, Full{});
        rowLoop<V>(
            d, a.headDim, [&](std::int64_t i, auto part) { spreadRun<1>(weights, count, rows, to, stride, i, part); });
    }

    const SoftmaxAttentionForward& a;
    const std::int64_t head, start, length, columns;
    const DropoutRule rule;

private:
    template <int Vectors>
    RECOSCOPE_INLINE void productRun(
        const float* const (&rows)[block], const float* column, float scale, float* out) const
    {
        F sum[block][Vectors]{};
        for (std::int64_t d = 0; d < a.headDim; ++d, column += columns) {
            F k[Vectors];
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                k[i] = load<V>(column + i * V::lanes);
#pragma GCC unroll 4
            for (int r = 0; r < block; ++r) {
                const F q = splat<V>(rows[r][d]);
#pragma GCC unroll 2
                for (int i = 0; i < Vectors; ++i)
                    sum[r][i] = V::fma(q, k[i], sum[r][i]);
            }
        }
#pragma GCC unroll 4
        for (int r = 0; r < block; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                store<V>(out + r * columns + i * V::lanes, sum[r][i] * scale);
    }

    template <int Vectors, class P>
    RECOSCOPE_INLINE void combineRun(const float* weights, std::int64_t count, const float* base,
        float* const (&out)[block], int live, std::int64_t d, P part) const
    {
        F sum[block][Vectors]{};
        const float* from = row(base, 0) + d;
        for (std::int64_t j = 0; j < count; ++j, from += a.rowStride) {
            F v[Vectors];
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                v[i] = load<V>(from + i * V::lanes, part);
#pragma GCC unroll 4
            for (int r = 0; r < block; ++r) {
                const F w = splat<V>(weights[r * columns + j]);
#pragma GCC unroll 2
                for (int i = 0; i < Vectors; ++i)
                    sum[r][i] = V::fma(w, v[i], sum[r][i]);
            }
        }
#pragma GCC unroll 4
        for (int r = 0; r < block; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                if (r < live)
                    store<V>(out[r] + d + i * V::lanes, sum[r][i], part);
    }

    template <int Vectors, class P>
    RECOSCOPE_INLINE void spreadRun(const float* weights, std::int64_t count, const float* const (&rows)[block],
        float* to, std::int64_t stride, std::int64_t d, P part) const
    {
        F x[block][Vectors];
#pragma GCC unroll 4
        for (int r = 0; r < block; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                x[r][i] = load<V>(rows[r] + d + i * V::lanes, part);
        float* target = to + d;
        for (std::int64_t j = 0; j < count; ++j, target += stride) {
            F sum[Vectors];
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                sum[i] = load<V>(target + i * V::lanes, part);
#pragma GCC unroll 4
            for (int r = 0; r < block; ++r) {
                const F w = splat<V>(weights[r * columns + j]);
#pragma GCC unroll 2
                for (int i = 0; i < Vectors; ++i)
                    sum[i] = V::fma(w, x[r][i], sum[i]);
            }
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                store<V>(target + i * V::lanes, sum[i], part);
        }
    }
};

// A block of query rows: pointers to them (the last row again past the end), how many are real, and the columns that
// the last of them sees, rounded up to whole runs.
template <class V> struct QueryBlock {
    static constexpr int size = AttentionPair<V>::block;

    QueryBlock(const AttentionPair<V>& pair, std::int64_t firstRow)
        : first(firstRow)
        , live(static_cast<int>(smaller<std::int64_t>(size, pair.length - firstRow)))
        , count(pair.seen(firstRow + live - 1))
        , used((count + AttentionPair<V>::run - 1) / AttentionPair<V>::run * AttentionPair<V>::run)
    {
        for (int r = 0; r < size; ++r)
            index[r] = smaller<std::int64_t>(firstRow + r, pair.length - 1);
    }

    std::int64_t first;
    int live;
    std::int64_t count, used;
    std::int64_t index[size];
};

template <class V> void attentionForward(const SoftmaxAttentionForward& a, std::int64_t begin, std::int64_t end)
{
    using Pair = AttentionPair<V>;
    for (std::int64_t p = begin; p < end; ++p) {
        const Pair pair(a, p);
        if (pair.length == 0)
            continue;
        float* keys = threadScratch(pair.panelFloats() + 2 * pair.stripFloats());
        float *weights = keys + pair.panelFloats(), *factors = weights + pair.stripFloats();
        pair.transpose(a.key, keys);
        for (std::int64_t first = 0; first < pair.length; first += Pair::block) {
            const QueryBlock<V> rows(pair, first);
            const float* query[Pair::block];
            float* out[Pair::block];
            for (int r = 0; r < Pair::block; ++r) {
                query[r] = pair.row(a.query, rows.index[r]);
                out[r] = a.output + pair.at(rows.index[r]);
            }
            pair.products(query, rows.used, keys, a.scale, weights);
            if (pair.rule.threshold > 0 && first % Pair::maskRows == 0)
                pair.dropoutFactors(first, smaller(pair.columns, rows.used + Pair::run), factors);
            for (int r = 0; r < Pair::block; ++r) {
                float* w = weights + r * pair.columns;
                const float logSum = Pair::softmax(w, pair.seen(rows.index[r]), rows.used);
                if (r < rows.live)
                    a.logSumExp[pair.lse(first + r)] = logSum;
                if (pair.rule.threshold == 0)
                    continue;
                const float* f = factors + (first % Pair::maskRows + r) * pair.columns;
                for (std::int64_t j = 0; j < rows.used; j += V::lanes)
                    store<V>(w + j, load<V>(w + j) * load<V>(f + j));
            }
            pair.combine(weights, rows.count, a.value, out, rows.live);
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
        float* keys = threadScratch(2 * pair.panelFloats() + 3 * pair.stripFloats());
        float *values = keys + pair.panelFloats(), *weights = values + pair.panelFloats();
        float *gradients = weights + pair.stripFloats(), *factors = gradients + pair.stripFloats();
        pair.transpose(a.key, keys);
        pair.transpose(a.value, values);
        const std::int64_t shift = pair.start * b.gradStride + pair.head * a.headDim;
        for (std::int64_t j = 0; j < pair.length; ++j)
            rowLoop<V>(0, a.headDim, [&](std::int64_t d, auto part) {
                store<V>(b.gradKey + shift + j * b.gradStride + d, F{}, part);
                store<V>(b.gradValue + shift + j * b.gradStride + d, F{}, part);
            });
        for (std::int64_t first = 0; first < pair.length; first += Pair::block) {
            const QueryBlock<V> rows(pair, first);
            const float *query[Pair::block], *gradOut[Pair::block];
            float* gradQuery[Pair::block];
            for (int r = 0; r < Pair::block; ++r) {
                query[r] = pair.row(a.query, rows.index[r]);
                gradOut[r] = b.gradOutput + pair.at(rows.index[r]);
                gradQuery[r] = b.gradQuery + shift + rows.index[r] * b.gradStride;
            }
            pair.products(query, rows.used, keys, a.scale, weights);
            pair.products(gradOut, rows.used, values, 1.0f, gradients);
            if (pair.rule.threshold > 0 && first % Pair::maskRows == 0)
                pair.dropoutFactors(first, smaller(pair.columns, rows.used + Pair::run), factors);
            for (int r = 0; r < Pair::block; ++r) {
                float *w = weights + r * pair.columns, *g = gradients + r * pair.columns;
                const std::int64_t at = pair.at(rows.index[r]);
                F mean{}; // sum over j of dropped p * its gradient = gradOutput . output
                rowLoop<V>(0, a.headDim, [&](std::int64_t d, auto part) {
                    mean = V::fma(load<V>(b.gradOutput + at + d, part), load<V>(a.output + at + d, part), mean);
                });
                // A row past the end counts no columns: it must add nothing to the gradients of keys and values.
                attentionRowGradient<V>(pair, w, g,
                    pair.rule.threshold == 0 ? nullptr : factors + (first % Pair::maskRows + r) * pair.columns,
                    r < rows.live ? pair.seen(rows.index[r]) : 0, rows.used, a.logSumExp[pair.lse(rows.index[r])],
                    sumLanes<V>(mean));
            }
            pair.combine(gradients, rows.count, a.key, gradQuery, rows.live);
            pair.spread(gradients, rows.count, query, b.gradKey + shift, b.gradStride);
            pair.spread(weights, rows.count, gradOut, b.gradValue + shift, b.gradStride);
        }
    }
}

template <class V>
void attentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities)
{
    using Pair = AttentionPair<V>;
    const Pair pair(a, sequence * a.heads + head);
    float* keys = threadScratch(pair.panelFloats() + pair.stripFloats());
    float* weights = keys + pair.panelFloats();
    pair.transpose(a.key, keys);
    for (std::int64_t first = 0; first < pair.length; first += Pair::block) {
        const QueryBlock<V> rows(pair, first);
        const float* query[Pair::block];
        for (int r = 0; r < Pair::block; ++r)
            query[r] = pair.row(a.query, rows.index[r]);
        pair.products(query, rows.used, keys, a.scale, weights);
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
