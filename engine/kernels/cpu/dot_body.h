// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The score of a query and an item, in one order of summation that every instruction set and every loop shape keeps, so
// that top-K lists, ranks and scores agree bit for bit within a path, and AVX2 and AVX-512 with each other:
//
//   c_l = sum over d = l, l + 8, l + 16, ... of query[d] * item[d], each step one fused multiply-add from 0;
//   score = (((c_0 + c_4) + (c_2 + c_6)) + ((c_1 + c_5) + (c_3 + c_7))) + bias.
//
// Eight lanes over d give the chains at once for one query (here); for many queries the lanes are items and the chains
// are walked one after another (ranking_body.h).
#pragma once

#include "engine/kernels/cpu/isa_portable.h"

namespace recoscope::kernels::cpu {

using Eight = Vectors<8>;

// c_0 .. c_7 of `Rows` items, `stride` floats apart.
template <class V, int Rows>
RECOSCOPE_INLINE void chains(
    std::int64_t width, const float* query, const float* items, std::int64_t stride, F8 (&sum)[Rows])
{
    for (int r = 0; r < Rows; ++r)
        sum[r] = F8{};
    rowLoop<Eight>(0, width, [&](std::int64_t d, auto part) {
        const F8 q = load<Eight>(query + d, part);
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
            sum[r] = V::fma(q, load<Eight>(items + r * stride + d, part), sum[r]);
    });
}

// The tree over the chains of one item.
template <class V> RECOSCOPE_INLINE float foldChains(F8 c)
{
    return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
}

// The tree over the chains of eight items: lane i is the sum of item i.
template <class V> RECOSCOPE_INLINE F8 foldEight(const F8 (&c)[8])
{
    F8 half[4], quarter[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) // items i and i + 4: [c0+c4, c1+c5, c2+c6, c3+c7] of each
        half[i] = __builtin_shufflevector(c[i], c[i + 4], 0, 1, 2, 3, 8, 9, 10, 11)
            + __builtin_shufflevector(c[i], c[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) // [even, odd] sums of items 2i, 2i+1 | 2i+4, 2i+5
        quarter[i] = __builtin_shufflevector(half[2 * i], half[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13)
            + __builtin_shufflevector(half[2 * i], half[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    return __builtin_shufflevector(quarter[0], quarter[1], 0, 2, 8, 10, 4, 6, 12, 14)
        + __builtin_shufflevector(quarter[0], quarter[1], 1, 3, 9, 11, 5, 7, 13, 15);
}

template <class V> RECOSCOPE_INLINE float dotOne(std::int64_t width, const float* query, const float* item)
{
    F8 sum[1];
    chains<V>(width, query, item, 0, sum);
    return foldChains<V>(sum[0]);
}

template <class V>
RECOSCOPE_INLINE F8 dotEight(std::int64_t width, const float* query, const float* items, std::int64_t stride)
{
    F8 sum[8];
    chains<V>(width, query, items, stride, sum);
    return foldEight<V>(sum);
}

} // namespace recoscope::kernels::cpu
