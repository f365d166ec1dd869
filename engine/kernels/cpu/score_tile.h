// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores of many queries against packed items, fast: one chain of multiply-adds over d and not the eight of dot_body.h,
// so a score may differ from the exact one (dotOne) in its last bits. `ScoreStrip::margin` bounds by how much; who
// picks by these scores looks again, exactly, at whatever is closer than that.
#pragma once

#include "engine/kernels/cpu/dot_body.h"

namespace recoscope::kernels::cpu {

// Euclidean length, rounded up a little.
template <class V> RECOSCOPE_INLINE float lengthOf(const float* x, std::int64_t width)
{
    return __builtin_sqrtf(dotOne<V>(width, x, x)) * 1.0001f;
}

// Successive items packed for the tile: groups of tileVectors * lanes, each [width][group]; past the last item is
// whatever was there, which gives scores that nobody looks at.
template <class V> struct ScoreStrip {
    static constexpr std::int64_t group = V::tileVectors * V::lanes;

    // Items of one strip: about 2 MiB packed, a share of the outer cache.
    static RECOSCOPE_INLINE std::int64_t mostItems(std::int64_t width)
    {
        return larger<std::int64_t>(1, (1 << 19) / width / group) * group;
    }
    static RECOSCOPE_INLINE std::int64_t room(std::int64_t items, std::int64_t width)
    {
        return (items + group) / group * group * (width + 1);
    }

    // `memory` holds room() floats.
    ScoreStrip(float* memory, std::int64_t mostCount, std::int64_t itemWidth)
        : items(memory + (mostCount + group) / group * group)
        , bias(memory)
        , width(itemWidth)
    {
    }

    void pack(const float* table, const float* tableBias, std::int64_t present)
    {
        layOut(table, tableBias, present);
        longest = mostBias = 0.0f;
        for (std::int64_t i = 0; i < count; ++i) {
            longest = larger(longest, lengthOf<V>(table + i * width, width));
            mostBias = larger(mostBias, __builtin_fabsf(bias[i]));
        }
    }

    // What the tile needs, without what margin() does.
    void layOut(const float* table, const float* tableBias, std::int64_t present)
    {
        setCount(tableBias, present);
        for (std::int64_t first = 0; first < present; first += V::lanes)
            rowLoop<V>(0, width, [&](std::int64_t d, auto part) {
                typename V::F square[V::lanes];
#pragma GCC unroll 16
                for (int i = 0; i < V::lanes; ++i)
                    square[i] = load<V>(table + smaller(first + i, present - 1) * width + d, part);
                transposeSquare<V>(square);
                for (int i = 0; i < lanesOf<V>(part); ++i)
                    store<V>(line(first, d + i), square[i]);
            });
    }

    // The same from a table that has items as columns.
    void layOutColumns(const float* table, const float* tableBias, std::int64_t present)
    {
        setCount(tableBias, present);
        for (std::int64_t d = 0; d < width; ++d)
            rowLoop<V>(0, present, [&](std::int64_t first, auto part) {
                store<V>(line(first, d), load<V>(table + d * present + first, part));
            });
    }

    // No score of a query of this length is further from the exact one; infinite when nothing can be said. Every one
    // of the `width` steps of both sums rounds, fused or not, and so does the caller when it adds the margin.
    float margin(float queryLength) const
    {
        const float steps = static_cast<float>(4 * width + 16) * 0x1p-24f;
        const float bound = steps * (queryLength * longest + mostBias) + 1e-30f;
        return bound < 1e30f ? bound : __builtin_inff();
    }

    float *items, *bias;
    std::int64_t width, count = 0;
    float longest = 0.0f, mostBias = 0.0f; // NaN counts as nothing here: such items are caught by their scores

private:
    void setCount(const float* tableBias, std::int64_t present)
    {
        count = present;
        for (std::int64_t i = 0; i < (count + group - 1) / group * group; ++i)
            bias[i] = tableBias && i < count ? tableBias[i] : 0.0f;
    }

    // Where dimension d of items [first, first + lanes) goes.
    float* line(std::int64_t first, std::int64_t d) const
    {
        return items + (first / group * width + d) * group + first % group;
    }
};

// Scores of tileRows queries against one group of a strip.
template <class V> struct ScoreTile {
    using F = typename V::F;
    static constexpr int rows = V::tileRows, vectors = V::tileVectors;

    // Row r of the scores at scores + r * stride.
    static void run(const ScoreStrip<V>& strip, std::int64_t firstItem, const float* const (&query)[rows],
        float* scores, std::int64_t stride)
    {
        const float* items = strip.items + firstItem * strip.width;
        F sum[rows][vectors]{};
        for (std::int64_t d = 0; d < strip.width; ++d, items += strip.group) {
            F item[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                item[v] = load<V>(items + v * V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r) {
                const F q = splat<V>(query[r][d]);
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v)
                    sum[r][v] = V::fma(q, item[v], sum[r][v]);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                store<V>(
                    scores + r * stride + v * V::lanes, sum[r][v] + load<V>(strip.bias + firstItem + v * V::lanes));
    }
};

} // namespace recoscope::kernels::cpu
