// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Linear layer, softmax and cross-entropy over a slice of the catalogue ("chunk") for a block of rows. Exponentials are
// kept in panels: two vectors of rows wide, one line per item, shifted by the largest logit that the row has in the
// chunk. So rows are lanes (no sums across lanes), the table is read in its own layout, and each of the three matrix
// products is a tile of broadcasts from one side and whole vectors from the other.
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/row_panel.h"
#include "engine/kernels/cross_entropy_block.h"

namespace recoscope::kernels::cpu {

template <class V> struct CrossEntropyChunk {
    using F = typename V::F;
    using I = typename V::I;
    static constexpr int lanes = V::lanes, panel = RowPanel<V>::rows;
    static_assert(CrossEntropyBlock::rowStep % panel == 0);

    // Exponentials of one panel, its maxima and its sums.
    static void forwardPanel(const CrossEntropyBlock& b, std::int64_t first, std::int64_t count, std::int64_t p,
        float* out, float* maximum, float* sum)
    {
        constexpr int items = 6;
        const float* rows = b.panels + p * panel * b.width;
        const float *table = b.table + first * b.width, *bias = b.bias ? b.bias + first : nullptr;
        std::int64_t j = 0;
        for (; j + items <= count; j += items) {
            const float* item[items];
            for (int i = 0; i < items; ++i)
                item[i] = table + (j + i) * b.width;
            RowPanel<V>::template products<items>(rows, b.width, item, bias ? bias + j : nullptr, out + j * panel);
        }
        for (; j < count; ++j) {
            const float* const item[1]{table + j * b.width};
            RowPanel<V>::template products<1>(rows, b.width, item, bias ? bias + j : nullptr, out + j * panel);
        }
        for (std::int64_t r = p * panel; r < smaller(b.rows, (p + 1) * panel); ++r)
            if (const std::int64_t target = b.targets[r] - first; target >= 0 && target < count)
                b.targetLogit[r] = out[target * panel + (r - p * panel)];
        for (int v = 0; v < panel; v += lanes)
            exponentials(out + v, count, maximum + v, sum + v);
    }

    static RECOSCOPE_INLINE void exponentials(float* x, std::int64_t count, float* maximum, float* sum)
    {
        F top = load<V>(x);
        for (std::int64_t j = 1; j < count; ++j) {
            const F y = load<V>(x + j * panel);
            top = y > top ? y : top;
        }
        // A row without any finite logit keeps -inf as its maximum and adds nothing.
        const F shift = top > -__builtin_inff() ? top : F{};
        F a{}, b{};
        std::int64_t j = 0;
        for (; j + 2 <= count; j += 2) {
            const F y = exponential<V>(load<V>(x + j * panel) - shift);
            const F z = exponential<V>(load<V>(x + (j + 1) * panel) - shift);
            store<V>(x + j * panel, y);
            store<V>(x + (j + 1) * panel, z);
            a += y;
            b += z;
        }
        if (j < count) {
            const F y = exponential<V>(load<V>(x + j * panel) - shift);
            store<V>(x + j * panel, y);
            a += y;
        }
        store<V>(maximum, top);
        store<V>(sum, a + b);
    }

    // gradTable[first + j] += sum over rows of e[j][row] * scaled[row].
    static void gradTable(const CrossEntropyBlock& b, const float* e, std::int64_t first, std::int64_t count,
        const float* scaled, float* grad)
    {
        constexpr int items = V::tileRows;
        std::int64_t d = 0;
        const auto columns = [&](auto vectors, auto part) {
            constexpr int n = decltype(vectors)::value;
            std::int64_t j = 0;
            for (; j + items <= count; j += items)
                gradTableTile<items, n>(b, e + j * panel, scaled + d, grad + (first + j) * b.width + d, part);
            for (; j < count; ++j)
                gradTableTile<1, n>(b, e + j * panel, scaled + d, grad + (first + j) * b.width + d, part);
            d += n * lanes;
        };
        while (d + 2 * lanes <= b.width)
            columns(Number<2>{}, Full{});
        if (d + lanes <= b.width)
            columns(Number<1>{}, Full{});
        if (d < b.width)
            columns(Number<1>{}, Part{static_cast<int>(b.width - d)});
    }

    // partial[row] += factor[row] * sum over the items of e[j][row] * table[first + j].
    static void gradHidden(const CrossEntropyBlock& b, const float* e, std::int64_t first, std::int64_t count,
        const float* factor, float* partial)
    {
        constexpr std::int64_t items = 64; // of the table and of a panel stay in the first cache
        for (std::int64_t j = 0; j < count; j += items) {
            const std::int64_t some = smaller(items, count - j);
            const float* table = b.table + (first + j) * b.width;
            for (std::int64_t p = 0; p < b.paddedRows / panel; ++p)
                gradHiddenPanel(b, e + p * b.panelStride() + j * panel, table, some, factor + p * panel,
                    partial + p * panel * b.width);
        }
    }

private:
    template <int N> struct Number {
        static constexpr int value = N;
    };

    template <int Items, int Vectors, class P>
    static RECOSCOPE_INLINE void gradTableTile(
        const CrossEntropyBlock& b, const float* e, const float* scaled, float* grad, P part)
    {
        F sum[Items][Vectors];
#pragma GCC unroll 8
        for (int i = 0; i < Items; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sum[i][v] = load<V>(grad + i * b.width + v * lanes, part);
        for (std::int64_t p = 0; p < b.paddedRows / panel; ++p) {
            const float *weights = e + p * b.panelStride(), *base = scaled + p * panel * b.width;
            accumulate<V>(
                sum, panel, [&](int i, std::int64_t k) { return weights[i * panel + k]; },
                [&](std::int64_t k) { return base + k * b.width; }, part);
        }
#pragma GCC unroll 8
        for (int i = 0; i < Items; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                store<V>(grad + i * b.width + v * lanes, sum[i][v], part);
    }

    static RECOSCOPE_INLINE void gradHiddenPanel(const CrossEntropyBlock& b, const float* e, const float* table,
        std::int64_t count, const float* factor, float* partial)
    {
        constexpr int rows = lanes == 16 ? 8 : 4;
        std::int64_t d = 0;
        const auto columns = [&](auto vectors, auto part) {
            constexpr int n = decltype(vectors)::value;
            for (int r = 0; r < panel; r += rows) {
                F sum[rows][n]{};
                accumulate<V>(
                    sum, count, [&](int i, std::int64_t k) { return e[r + i + k * panel]; },
                    [&](std::int64_t k) { return table + k * b.width + d; }, part);
#pragma GCC unroll 8
                for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
                    for (int v = 0; v < n; ++v) {
                        float* to = partial + (r + i) * b.width + d + v * lanes;
                        store<V>(to, V::fma(splat<V>(factor[r + i]), sum[i][v], load<V>(to, part)), part);
                    }
            }
            d += n * lanes;
        };
        while (d + 3 * lanes <= b.width)
            columns(Number<3>{}, Full{});
        if (d + 2 * lanes <= b.width)
            columns(Number<2>{}, Full{});
        if (d + lanes <= b.width)
            columns(Number<1>{}, Full{});
        if (d < b.width)
            columns(Number<1>{}, Part{static_cast<int>(b.width - d)});
    }
};

template <class V>
void crossEntropyForward(
    const CrossEntropyBlock& b, std::int64_t first, std::int64_t count, float* exponentials, float* maxima, float* sums)
{
    using Chunk = CrossEntropyChunk<V>;
    for (std::int64_t p = 0; p < b.paddedRows / Chunk::panel; ++p)
        Chunk::forwardPanel(
            b, first, count, p, exponentials + p * b.panelStride(), maxima + p * Chunk::panel, sums + p * Chunk::panel);
}

template <class V>
void crossEntropyBackward(const CrossEntropyBlock& b, std::int64_t first, std::int64_t count, const float* exponentials,
    const float* factors, float* scaled, float* gradHidden)
{
    using Chunk = CrossEntropyChunk<V>;
    for (std::int64_t r = 0; r < b.rows; ++r) {
        const typename V::F factor = splat<V>(factors[r]);
        rowLoop<V>(0, b.width, [&](std::int64_t d, auto part) {
            store<V>(scaled + r * b.width + d, factor * load<V>(b.hidden + r * b.width + d, part), part);
        });
    }
    for (std::int64_t i = b.rows * b.width; i < b.paddedRows * b.width; ++i)
        scaled[i] = 0.0f;
    Chunk::gradTable(b, exponentials, first, count, scaled, b.gradTable);
    Chunk::gradHidden(b, exponentials, first, count, factors, gradHidden);
    for (std::int64_t j = 0; b.gradBias && j < count; ++j) {
        typename V::F sum{};
        for (std::int64_t r = 0; r < b.paddedRows; r += V::lanes) {
            const float* e = exponentials + r / Chunk::panel * b.panelStride() + j * Chunk::panel + r % Chunk::panel;
            sum = V::fma(load<V>(e), load<V>(factors + r), sum);
        }
        b.gradBias[first + j] += sumLanes<V>(sum);
    }
}

} // namespace recoscope::kernels::cpu
