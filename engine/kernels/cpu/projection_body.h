// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Linear layer and SiLU, forward and backward, a block of rows at a time while it is in the cache: the products with
// the weights are the tile of the scores (rows are queries, columns items), that of the weights' gradient has rows of
// the block as terms. Dimensions of the layer are rounded up to whole groups of columns in scratch.
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/score_tile.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// rows x [columns of a strip]: what a block of rows gives, in scratch of whole groups and tiles.
template <class V> struct ProjectionBlock {
    using Tile = ScoreTile<V>;
    static constexpr std::int64_t rows = 16 * Tile::rows;

    static RECOSCOPE_INLINE std::int64_t padded(std::int64_t columns)
    {
        return (columns + ScoreStrip<V>::group - 1) / ScoreStrip<V>::group * ScoreStrip<V>::group;
    }

    // out[r][c] = from[r] . column c, for `count` rows (any number of scratch rows past them are written too).
    static RECOSCOPE_INLINE void multiply(
        const ScoreStrip<V>& strip, const float* from, std::int64_t count, float* out, std::int64_t stride)
    {
        for (std::int64_t r = 0; r < count; r += Tile::rows) {
            const float* row[Tile::rows];
            for (std::int64_t i = 0; i < Tile::rows; ++i)
                row[i] = from + smaller(r + i, count - 1) * strip.width;
            for (std::int64_t c = 0; c < strip.count; c += strip.group)
                Tile::run(strip, c, row, out + r * stride + c, stride);
        }
    }
};

template <class V> void siluProjectionForward(const SiluProjection& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    using Block = ProjectionBlock<V>;
    const std::int64_t columns = Block::padded(a.width), room = ScoreStrip<V>::room(a.width, a.inner);
    float* memory = threadScratch(room + Block::rows * columns);
    float* block = memory + room;
    ScoreStrip<V> strip(memory, a.width, a.inner);
    strip.layOutColumns(a.weight, a.bias, a.width);
    for (std::int64_t first = begin; first < end; first += Block::rows) {
        const std::int64_t count = smaller(Block::rows, end - first);
        Block::multiply(strip, a.input + first * a.inner, count, block, columns);
        for (std::int64_t r = 0; r < count; ++r) {
            const float* z = block + r * columns;
            float *linear = a.linear + (first + r) * a.width, *output = a.output + (first + r) * a.width;
            rowLoop<V>(0, a.activated, [&](std::int64_t c, auto part) {
                const F x = load<V>(z + c, part);
                store<V>(linear + c, x, part);
                store<V>(output + c, x * sigmoid<V>(x), part);
            });
            rowLoop<V>(a.activated, a.width, [&](std::int64_t c, auto part) {
                const F x = load<V>(z + c, part);
                store<V>(linear + c, x, part);
                store<V>(output + c, x, part);
            });
        }
    }
}

// sums[d][c] += sum over rows r of x[r][d] * g[r][c], for Rows x Vectors of them.
template <class V, int Rows, int Vectors, class P>
RECOSCOPE_INLINE void addOuter(const float* x, std::int64_t inner, const float* g, std::int64_t stride,
    std::int64_t count, float* sums, std::int64_t width, P part)
{
    using F = typename V::F;
    F sum[Rows][Vectors];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            sum[i][v] = load<V>(sums + i * width + v * V::lanes, part);
    for (std::int64_t r = 0; r < count; ++r, x += inner, g += stride) {
        F y[Vectors];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            y[v] = load<V>(g + v * V::lanes, part);
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
            const F w = splat<V>(x[i]);
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sum[i][v] = V::fma(w, y[v], sum[i][v]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            store<V>(sums + i * width + v * V::lanes, sum[i][v], part);
}

// A group of columns of the gradients at a time, which stays in the first cache while all columns of x pass it.
template <class V>
RECOSCOPE_INLINE void addWeightGradient(
    const SiluProjection& a, const float* x, const float* g, std::int64_t stride, std::int64_t count, float* sums)
{
    constexpr int rows = ScoreTile<V>::rows, vectors = ScoreTile<V>::vectors;
    const auto columns = [&]<int Vectors>(std::int64_t c, auto part) __attribute__((always_inline))
    {
        const auto add = [&]<int Rows>(std::int64_t d) __attribute__((always_inline))
        {
            addOuter<V, Rows, Vectors>(x + d, a.inner, g + c, stride, count, sums + d * a.width + c, a.width, part);
        };
        std::int64_t d = 0;
        for (; d + rows <= a.inner; d += rows)
            add.template operator()<rows>(d);
        for (; d + 2 <= a.inner; d += 2)
            add.template operator()<2>(d);
        if (d < a.inner)
            add.template operator()<1>(d);
    };
    std::int64_t c = 0;
    for (; c + vectors * V::lanes <= a.width; c += vectors * V::lanes)
        columns.template operator()<vectors>(c, Full{});
    rowLoop<V>(c, a.width, [&](std::int64_t at, auto part) { columns.template operator()<1>(at, part); });
}

template <class V>
void siluProjectionBackward(
    const SiluProjectionBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias)
{
    using F = typename V::F;
    using Block = ProjectionBlock<V>;
    const SiluProjection& a = b.forward;
    const std::int64_t columns = Block::padded(a.inner), room = ScoreStrip<V>::room(a.inner, a.width);
    float* memory = threadScratch(room + Block::rows * (columns + a.width));
    float *block = memory + room, *gradZ = block + Block::rows * columns;
    ScoreStrip<V> strip(memory, a.inner, a.width);
    strip.layOut(a.weight, nullptr, a.inner);
    for (std::int64_t first = begin; first < end; first += Block::rows) {
        const std::int64_t count = smaller(Block::rows, end - first);
        for (std::int64_t r = 0; r < count; ++r) {
            const float *z = a.linear + (first + r) * a.width, *g = b.gradOutput + (first + r) * a.width;
            float* to = gradZ + r * a.width;
            rowLoop<V>(0, a.activated, [&](std::int64_t c, auto part) {
                const F x = load<V>(z + c, part), sigma = sigmoid<V>(x);
                store<V>(to + c, load<V>(g + c, part) * sigma * V::fma(x, 1.0f - sigma, splat<V>(1.0f)), part);
            });
            rowLoop<V>(
                a.activated, a.width, [&](std::int64_t c, auto part) { store<V>(to + c, load<V>(g + c, part), part); });
            if (gradBias)
                rowLoop<V>(0, a.width, [&](std::int64_t c, auto part) {
                    store<V>(gradBias + c, load<V>(gradBias + c, part) + load<V>(to + c, part), part);
                });
        }
        addWeightGradient<V>(a, a.input + first * a.inner, gradZ, a.width, count, gradWeight);
        if (!b.gradInput)
            continue;
        Block::multiply(strip, gradZ, count, block, columns);
        for (std::int64_t r = 0; r < count; ++r)
            rowLoop<V>(0, a.inner, [&](std::int64_t d, auto part) {
                store<V>(b.gradInput + (first + r) * a.inner + d, load<V>(block + r * columns + d, part), part);
            });
    }
}

} // namespace recoscope::kernels::cpu
