// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Norm, linear layer and SiLU, forward and backward, a block of rows at a time while it is in the cache: the products
// with the weights are the tile of the scores (rows are queries, columns items), that of the weights' gradient has rows
// of the block as terms. Dimensions of the layer are rounded up to whole groups of columns in scratch.
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/row_norm.h"
#include "engine/kernels/cpu/score_tile.h"
#include "engine/kernels/cpu/streams.h"
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

template <class V> RECOSCOPE_INLINE void addRow(const float* row, std::int64_t width, float* sums)
{
    rowLoop<V>(0, width,
        [&](std::int64_t c, auto part) { store<V>(sums + c, load<V>(sums + c, part) + load<V>(row + c, part), part); });
}

constexpr std::int64_t streamedSlope = std::int64_t(1) << 20; // numbers

template <class V> void siluProjectionForward(const SiluProjection& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    using Block = ProjectionBlock<V>;
    const std::int64_t columns = Block::padded(a.width), room = ScoreStrip<V>::room(a.width, a.inner);
    float* memory = threadScratch(room + Block::rows * (columns + a.inner));
    float *block = memory + room, *normalised = block + Block::rows * columns;
    ScoreStrip<V> strip(memory, a.width, a.inner);
    strip.layOutColumns(a.weight, a.bias, a.width);
    const bool streamed = a.slope && isStreamed<V>(a.slope, a.rows, a.activated, streamedSlope);
    for (std::int64_t first = begin; first < end; first += Block::rows) {
        const std::int64_t count = smaller(Block::rows, end - first);
        const float* x = a.input + first * a.inner;
        if (a.normEpsilon > 0.0f) {
            normaliseRows<V>(a.input, a.inner, a.normEpsilon, first, count, a.mean, a.inverseSigma, normalised);
            x = normalised;
        }
        Block::multiply(strip, x, count, block, columns);
        for (std::int64_t r = 0; r < count; ++r) {
            const float* z = block + r * columns;
            float *slope = a.slope ? a.slope + (first + r) * a.activated : nullptr,
                  *output = a.output + (first + r) * a.width;
            rowLoop<V>(0, a.activated, [&](std::int64_t c, auto part) {
                const F x = load<V>(z + c, part), sigma = sigmoid<V>(x), y = x * sigma;
                store<V>(output + c, y, part);
                if (streamed)
                    V::stream(slope + c, V::fma(y, 1.0f - sigma, sigma));
                else if (slope)
                    store<V>(slope + c, V::fma(y, 1.0f - sigma, sigma), part);
            });
            rowLoop<V>(a.activated, a.width,
                [&](std::int64_t c, auto part) { store<V>(output + c, load<V>(z + c, part), part); });
        }
    }
    if (streamed)
        V::finishStreams();
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

// sums [inner, width] += x^T g for `count` rows: x [count, inner], rows of g `stride` floats apart. A group of columns
// of g at a time, which stays in the first cache while all columns of x pass it.
template <class V>
RECOSCOPE_INLINE void addWeightGradient(std::int64_t inner, std::int64_t width, const float* x, const float* g,
    std::int64_t stride, std::int64_t count, float* sums)
{
    constexpr int rows = ScoreTile<V>::rows, vectors = ScoreTile<V>::vectors;
    const auto columns = [&]<int Vectors>(std::int64_t c, auto part) __attribute__((always_inline))
    {
        const auto add = [&]<int Rows>(std::int64_t d) __attribute__((always_inline))
        {
            addOuter<V, Rows, Vectors>(x + d, inner, g + c, stride, count, sums + d * width + c, width, part);
        };
        std::int64_t d = 0;
        for (; d + rows <= inner; d += rows)
            add.template operator()<rows>(d);
        for (; d + 2 <= inner; d += 2)
            add.template operator()<2>(d);
        if (d < inner)
            add.template operator()<1>(d);
    };
    std::int64_t c = 0;
    for (; c + vectors * V::lanes <= width; c += vectors * V::lanes)
        columns.template operator()<vectors>(c, Full{});
    rowLoop<V>(c, width, [&](std::int64_t at, auto part) { columns.template operator()<1>(at, part); });
}

template <class V>
void siluProjectionBackward(
    const SiluProjectionBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias)
{
    using Block = ProjectionBlock<V>;
    const SiluProjection& a = b.forward;
    const std::int64_t columns = Block::padded(a.inner), room = ScoreStrip<V>::room(a.inner, a.width);
    float* memory = threadScratch(room + Block::rows * (columns + a.width + a.inner));
    float *block = memory + room, *gradZ = block + Block::rows * columns, *normalised = gradZ + Block::rows * a.width;
    ScoreStrip<V> strip(memory, a.inner, a.width);
    strip.layOut(a.weight, nullptr, a.inner);
    for (std::int64_t first = begin; first < end; first += Block::rows) {
        const std::int64_t count = smaller(Block::rows, end - first);
        for (std::int64_t r = 0; r < count; ++r) {
            const float *slope = a.slope + (first + r) * a.activated, *g = b.gradOutput + (first + r) * a.width;
            float* to = gradZ + r * a.width;
            rowLoop<V>(0, a.activated, [&](std::int64_t c, auto part) {
                store<V>(to + c, load<V>(g + c, part) * load<V>(slope + c, part), part);
            });
            rowLoop<V>(
                a.activated, a.width, [&](std::int64_t c, auto part) { store<V>(to + c, load<V>(g + c, part), part); });
            if (gradBias)
                addRow<V>(to, a.width, gradBias);
        }
        const float* x = a.input + first * a.inner;
        if (a.normEpsilon > 0.0f) {
            normaliseRowsAgain<V>(a.input, a.inner, first, count, a.mean, a.inverseSigma, normalised);
            x = normalised;
        }
        addWeightGradient<V>(a.inner, a.width, x, gradZ, a.width, count, gradWeight);
        if (!b.gradInput)
            continue;
        Block::multiply(strip, gradZ, count, block, columns);
        for (std::int64_t r = 0; r < count; ++r) {
            const float* gradient = block + r * columns;
            float* to = b.gradInput + (first + r) * a.inner;
            if (a.normEpsilon > 0.0f)
                normGradient<V>(gradient, normalised + r * a.inner, a.inner, a.inverseSigma[first + r], to);
            else
                rowLoop<V>(0, a.inner,
                    [&](std::int64_t d, auto part) { store<V>(to + d, load<V>(gradient + d, part), part); });
        }
    }
}

} // namespace recoscope::kernels::cpu
