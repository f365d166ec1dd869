// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention of one sequence at a time, all heads: the bias of a block of query rows is one strip that the heads
// share. Matrix products are the tiles of softmax attention.
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/hstu_bias.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

template <class V> class HstuSequence {
public:
    using F = typename V::F;
    using I = typename V::I;
    using Tiles = AttentionTiles<V>;
    using Rows = QueryBlock<V>;
    static constexpr int block = Tiles::block;

    // Arrays of the calling thread's scratch. Strips are [block, columns].
    struct Room {
        float *keys, *values; // panels of all heads; values only in the backward
        float *weights, *gradients, *bias, *gradBias, *buckets;
    };

    HstuSequence(const HstuAttentionForward& from, const HstuTimeTables<V>& tables, std::int64_t sequence)
        : a(from)
        , start(from.offsets.data()[sequence])
        , length(from.offsets.data()[sequence + 1] - start)
        , firstQuery(firstQueryOf(from, sequence))
        , queries(length, from.queryDim, from.rowStride)
        , values(length, from.valueDim, from.rowStride)
        , columns(queries.columns)
        , bias(from, tables, start, length)
    {
    }

    // Rows of a head.
    const float* query(std::int64_t head) const { return a.query + start * a.rowStride + head * a.queryDim; }
    const float* key(std::int64_t head) const { return a.key + start * a.rowStride + head * a.queryDim; }
    const float* value(std::int64_t head) const { return a.value + start * a.rowStride + head * a.valueDim; }
    // Of A V and its gradient.
    std::int64_t at(std::int64_t i, std::int64_t head) const { return ((start + i) * a.heads + head) * a.valueDim; }

    Room prepare(bool backward)
    {
        const std::int64_t strip = columns * block, line = columns + 2 * V::lanes;
        const std::int64_t keyFloats = a.heads * queries.panelFloats();
        const std::int64_t valueFloats = backward ? a.heads * values.panelFloats() : 0;
        float* at = threadScratch(static_cast<std::size_t>(keyFloats + valueFloats + 5 * strip + 3 * line));
        Room r;
        r.keys = take(at, keyFloats);
        r.values = take(at, valueFloats);
        for (float** array : {&r.weights, &r.gradients, &r.bias, &r.gradBias, &r.buckets})
            *array = take(at, strip);
        typename HstuBias<V>::Lines lines;
        for (float** array : {&lines.position, &lines.gradPosition, &lines.keyTimes})
            *array = take(at, line);
        bias.prepare(lines);
        for (std::int64_t h = 0; h < a.heads; ++h) {
            queries.transpose(key(h), r.keys + h * queries.panelFloats());
            if (backward)
                values.transpose(value(h), r.values + h * values.panelFloats());
        }
        return r;
    }

    // Scaled products of a head to weights A, in place; columns after a row's own become zero. Of rows past the end
    // nothing is computed.
    void toWeights(const Rows& rows, const Room& r) const
    {
        for (int row = 0; row < rows.live; ++row) {
            const std::int64_t i = rows.index[row];
            float* x = r.weights + row * columns;
            const float *b = r.bias + row * columns, factor = inverse(i);
            overColumns(i, rows.used, [&](std::int64_t j, auto seen) {
                const F s = load<V>(x + j) + load<V>(b + j);
                store<V>(x + j, seen(s * factor * sigmoid<V>(s)));
            });
        }
    }

    // Scaled products of a head to weights A, and dL/dA to dL/d(product), in place; adds dL/d(bias) to gradBias. Rows
    // past the end add nothing.
    void toGradients(const Rows& rows, const Room& r) const
    {
        for (int row = 0; row < block; ++row) {
            const std::int64_t i = rows.index[row];
            float *x = r.weights + row * columns, *g = r.gradients + row * columns, *sum = r.gradBias + row * columns;
            const float *b = r.bias + row * columns, factor = row < rows.live ? inverse(i) : 0.0f;
            overColumns(i, rows.used, [&](std::int64_t j, auto seen) {
                const F s = load<V>(x + j) + load<V>(b + j);
                const F sigma = sigmoid<V>(s), silu = s * sigma;
                const F gradient = seen(load<V>(g + j) * factor * V::fma(silu, 1.0f - sigma, sigma));
                store<V>(x + j, seen(silu * factor));
                store<V>(g + j, gradient * a.scale);
                store<V>(sum + j, load<V>(sum + j) + gradient);
            });
        }
    }

    void clear(float* strip, std::int64_t used) const
    {
        for (int row = 0; row < block; ++row)
            for (std::int64_t j = 0; j < used; j += V::lanes)
                store<V>(strip + row * columns + j, F{});
    }

    const HstuAttentionForward& a;
    const std::int64_t start, length, firstQuery;
    const Tiles queries, values;
    const std::int64_t columns;
    HstuBias<V> bias;

private:
    static float* take(float*& at, std::int64_t floats)
    {
        float* array = at;
        at += floats;
        return array;
    }

    float inverse(std::int64_t i) const
    {
        return 1.0f / (a.normaliser > 0.0f ? a.normaliser : static_cast<float>(i + 1));
    }

    // body(column, seen) for vectors of columns, where seen(v) is v with zeros in the columns after the row's own.
    template <class Body> static RECOSCOPE_INLINE void overColumns(std::int64_t i, std::int64_t used, Body&& body)
    {
        std::int64_t j = 0;
        for (; j + V::lanes <= i + 1; j += V::lanes)
            body(j, [](F v) { return v; });
        for (; j < used; j += V::lanes) {
            const I hidden = (I)laneNumbers<V>() > static_cast<std::int32_t>(i - j);
            body(j, [&](F v) { return hidden ? F{} : v; });
        }
    }
};

template <class V> void hstuForward(const HstuAttentionForward& a, std::int64_t begin, std::int64_t end)
{
    using Sequence = HstuSequence<V>;
    constexpr int block = Sequence::block;
    const HstuTimeTables<V> tables(a);
    for (std::int64_t b = begin; b < end; ++b) {
        Sequence s(a, tables, b);
        if (s.length == 0)
            continue;
        const auto room = s.prepare(false);
        clearRows<V>(a.output + s.at(0, 0), s.firstQuery, a.heads * a.valueDim, a.heads * a.valueDim);
        for (std::int64_t first = s.firstQuery; first < s.length; first += block) {
            const typename Sequence::Rows rows(s.length, first, true);
            s.bias.fill(rows, rows.live, room.bias, room.buckets);
            for (std::int64_t h = 0; h < a.heads; ++h) {
                const float* query[block];
                float* out[block];
                for (int r = 0; r < block; ++r) {
                    query[r] = s.query(h) + rows.index[r] * a.rowStride;
                    out[r] = a.output + s.at(rows.index[r], h);
                }
                s.queries.products(
                    query, rows.used, room.keys + h * s.queries.panelFloats(), a.scale, room.weights, rows.live);
                s.toWeights(rows, room);
                s.values.combine(room.weights, rows.count, s.value(h), out, rows.live);
            }
        }
    }
}

template <class V>
void hstuBackward(
    const HstuAttentionBackward& b, std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime)
{
    using Sequence = HstuSequence<V>;
    constexpr int block = Sequence::block;
    const HstuAttentionForward& a = b.forward;
    const HstuTimeTables<V> tables(a);
    for (std::int64_t sequence = begin; sequence < end; ++sequence) {
        Sequence s(a, tables, sequence);
        if (s.length == 0)
            continue;
        const auto room = s.prepare(true);
        float *gradKey = b.gradKey + s.start * b.gradStride, *gradValue = b.gradValue + s.start * b.gradStride;
        clearRows<V>(b.gradQuery + s.start * b.gradStride, s.firstQuery, b.gradStride, a.heads * a.queryDim);
        if (s.firstQuery == s.length) {
            clearRows<V>(gradKey, s.length, b.gradStride, a.heads * a.queryDim);
            clearRows<V>(gradValue, s.length, b.gradStride, a.heads * a.valueDim);
        }
        for (std::int64_t first = s.firstQuery; first < s.length; first += block) {
            const std::int64_t fresh = first == s.firstQuery ? 0 : first; // nothing was added from there on

            const typename Sequence::Rows rows(s.length, first, true);
            s.bias.fill(rows, block, room.bias, room.buckets);
            s.clear(room.gradBias, rows.used);
            for (std::int64_t h = 0; h < a.heads; ++h) {
                const float *query[block], *gradOut[block];
                float* gradQuery[block];
                for (int r = 0; r < block; ++r) {
                    query[r] = s.query(h) + rows.index[r] * a.rowStride;
                    gradOut[r] = b.gradOutput + s.at(rows.index[r], h);
                    gradQuery[r] = b.gradQuery + (s.start + rows.index[r]) * b.gradStride + h * a.queryDim;
                }
                s.queries.products(query, rows.used, room.keys + h * s.queries.panelFloats(), a.scale, room.weights);
                s.values.products(gradOut, rows.used, room.values + h * s.values.panelFloats(), 1.0f, room.gradients);
                s.toGradients(rows, room);
                s.queries.combine(room.gradients, rows.count, s.key(h), gradQuery, rows.live);
                s.queries.spread(room.gradients, fresh, rows.count, query, gradKey + h * a.queryDim, b.gradStride);
                s.values.spread(room.weights, fresh, rows.count, gradOut, gradValue + h * a.valueDim, b.gradStride);
            }
            s.bias.addGradients(rows, room.gradBias, room.buckets, gradTime);
        }
        s.bias.finishPosition(gradPosition);
    }
}

template <class V>
void hstuWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights)
{
    using Sequence = HstuSequence<V>;
    constexpr int block = Sequence::block;
    const HstuTimeTables<V> tables(a);
    Sequence s(a, tables, sequence);
    const auto room = s.prepare(false);
    for (std::int64_t first = 0; first < s.length; first += block) {
        const typename Sequence::Rows rows(s.length, first, true);
        s.bias.fill(rows, rows.live, room.bias, room.buckets);
        const float* query[block];
        for (int r = 0; r < block; ++r)
            query[r] = s.query(head) + rows.index[r] * a.rowStride;
        s.queries.products(query, rows.used, room.keys + head * s.queries.panelFloats(), a.scale, room.weights);
        s.toWeights(rows, room);
        for (int r = 0; r < rows.live; ++r) {
            const float* x = room.weights + r * s.columns;
            float* out = weights + (first + r) * s.length;
            rowLoop<V>(0, s.length, [&](std::int64_t j, auto part) {
                store<V>(out + j, j < rows.used ? load<V>(x + j) : typename V::F{}, part);
            });
        }
    }
}

} // namespace recoscope::kernels::cpu
