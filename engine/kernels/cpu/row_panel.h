// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Panels of rows: two vectors of rows beside each other, one line for each dimension. With rows as lanes, products with
// items read the table in its own layout and need no sum across lanes.
#pragma once

#include "engine/kernels/cpu/simd.h"

namespace recoscope::kernels::cpu {

// sum[i][v] += weight(i, k) * base(k)[v] over k < terms: a tile of a matrix product, broadcasts from one side and whole
// vectors from the other.
template <class V, int Rows, int Vectors, class Weight, class Base, class P>
RECOSCOPE_INLINE void accumulate(
    typename V::F (&sum)[Rows][Vectors], std::int64_t terms, Weight&& weight, Base&& base, P part)
{
    for (std::int64_t k = 0; k < terms; ++k) {
        const float* from = base(k);
        typename V::F x[Vectors];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            x[v] = load<V>(from + v * V::lanes, part);
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
            const typename V::F w = splat<V>(weight(i, k));
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sum[i][v] = V::fma(w, x[v], sum[i][v]);
        }
    }
}

template <class V> struct RowPanel {
    using F = typename V::F;
    static constexpr int lanes = V::lanes, rows = 2 * lanes;

    // `from` [count, width], count <= rows, to `panel` [width, rows]; rows past the count are zeros.
    static RECOSCOPE_INLINE void pack(const float* from, std::int64_t count, std::int64_t width, float* panel)
    {
        for (std::int64_t d = 0; d < width; ++d, panel += rows)
            for (std::int64_t r = 0; r < rows; ++r)
                panel[r] = r < count ? from[r * width + d] : 0.0f;
    }

    // Products of a panel with `Items` rows of the table, plus bias: line i of `out` [Items, rows] is that of item[i].
    template <int Items>
    static RECOSCOPE_INLINE void products(
        const float* panel, std::int64_t width, const float* const (&item)[Items], const float* bias, float* out)
    {
        F sum[Items][2]{};
        for (std::int64_t d = 0; d < width; ++d, panel += rows) {
            const F a = load<V>(panel), b = load<V>(panel + lanes);
#pragma GCC unroll 8
            for (int i = 0; i < Items; ++i) {
                const F w = splat<V>(item[i][d]);
                sum[i][0] = V::fma(w, a, sum[i][0]);
                sum[i][1] = V::fma(w, b, sum[i][1]);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < Items; ++i) {
            const F shift = splat<V>(bias ? bias[i] : 0.0f);
            store<V>(out + i * rows, sum[i][0] + shift);
            store<V>(out + i * rows + lanes, sum[i][1] + shift);
        }
    }
};

} // namespace recoscope::kernels::cpu
