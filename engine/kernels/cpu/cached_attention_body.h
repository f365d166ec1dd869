// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Softmax attention of new rows to kept keys and values: each row by itself, so that its bytes do not depend on how
// many rows come at once.
#pragma once

#include "engine/kernels/cpu/catalogue_walk.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

template <class V> struct CachedRow {
    using F = typename V::F;
    std::int64_t count, width; // keys that the row sees, and how wide they are
    float* weights; // [count]

    // Scores to weights: exponentials of the scaled distance to the highest; returns one over their sum.
    RECOSCOPE_INLINE float exponentiate(float scale) const
    {
        F most = splat<V>(-__builtin_inff()), sum{};
        rowLoop<V>(0, count, [&](std::int64_t t, auto part) {
            const F score = fillRest<V>(load<V>(weights + t, part), -__builtin_inff(), part);
            most = score > most ? score : most;
        });
        const float highest = maxLanes<V>(most);
        rowLoop<V>(0, count, [&](std::int64_t t, auto part) {
            const F weight = exponential<V>((load<V>(weights + t, part) - highest) * scale);
            store<V>(weights + t, weight, part);
            sum += fillRest<V>(weight, 0.0f, part);
        });
        return 1.0f / sumLanes<V>(sum);
    }

    // out[:] = factor * sum over t of weights[t] * values[t][:], even and odd rows apart.
    template <int Vectors, class P>
    RECOSCOPE_INLINE void combine(const float* values, float factor, float* out, P part) const
    {
        F sum[2][Vectors]{};
        const auto add = [&](std::int64_t t, F(&to)[Vectors]) __attribute__((always_inline))
        {
            const F weight = splat<V>(weights[t]);
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                to[v] = V::fma(weight, load<V>(values + t * width + v * V::lanes, part), to[v]);
        };
        std::int64_t t = 0;
        for (; t + 2 <= count; t += 2) {
            add(t, sum[0]);
            add(t + 1, sum[1]);
        }
        if (t < count)
            add(t, sum[0]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            store<V>(out + v * V::lanes, (sum[0][v] + sum[1][v]) * factor, part);
    }
};

template <class V> void cachedAttention(const CachedAttention& a, std::int64_t begin, std::int64_t end)
{
    constexpr std::int64_t wide = 4 * V::lanes;
    const std::int64_t dim = a.headDim;
    float* weights = threadScratch(a.events);
    for (std::int64_t r = begin; r < end; ++r) {
        const CachedRow<V> row{a.events - a.rows + r + 1, dim, weights};
        scoreAll<V>(dim, a.query + r * a.queryStride, a.keys, nullptr, weights, 0, row.count);
        const float factor = row.exponentiate(a.scale);
        float* out = a.output + r * a.outputStride;
        std::int64_t d = 0;
        for (; d + wide <= dim; d += wide)
            row.template combine<4>(a.values + d, factor, out + d, Full{});
        rowLoop<V>(
            d, dim, [&](std::int64_t i, auto part) { row.template combine<1>(a.values + i, factor, out + i, part); });
    }
}

} // namespace recoscope::kernels::cpu
