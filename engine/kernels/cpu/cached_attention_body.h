// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Softmax attention of new rows to kept keys and values. The bytes of a row do not depend on how many come at once.
#pragma once

#include "engine/kernels/cpu/catalogue_walk.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// A block of successive rows, which read the same keys and values chunk by chunk while these are in the cache. Scores
// are independent of each other; a sum over values goes through memory between chunks, in the order it has for a row
// alone.
template <class V> struct CachedRows {
    using F = typename V::F;
    static constexpr std::int64_t rows = 16, chunk = 64; // an even chunk: even and odd rows of values are summed apart

    const CachedAttention& a;
    const std::int64_t first, count; // rows of the block
    float* weights; // [count, a.events]
    float* sums; // [count, 2, a.headDim]

    RECOSCOPE_INLINE std::int64_t seen(std::int64_t r) const { return a.events - a.rows + first + r + 1; }

    RECOSCOPE_INLINE void run() const
    {
        const std::int64_t dim = a.headDim, longest = seen(count - 1);
        for (std::int64_t begin = 0; begin < longest; begin += chunk)
            for (std::int64_t r = 0; r < count; ++r)
                scoreAll<V>(dim, a.query + (first + r) * a.queryStride, a.keys, nullptr, weights + r * a.events, begin,
                    smaller(begin + chunk, seen(r)));
        float factor[rows];
        for (std::int64_t r = 0; r < count; ++r)
            factor[r] = exponentiate(weights + r * a.events, seen(r));
        for (std::int64_t i = 0; i < count * 2 * dim; ++i)
            sums[i] = 0.0f;
        for (std::int64_t begin = 0; begin < longest; begin += chunk)
            for (std::int64_t r = 0; r < count; ++r)
                addValues(weights + r * a.events, begin, smaller(begin + chunk, seen(r)), sums + r * 2 * dim);
        for (std::int64_t r = 0; r < count; ++r) {
            const float *even = sums + r * 2 * dim, *odd = even + dim;
            rowLoop<V>(0, dim, [&](std::int64_t i, auto part) {
                const F sum = load<V>(even + i, part) + load<V>(odd + i, part);
                store<V>(a.output + (first + r) * a.outputStride + i, sum * factor[r], part);
            });
        }
    }

private:
    // Scores to exponentials of the scaled distance to the highest; returns one over their sum.
    RECOSCOPE_INLINE float exponentiate(float* scores, std::int64_t keys) const
    {
        F most = splat<V>(-__builtin_inff()), sum{};
        rowLoop<V>(0, keys, [&](std::int64_t t, auto part) {
            const F score = fillRest<V>(load<V>(scores + t, part), -__builtin_inff(), part);
            most = score > most ? score : most;
        });
        const float highest = maxLanes<V>(most);
        rowLoop<V>(0, keys, [&](std::int64_t t, auto part) {
            const F weight = exponential<V>((load<V>(scores + t, part) - highest) * a.scale);
            store<V>(scores + t, weight, part);
            sum += fillRest<V>(weight, 0.0f, part);
        });
        return 1.0f / sumLanes<V>(sum);
    }

    RECOSCOPE_INLINE void addValues(const float* own, std::int64_t begin, std::int64_t end, float* to) const
    {
        constexpr std::int64_t wide = 4 * V::lanes;
        std::int64_t d = 0;
        for (; d + wide <= a.headDim; d += wide)
            addColumns<4>(own, begin, end, d, to, Full{});
        rowLoop<V>(d, a.headDim, [&](std::int64_t i, auto part) { addColumns<1>(own, begin, end, i, to, part); });
    }

    template <int Vectors, class P>
    RECOSCOPE_INLINE void addColumns(
        const float* own, std::int64_t begin, std::int64_t end, std::int64_t d, float* to, P part) const
    {
        F sum[2][Vectors];
        const auto each = [&](auto&& body) __attribute__((always_inline))
        {
#pragma GCC unroll 2
            for (int odd = 0; odd < 2; ++odd)
#pragma GCC unroll 4
                for (int v = 0; v < Vectors; ++v)
                    body(sum[odd][v], to + odd * a.headDim + d + v * V::lanes);
        };
        const auto add = [&](std::int64_t t, F(&into)[Vectors]) __attribute__((always_inline))
        {
            const F weight = splat<V>(own[t]);
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                into[v] = V::fma(weight, load<V>(a.values + t * a.headDim + d + v * V::lanes, part), into[v]);
        };
        each([&](F & value, const float* at) __attribute__((always_inline)) { value = load<V>(at, part); });
        std::int64_t t = begin;
        for (; t + 2 <= end; t += 2) {
            add(t, sum[0]);
            add(t + 1, sum[1]);
        }
        if (t < end)
            add(t, sum[0]);
        each([&](F & value, float* at) __attribute__((always_inline)) { store<V>(at, value, part); });
    }
};

template <class V> void cachedAttention(const CachedAttention& a, std::int64_t begin, std::int64_t end)
{
    using Rows = CachedRows<V>;
    const std::int64_t most = smaller(Rows::rows, end - begin);
    float* weights = threadScratch(most * (a.events + 2 * a.headDim));
    for (std::int64_t first = begin; first < end; first += Rows::rows)
        Rows{a, first, smaller(Rows::rows, end - first), weights, weights + most * a.events}.run();
}

} // namespace recoscope::kernels::cpu
