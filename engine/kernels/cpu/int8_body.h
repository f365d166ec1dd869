// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores from a table of bytes: integer dot products with a query of 16 bits.
#pragma once

#include "engine/kernels/cpu/first_pass_body.h"
#include "engine/kernels/int8_query.h"

namespace recoscope::kernels::cpu {

// The sums of the lanes of eight vectors of integers.
RECOSCOPE_INLINE Eight::I sumEight(const Eight::I (&x)[8])
{
    Eight::I half[4], quarter[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
        half[i] = __builtin_shufflevector(x[i], x[i + 4], 0, 1, 2, 3, 8, 9, 10, 11)
            + __builtin_shufflevector(x[i], x[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i)
        quarter[i] = __builtin_shufflevector(half[2 * i], half[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13)
            + __builtin_shufflevector(half[2 * i], half[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    return __builtin_shufflevector(quarter[0], quarter[1], 0, 2, 8, 10, 4, 6, 12, 14)
        + __builtin_shufflevector(quarter[0], quarter[1], 1, 3, 9, 11, 5, 7, 13, 15);
}

// Eight lanes with the same sum.
RECOSCOPE_INLINE Eight::I inEight(Vectors<4>::I x)
{
    return __builtin_shufflevector(x, Vectors<4>::I{}, 0, 1, 2, 3, 4, 5, 6, 7);
}
RECOSCOPE_INLINE Eight::I inEight(Eight::I x)
{
    return x;
}
RECOSCOPE_INLINE Eight::I inEight(Vectors<16>::I x)
{
    return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7)
        + __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
}

// scores[i] = scale[i] * step * (codes . query) + bias for items [first, first + count).
template <class V>
void int8Scores(const TopK& a, const Int8Query& q, std::int64_t first, std::int64_t count, float* scores)
{
    const std::int8_t* codes = q.table->codes.data() + first * q.table->stride;
    const float *scales = q.table->scales.data() + first, *bias = a.bias ? a.bias + first : nullptr;
    const std::int64_t stride = q.table->stride;
    for (std::int64_t i = 0; i < count; i += 8) {
        prefetchAhead(codes + i * stride, 8 * stride);
        typename V::I sum[8]{};
        const std::int8_t* item[8];
        for (std::int64_t r = 0; r < 8; ++r)
            item[r] = codes + smaller(i + r, count - 1) * stride; // past the end the last item again
        for (std::int64_t d = 0; d < stride; d += 2 * V::lanes)
#pragma GCC unroll 8
            for (int r = 0; r < 8; ++r)
                sum[r] = V::addBytes(sum[r], item[r] + d, q.values + d);
        Eight::I dots[8];
#pragma GCC unroll 8
        for (int r = 0; r < 8; ++r)
            dots[r] = inEight(sum[r]);
        const F8 products = __builtin_convertvector(sumEight(dots), F8);
        rowLoop<Eight>(i, smaller(i + 8, count), [&](std::int64_t at, auto part) {
            const F8 score = products * (splat<Eight>(q.step) * load<Eight>(scales + at, part));
            store<Eight>(scores + at, bias ? score + load<Eight>(bias + at, part) : score, part);
        });
    }
}

template <class V> void topKInt8(const TopK& a, const Int8Query& q)
{
    topKWithin<V>(a, q.margin, threadScratch(static_cast<std::size_t>(firstPassRoom<V>(a))),
        [&](std::int64_t first, std::int64_t count, float* scores) { int8Scores<V>(a, q, first, count, scores); });
}

} // namespace recoscope::kernels::cpu
