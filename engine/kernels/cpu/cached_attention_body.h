// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Softmax attention of new rows to kept keys and values. The bytes of a row do not depend on how many come at once, nor
// on how what it sees is cut into pages.
#pragma once

#include "engine/kernels/cpu/catalogue_walk.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// Scores to exponentials of the scaled distance to the highest; returns one over their sum.
template <class V> RECOSCOPE_INLINE float exponentiateScores(float* scores, std::int64_t count, float scale)
{
    using F = typename V::F;
    F sum{};
    const float highest = largestOf<V>(scores, count);
    rowLoop<V>(0, count, [&](std::int64_t t, auto part) {
        const F weight = exponential<V>((load<V>(scores + t, part) - highest) * scale);
        store<V>(scores + t, weight, part);
        sum += fillRest<V>(weight, 0.0f, part);
    });
    return 1.0f / sumLanes<V>(sum);
}

// Adds weighted values to two sums, [2, dim]: those of even and of odd places in the whole of what a row sees, where
// the first one here has the place `place`. So a row's bytes do not depend on where its values are cut.
template <class V> struct WeightedValues {
    using F = typename V::F;

    const float *weights, *values;
    std::int64_t count, place, dim;
    float* sums;

    RECOSCOPE_INLINE void add() const
    {
        constexpr std::int64_t wide = 4 * V::lanes;
        std::int64_t d = 0;
        for (; d + wide <= dim; d += wide)
            addColumns<4>(d, Full{});
        rowLoop<V>(d, dim, [&](std::int64_t i, auto part) { addColumns<1>(i, part); });
    }

private:
    template <int Vectors, class P> RECOSCOPE_INLINE void addColumns(std::int64_t d, P part) const
    {
        F sum[2][Vectors]; // of the places with the parity of the first one, of the others
        const auto each = [&](auto&& body) __attribute__((always_inline))
        {
#pragma GCC unroll 2
            for (int other = 0; other < 2; ++other)
#pragma GCC unroll 4
                for (int v = 0; v < Vectors; ++v)
                    body(sum[other][v], sums + ((place + other) & 1) * dim + d + v * V::lanes);
        };
        const auto add = [&](std::int64_t t, F(&into)[Vectors]) __attribute__((always_inline))
        {
            const F weight = splat<V>(weights[t]);
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                into[v] = V::fma(weight, load<V>(values + t * dim + d + v * V::lanes, part), into[v]);
        };
        each([&](F & value, const float* at) __attribute__((always_inline)) { value = load<V>(at, part); });
        std::int64_t t = 0;
        for (; t + 2 <= count; t += 2) {
            add(t, sum[0]);
            add(t + 1, sum[1]);
        }
        if (t < count)
            add(t, sum[0]);
        each([&](F & value, float* at) __attribute__((always_inline)) { store<V>(at, value, part); });
    }
};

template <class V> RECOSCOPE_INLINE void writeMean(const float* sums, std::int64_t dim, float factor, float* output)
{
    rowLoop<V>(0, dim, [&](std::int64_t i, auto part) {
        store<V>(output + i, (load<V>(sums + i, part) + load<V>(sums + dim + i, part)) * factor, part);
    });
}

// A block of successive rows, which read the same keys and values chunk by chunk while these are in the cache. Scores
// are independent of each other; a sum over values goes through memory between chunks, in the order it has for a row
// alone.
template <class V> struct CachedRows {
    static constexpr std::int64_t rows = 16, chunk = 64;

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
            factor[r] = exponentiateScores<V>(weights + r * a.events, seen(r), a.scale);
        for (std::int64_t i = 0; i < count * 2 * dim; ++i)
            sums[i] = 0.0f;
        for (std::int64_t begin = 0; begin < longest; begin += chunk)
            for (std::int64_t r = 0; r < count; ++r)
                WeightedValues<V>{weights + r * a.events + begin, a.values + begin * dim,
                    smaller(begin + chunk, seen(r)) - begin, begin, dim, sums + r * 2 * dim}
                    .add();
        for (std::int64_t r = 0; r < count; ++r)
            writeMean<V>(sums + r * 2 * dim, dim, factor[r], a.output + (first + r) * a.outputStride);
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

template <class V> void pagedAttention(const PagedAttention& a, std::int64_t begin, std::int64_t end)
{
    const std::int64_t dim = a.headDim;
    for (std::int64_t r = begin; r < end; ++r) {
        const auto pages = a.pages.subspan(a.offsets[r], a.offsets[r + 1] - a.offsets[r]);
        std::int64_t seen = 0;
        for (const KeptPage& page : pages)
            seen += page.count;
        float *sums = threadScratch(seen + 2 * dim), *weights = sums + 2 * dim;
        std::int64_t place = 0;
        for (const KeptPage& page : pages) {
            scoreAll<V>(
                dim, a.query + r * a.queryStride, a.keys + page.first * dim, nullptr, weights + place, 0, page.count);
            place += page.count;
        }
        const float factor = exponentiateScores<V>(weights, seen, a.scale);
        for (std::int64_t i = 0; i < 2 * dim; ++i)
            sums[i] = 0.0f;
        place = 0;
        for (const KeptPage& page : pages) {
            WeightedValues<V>{weights + place, a.values + page.first * dim, page.count, place, dim, sums}.add();
            place += page.count;
        }
        writeMean<V>(sums, dim, factor, a.output + r * a.outputStride);
    }
}

} // namespace recoscope::kernels::cpu
