// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The matrix products of attention, one sequence and head at a time: a block of query rows against all columns. Keys
// (and values, backward) are transposed once, into panels of a few columns each that stay in the first cache while the
// block passes them.
#pragma once

#include "engine/kernels/cpu/simd.h"

namespace recoscope::kernels::cpu {

// Of one sequence and head; strips are [block, columns].
template <class V> struct AttentionTiles {
    using F = typename V::F;
    static constexpr int block
        = V::lanes == 16 ? 8 : 4; // query rows at a time: with two vectors each, half the registers
    static constexpr int few = 2; // rows of a request, which are not worth a block
    static constexpr int run = V::lanes; // columns are rounded up to this
    static constexpr int panel = 2 * run; // columns of a panel, [width, panel] each

    AttentionTiles(std::int64_t rows, std::int64_t headDim, std::int64_t rowStride)
        : length(rows)
        , columns((rows + run - 1) / run * run)
        , width(headDim)
        , stride(rowStride)
    {
    }

    std::int64_t panelFloats() const { return (columns + panel - 1) / panel * panel * width; }

    // Rows to panels: squares as wide as a vector, and small ones where the rows end, so that short sequences pay for
    // no more than they have. What is in the columns past the last row nobody reads.
    void transpose(const float* rows, float* panels) const
    {
        const auto given = [&](std::int64_t first, std::int64_t) __attribute__((always_inline))
        {
            return rows + first * stride;
        };
        transposeFrom(given, stride, panels);
    }

    // The same where rowsAt(first, count) tells where rows [first, first + count) lie, `rowsStride` floats apart.
    template <class Rows>
    RECOSCOPE_INLINE void transposeFrom(Rows&& rowsAt, std::int64_t rowsStride, float* panels) const
    {
        std::int64_t j = 0;
        for (; j + run <= length; j += run)
            transposeRows<V>(rowsAt(j, run), run, rowsStride, j, panels);
        for (; j < length; j += 4) {
            const std::int64_t count = smaller<std::int64_t>(4, length - j);
            transposeRows<Vectors<4>>(rowsAt(j, count), count, rowsStride, j, panels);
        }
    }

    // out[r][j] = scale * rows[r] . column j, for j < used, a whole number of runs; of the `live` first rows at least.
    void products(const float* const (&rows)[block], std::int64_t used, const float* panels, float scale, float* out,
        int live = block) const
    {
        if (live <= few)
            return productsOf<few>(rows, used, panels, scale, out);
        productsOf<block>(rows, used, panels, scale, out);
    }

    // out[r][:] = sum over j < count of weights[r][j] * row j; `live` rows of `out` are real.
    void combine(
        const float* weights, std::int64_t count, const float* rows, float* const (&out)[block], int live) const
    {
        if (live <= few)
            return combineOf<few>(weights, count, rows, out, live);
        combineOf<block>(weights, count, rows, out, live);
    }

    // to row j += sum over r of weights[r][j] * rows[r], for j < count, where rows of `to` from `fresh` on hold nothing
    // yet; they are `toStride` floats apart.
    void spread(const float* weights, std::int64_t fresh, std::int64_t count, const float* const (&rows)[block],
        float* to, std::int64_t toStride) const
    {
        std::int64_t d = 0;
        for (; d + 2 * V::lanes <= width; d += 2 * V::lanes)
            spreadRun<2>(weights, fresh, count, rows, to + d, toStride, d, Full{});
        rowLoop<V>(d, width,
            [&](std::int64_t i, auto part) { spreadRun<1>(weights, fresh, count, rows, to + i, toStride, i, part); });
    }

    const std::int64_t length, columns, width, stride;

private:
    template <int Rows>
    RECOSCOPE_INLINE void productsOf(
        const float* const (&rows)[block], std::int64_t used, const float* panels, float scale, float* out) const
    {
        std::int64_t j = 0;
        for (; j + panel <= used; j += panel)
            productRun<Rows, 2>(rows, panels + j * width, scale, out + j);
        if (j < used)
            productRun<Rows, 1>(rows, panels + j * width, scale, out + j);
    }

    template <int Rows>
    RECOSCOPE_INLINE void combineOf(
        const float* weights, std::int64_t count, const float* rows, float* const (&out)[block], int live) const
    {
        std::int64_t d = 0;
        for (; d + 2 * V::lanes <= width; d += 2 * V::lanes)
            combineRun<Rows, 2>(weights, count, rows, out, live, d, Full{});
        rowLoop<V>(d, width,
            [&](std::int64_t i, auto part) { combineRun<Rows, 1>(weights, count, rows, out, live, i, part); });
    }

    // The `count` given rows as columns [j, j + lanes), the last row again past the end.
    template <class Lanes>
    RECOSCOPE_INLINE void transposeRows(
        const float* rows, std::int64_t count, std::int64_t rowsStride, std::int64_t j, float* panels) const
    {
        float* to = panels + j / panel * panel * width + j % panel;
        const float* from[Lanes::lanes];
        for (int i = 0; i < Lanes::lanes; ++i)
            from[i] = rows + smaller<std::int64_t>(i, count - 1) * rowsStride;
        rowLoop<Lanes>(0, width, [&](std::int64_t d, auto part) {
            typename Lanes::F square[Lanes::lanes];
#pragma GCC unroll 16
            for (int i = 0; i < Lanes::lanes; ++i)
                square[i] = load<Lanes>(from[i] + d, part);
            transposeSquare<Lanes>(square);
            for (int i = 0; i < lanesOf<Lanes>(part); ++i)
                store<Lanes>(to + (d + i) * panel, square[i]);
        });
    }

    template <int Rows, int Vectors>
    RECOSCOPE_INLINE void productRun(
        const float* const (&rows)[block], const float* column, float scale, float* out) const
    {
        F sum[Rows][Vectors]{};
        for (std::int64_t d = 0; d < width; ++d, column += panel) {
            F k[Vectors];
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                k[i] = load<V>(column + i * V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < Rows; ++r) {
                const F q = splat<V>(rows[r][d]);
#pragma GCC unroll 2
                for (int i = 0; i < Vectors; ++i)
                    sum[r][i] = V::fma(q, k[i], sum[r][i]);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                store<V>(out + r * columns + i * V::lanes, sum[r][i] * scale);
    }

    template <int Rows, int Vectors, class P>
    RECOSCOPE_INLINE void combineRun(const float* weights, std::int64_t count, const float* rows,
        float* const (&out)[block], int live, std::int64_t d, P part) const
    {
        F sum[Rows][Vectors]{};
        const float* from = rows + d;
        for (std::int64_t j = 0; j < count; ++j, from += stride) {
            F v[Vectors];
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                v[i] = load<V>(from + i * V::lanes, part);
#pragma GCC unroll 8
            for (int r = 0; r < Rows; ++r) {
                const F w = splat<V>(weights[r * columns + j]);
#pragma GCC unroll 2
                for (int i = 0; i < Vectors; ++i)
                    sum[r][i] = V::fma(w, v[i], sum[r][i]);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                if (r < live)
                    store<V>(out[r] + d + i * V::lanes, sum[r][i], part);
    }

    template <int Vectors, class P>
    RECOSCOPE_INLINE void spreadRun(const float* weights, std::int64_t fresh, std::int64_t count,
        const float* const (&rows)[block], float* to, std::int64_t toStride, std::int64_t d, P part) const
    {
        F x[block][Vectors];
#pragma GCC unroll 8
        for (int r = 0; r < block; ++r)
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                x[r][i] = load<V>(rows[r] + d + i * V::lanes, part);
        const auto add = [&](std::int64_t j, auto before) {
            float* target = to + j * toStride;
            F sum[Vectors];
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                sum[i] = before(target + i * V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < block; ++r) {
                const F w = splat<V>(weights[r * columns + j]);
#pragma GCC unroll 2
                for (int i = 0; i < Vectors; ++i)
                    sum[i] = V::fma(w, x[r][i], sum[i]);
            }
#pragma GCC unroll 2
            for (int i = 0; i < Vectors; ++i)
                store<V>(target + i * V::lanes, sum[i], part);
        };
        for (std::int64_t j = 0; j < fresh; ++j)
            add(j, [&](const float* at) { return load<V>(at, part); });
        for (std::int64_t j = fresh; j < count; ++j)
            add(j, [](const float*) { return F{}; });
    }
};

// The first row of a sequence that asks; at most its length.
template <class Attention> RECOSCOPE_INLINE std::int64_t firstQueryOf(const Attention& a, std::int64_t sequence)
{
    return a.firstQueries.size() == 0 ? 0 : a.firstQueries.data()[sequence];
}

template <class V>
RECOSCOPE_INLINE void clearRows(float* rows, std::int64_t count, std::int64_t stride, std::int64_t width)
{
    for (std::int64_t i = 0; i < count; ++i)
        rowLoop<V>(
            0, width, [&](std::int64_t d, auto part) { store<V>(rows + i * stride + d, typename V::F{}, part); });
}

// A block of query rows: their numbers (the last row again past the end), how many are real, and the columns that
// the last of them sees, rounded up to whole runs.
template <class V> struct QueryBlock {
    using Tiles = AttentionTiles<V>;
    static constexpr int size = Tiles::block;

    QueryBlock(std::int64_t length, std::int64_t firstRow, bool causal)
        : first(firstRow)
        , live(static_cast<int>(smaller<std::int64_t>(size, length - firstRow)))
        , count(causal ? firstRow + live : length)
        , used((count + Tiles::run - 1) / Tiles::run * Tiles::run)
    {
        for (int r = 0; r < size; ++r)
            index[r] = smaller<std::int64_t>(firstRow + r, length - 1);
    }

    std::int64_t first;
    int live;
    std::int64_t count, used;
    std::int64_t index[size];
};

} // namespace recoscope::kernels::cpu
