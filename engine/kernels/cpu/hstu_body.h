// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention of one sequence at a time, all heads: the bias of four query rows is one strip that the heads share
// (position by a shifted load, time by the cells of time_buckets.h). Matrix products are the tiles of softmax
// attention.
#pragma once

#include "engine/kernels/cpu/attention_body.h"
#include "engine/kernels/time_buckets.h"

namespace recoscope::kernels::cpu {

template <class V> class HstuSequence {
public:
    using F = typename V::F;
    using I = typename V::I;
    using Tiles = AttentionPair<V>;
    using Rows = QueryBlock<V>;

    // Arrays of the calling thread's scratch. Strips are [block, columns].
    struct Room {
        float *keys, *values; // panels of all heads; values only in the backward
        float *weights, *gradients, *bias, *gradBias, *buckets;
        float *position, *gradPosition; // by column counted back from the diagonal: entry c is distance length-1-c
        float* keyTimes; // 32-bit times, as bits
    };

    HstuSequence(const HstuAttentionForward& from, std::int64_t sequence)
        : a(from)
        , start(from.offsets.data()[sequence])
        , length(from.offsets.data()[sequence + 1] - start)
        , columns((length + V::lanes - 1) / V::lanes * V::lanes)
        , m_sequence(sequence)
        , m_cells(timeBucketCells())
    {
        m_queryView.offsets = m_valueView.offsets = from.offsets;
        m_queryView.heads = m_valueView.heads = from.heads;
        m_queryView.rowStride = m_valueView.rowStride = from.rowStride;
        m_queryView.headDim = from.queryDim;
        m_valueView.headDim = from.valueDim;
    }

    Tiles queryTiles(std::int64_t head) const { return Tiles(m_queryView, m_sequence * a.heads + head); }
    Tiles valueTiles(std::int64_t head) const { return Tiles(m_valueView, m_sequence * a.heads + head); }

    Room room(bool backward) const
    {
        const std::int64_t strip = columns * Tiles::block, line = columns + 2 * V::lanes;
        const std::int64_t panel = columns * a.heads;
        float* at = threadScratch(
            static_cast<std::size_t>(panel * (a.queryDim + (backward ? a.valueDim : 0)) + 5 * strip + 3 * line));
        Room r;
        r.keys = take(at, panel * a.queryDim);
        r.values = take(at, backward ? panel * a.valueDim : 0);
        for (float** array : {&r.weights, &r.gradients, &r.bias, &r.gradBias, &r.buckets})
            *array = take(at, strip);
        for (float** array : {&r.position, &r.gradPosition, &r.keyTimes})
            *array = take(at, line);
        return r;
    }

    void prepare(Room& r)
    {
        for (std::int64_t h = 0; h < a.heads; ++h)
            queryTiles(h).transpose(a.key, r.keys + h * columns * a.queryDim);
        for (std::int64_t c = 0; c < columns + 2 * V::lanes; ++c) {
            r.position[c] = a.positionBias && c < length ? a.positionBias[length - 1 - c] : 0.0f;
            r.gradPosition[c] = 0.0f;
        }
        if (a.timeBias)
            prepareTimes(r);
    }

    // Bias (and, with times, buckets) of the columns that the rows use.
    void fillBias(const Rows& rows, Room& r) const
    {
        for (int row = 0; row < Tiles::block; ++row) {
            const std::int64_t i = rows.index[row];
            const float* position = r.position + (length - 1 - i);
            float *bias = r.bias + row * columns, *buckets = r.buckets + row * columns;
            for (std::int64_t j = 0; j < rows.used; j += V::lanes) {
                F sum = load<V>(position + j);
                if (a.timeBias) {
                    const F bucket = bucketsOf(i, j, r);
                    store<V>(buckets + j, bucket);
                    sum += V::gather(a.timeBias, __builtin_convertvector(bucket, I));
                }
                store<V>(bias + j, sum);
            }
        }
    }

    float inverse(std::int64_t i) const
    {
        return 1.0f / (a.normaliser > 0.0f ? a.normaliser : static_cast<float>(i + 1));
    }

    // Scaled products to weights A, in place; columns after the row's own are zero.
    void toWeights(float* x, const float* bias, std::int64_t i, std::int64_t used) const
    {
        const float factor = inverse(i);
        for (std::int64_t j = 0; j < used; j += V::lanes) {
            const F s = load<V>(x + j) + load<V>(bias + j);
            store<V>(x + j, s * factor / (exponential<V>(-s) + 1.0f));
        }
        clearAfter(x, i, used);
    }

    // Scaled products to weights A, and dL/dA to dL/d(product), in place; adds dL/d(bias) to gradBias. `live` is false
    // for a row past the end, which adds nothing.
    void toGradients(
        float* x, float* g, const float* bias, float* gradBias, std::int64_t i, std::int64_t used, bool live) const
    {
        const float factor = live ? inverse(i) : 0.0f;
        for (std::int64_t j = 0; j < used; j += V::lanes) {
            const F s = load<V>(x + j) + load<V>(bias + j);
            const F sigma = 1.0f / (exponential<V>(-s) + 1.0f), silu = s * sigma;
            store<V>(x + j, silu * factor);
            store<V>(g + j, load<V>(g + j) * factor * V::fma(silu, 1.0f - sigma, sigma));
        }
        clearAfter(x, i, used);
        clearAfter(g, i, used);
        for (std::int64_t j = 0; j < used; j += V::lanes) {
            const F gradient = load<V>(g + j);
            store<V>(gradBias + j, load<V>(gradBias + j) + gradient);
            store<V>(g + j, gradient * a.scale);
        }
    }

    void clear(float* strip, std::int64_t used) const
    {
        for (int row = 0; row < Tiles::block; ++row)
            for (std::int64_t j = 0; j < used; j += V::lanes)
                store<V>(strip + row * columns + j, F{});
    }

    // The strip's bias gradients into the position line and the time table.
    void addBiasGradients(const Rows& rows, Room& r, double* gradTime) const
    {
        for (int row = 0; row < rows.live; ++row) {
            const std::int64_t i = rows.index[row];
            const float* g = r.gradBias + row * columns;
            if (a.positionBias) {
                float* to = r.gradPosition + (length - 1 - i);
                for (std::int64_t j = 0; j < rows.used; j += V::lanes)
                    store<V>(to + j, load<V>(to + j) + load<V>(g + j));
            }
            if (a.timeBias)
                addTimeGradient(i, g, r.buckets + row * columns, gradTime);
        }
    }

    void finishPosition(const Room& r, double* gradPosition) const
    {
        for (std::int64_t c = 0; a.positionBias && c < length; ++c)
            gradPosition[length - 1 - c] += static_cast<double>(r.gradPosition[c]);
    }

    const HstuAttentionForward& a;
    const std::int64_t start, length, columns;

private:
    static float* take(float*& at, std::int64_t floats)
    {
        float* array = at;
        at += floats;
        return array;
    }

    static void clearAfter(float* x, std::int64_t i, std::int64_t used)
    {
        for (std::int64_t j = i + 1; j < used; ++j)
            x[j] = 0.0f;
    }

    // Times as 32-bit numbers from the earliest on, where they fit.
    void prepareTimes(Room& r)
    {
        const std::int64_t *query = a.queryTimes + start, *key = a.keyTimes + start;
        std::int64_t first = key[0], last = key[0];
        m_ascending = true;
        for (std::int64_t j = 0; j < length; ++j) {
            first = smaller(first, smaller(key[j], query[j]));
            last = larger(last, larger(key[j], query[j]));
            m_ascending = m_ascending && (j == 0 || key[j] >= key[j - 1]);
        }
        m_first = first;
        m_narrow = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) < (1ull << 31);
        for (std::int64_t j = 0; m_narrow && j < columns; ++j) {
            const auto time = static_cast<std::int32_t>(key[smaller(j, length - 1)] - first);
            __builtin_memcpy(r.keyTimes + j, &time, sizeof time);
        }
    }

    RECOSCOPE_INLINE F bucketsOf(std::int64_t i, std::int64_t j, const Room& r) const
    {
        const std::int64_t time = a.queryTimes[start + i];
        F difference;
        if (m_narrow) {
            I d = static_cast<std::int32_t>(time - m_first) - (I)load<V>(r.keyTimes + j);
            d = d < 0 ? -d : d;
            difference = __builtin_convertvector(d < 1 ? I{} + 1 : d, F);
        } else {
            for (int lane = 0; lane < V::lanes; ++lane)
                difference[lane] = timeDifference(time, a.keyTimes[start + smaller(j + lane, length - 1)]);
        }
        const I cell = ((I)difference >> 21) - 508;
        const F base = V::gather(m_cells.base, cell), step = V::gather(m_cells.step, cell);
        const F bucket = difference >= step ? base + 1.0f : base, top = splat<V>(static_cast<float>(a.timeBuckets));
        return bucket > top ? top : bucket;
    }

    // Ascending times give runs of equal buckets: a vector inside a run is one addition.
    void addTimeGradient(std::int64_t i, const float* g, const float* buckets, double* gradTime) const
    {
        const bool runs = m_ascending && a.queryTimes[start + i] >= a.keyTimes[start + i];
        std::int64_t j = 0;
        for (; j + V::lanes <= i + 1; j += V::lanes) {
            if (runs && buckets[j] == buckets[j + V::lanes - 1]) {
                gradTime[static_cast<std::int64_t>(buckets[j])] += static_cast<double>(sumLanes<V>(load<V>(g + j)));
                continue;
            }
            for (std::int64_t k = j; k < j + V::lanes; ++k)
                gradTime[static_cast<std::int64_t>(buckets[k])] += static_cast<double>(g[k]);
        }
        for (; j <= i; ++j)
            gradTime[static_cast<std::int64_t>(buckets[j])] += static_cast<double>(g[j]);
    }

    const std::int64_t m_sequence;
    const TimeBucketCells& m_cells;
    SoftmaxAttentionForward m_queryView, m_valueView; // what the tiles need to know: widths, strides, offsets
    std::int64_t m_first = 0;
    bool m_narrow = true, m_ascending = true;
};

template <class V> void hstuForward(const HstuAttentionForward& a, std::int64_t begin, std::int64_t end)
{
    using Sequence = HstuSequence<V>;
    constexpr int block = Sequence::Tiles::block;
    for (std::int64_t b = begin; b < end; ++b) {
        Sequence s(a, b);
        if (s.length == 0)
            continue;
        auto room = s.room(false);
        s.prepare(room);
        for (std::int64_t first = 0; first < s.length; first += block) {
            const auto tiles = s.queryTiles(0);
            const typename Sequence::Rows rows(tiles, first);
            s.fillBias(rows, room);
            for (std::int64_t h = 0; h < a.heads; ++h) {
                const auto keys = s.queryTiles(h), values = s.valueTiles(h);
                const float* query[block];
                float* out[block];
                for (int r = 0; r < block; ++r) {
                    query[r] = keys.row(a.query, rows.index[r]);
                    out[r] = a.output + values.at(rows.index[r]);
                }
                keys.products(query, rows.used, room.keys + h * s.columns * a.queryDim, a.scale, room.weights);
                for (int r = 0; r < block; ++r)
                    s.toWeights(room.weights + r * s.columns, room.bias + r * s.columns, rows.index[r], rows.used);
                values.combine(room.weights, rows.count, a.value, out, rows.live);
            }
        }
    }
}

// Rows [0, length) of one head's gradient become zero.
template <class V> void clearRows(float* rows, std::int64_t length, std::int64_t stride, std::int64_t width)
{
    for (std::int64_t j = 0; j < length; ++j)
        rowLoop<V>(
            0, width, [&](std::int64_t d, auto part) { store<V>(rows + j * stride + d, typename V::F{}, part); });
}

template <class V>
void hstuBackward(
    const HstuAttentionBackward& b, std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime)
{
    using Sequence = HstuSequence<V>;
    constexpr int block = Sequence::Tiles::block;
    const HstuAttentionForward& a = b.forward;
    for (std::int64_t sequence = begin; sequence < end; ++sequence) {
        Sequence s(a, sequence);
        if (s.length == 0)
            continue;
        auto room = s.room(true);
        s.prepare(room);
        float *gradKey = b.gradKey + s.start * b.gradStride, *gradValue = b.gradValue + s.start * b.gradStride;
        clearRows<V>(gradKey, s.length, b.gradStride, a.heads * a.queryDim);
        clearRows<V>(gradValue, s.length, b.gradStride, a.heads * a.valueDim);
        for (std::int64_t h = 0; h < a.heads; ++h)
            s.valueTiles(h).transpose(a.value, room.values + h * s.columns * a.valueDim);
        for (std::int64_t first = 0; first < s.length; first += block) {
            const auto tiles = s.queryTiles(0);
            const typename Sequence::Rows rows(tiles, first);
            s.fillBias(rows, room);
            s.clear(room.gradBias, rows.used);
            for (std::int64_t h = 0; h < a.heads; ++h) {
                const auto keys = s.queryTiles(h), values = s.valueTiles(h);
                const float *query[block], *gradOut[block];
                float* gradQuery[block];
                for (int r = 0; r < block; ++r) {
                    query[r] = keys.row(a.query, rows.index[r]);
                    gradOut[r] = b.gradOutput + values.at(rows.index[r]);
                    gradQuery[r] = b.gradQuery + (s.start + rows.index[r]) * b.gradStride + h * a.queryDim;
                }
                keys.products(query, rows.used, room.keys + h * s.columns * a.queryDim, a.scale, room.weights);
                values.products(gradOut, rows.used, room.values + h * s.columns * a.valueDim, 1.0f, room.gradients);
                for (int r = 0; r < block; ++r) {
                    const std::int64_t at = r * s.columns;
                    s.toGradients(room.weights + at, room.gradients + at, room.bias + at, room.gradBias + at,
                        rows.index[r], rows.used, r < rows.live);
                }
                keys.combine(room.gradients, rows.count, a.key, gradQuery, rows.live);
                keys.spread(room.gradients, rows.count, query, gradKey + h * a.queryDim, b.gradStride);
                values.spread(room.weights, rows.count, gradOut, gradValue + h * a.valueDim, b.gradStride);
            }
            s.addBiasGradients(rows, room, gradTime);
        }
        s.finishPosition(room, gradPosition);
    }
}

template <class V>
void hstuWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights)
{
    using Sequence = HstuSequence<V>;
    constexpr int block = Sequence::Tiles::block;
    Sequence s(a, sequence);
    auto room = s.room(false);
    s.prepare(room);
    const auto keys = s.queryTiles(head);
    for (std::int64_t first = 0; first < s.length; first += block) {
        const typename Sequence::Rows rows(keys, first);
        s.fillBias(rows, room);
        const float* query[block];
        for (int r = 0; r < block; ++r)
            query[r] = keys.row(a.query, rows.index[r]);
        keys.products(query, rows.used, room.keys + head * s.columns * a.queryDim, a.scale, room.weights);
        for (int r = 0; r < rows.live; ++r) {
            float *x = room.weights + r * s.columns, *out = weights + (first + r) * s.length;
            s.toWeights(x, room.bias + r * s.columns, first + r, rows.used);
            rowLoop<V>(0, s.length, [&](std::int64_t j, auto part) {
                store<V>(out + j, j < rows.used ? load<V>(x + j) : typename V::F{}, part);
            });
        }
    }
}

} // namespace recoscope::kernels::cpu
