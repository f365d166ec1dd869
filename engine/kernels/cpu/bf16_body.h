// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores from a table of bfloat16, two numbers of an item to a word: the even ones are the word moved up by 16 bits,
// the odd ones its upper half where it is, and the query comes in that order.
#pragma once

#include "engine/kernels/bf16_table.h"
#include "engine/kernels/cpu/first_pass_body.h"

namespace recoscope::kernels::cpu {

// Eight lanes with the same sum.
RECOSCOPE_INLINE F8 inEight(Vectors<4>::F x)
{
    return __builtin_shufflevector(x, Vectors<4>::F{}, 0, 1, 2, 3, 4, 5, 6, 7);
}
RECOSCOPE_INLINE F8 inEight(F8 x)
{
    return x;
}
RECOSCOPE_INLINE F8 inEight(Vectors<16>::F x)
{
    return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7)
        + __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
}

// Of each 2 * lanes numbers the even ones and then the odd ones, zeros past the width.
template <class V> void splitQuery(const float* query, std::int64_t width, std::int64_t stride, float* to)
{
    for (std::int64_t d = 0; d < stride; ++d) {
        const std::int64_t within = d % (2 * V::lanes);
        to[d - within + within % 2 * V::lanes + within / 2] = d < width ? query[d] : 0.0f;
    }
}

// scores[i] = item . query + bias for items [first, first + count).
template <class V>
void bf16Scores(
    const TopK& a, const Bf16Table& table, const float* query, std::int64_t first, std::int64_t count, float* scores)
{
    using F = typename V::F;
    using U = typename V::U;
    const std::int64_t stride = table.stride;
    const Bfloat16* items = table.values.data() + first * stride;
    const float* bias = a.bias ? a.bias + first : nullptr;
    for (std::int64_t i = 0; i < count; i += 8) {
        prefetchAhead(items + i * stride, 8 * stride * static_cast<std::int64_t>(sizeof(Bfloat16)));
        F sum[8]{};
        const Bfloat16* item[8];
        for (std::int64_t r = 0; r < 8; ++r)
            item[r] = items + smaller(i + r, count - 1) * stride; // past the end the last item again
        for (std::int64_t d = 0; d < stride; d += 2 * V::lanes) {
            const F even = load<V>(query + d), odd = load<V>(query + d + V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < 8; ++r) {
                const U words = loadAs<U>(item[r] + d);
                sum[r] = V::fma((F)(words << 16), even, sum[r]);
                sum[r] = V::fma((F)(words & 0xffff0000u), odd, sum[r]);
            }
        }
        F8 eight[8];
#pragma GCC unroll 8
        for (int r = 0; r < 8; ++r)
            eight[r] = inEight(sum[r]);
        const F8 products = foldEight<V>(eight);
        rowLoop<Eight>(i, smaller(i + 8, count), [&](std::int64_t at, auto part) {
            store<Eight>(scores + at, bias ? products + load<Eight>(bias + at, part) : products, part);
        });
    }
}

template <class V> void topKBf16(const TopK& a, const Bf16Table& table, float margin)
{
    float* memory = threadScratch(static_cast<std::size_t>(table.stride + firstPassRoom<V>(a)));
    splitQuery<V>(a.query, a.width, table.stride, memory);
    topKWithin<V>(a, margin, memory + table.stride, [&](std::int64_t first, std::int64_t count, float* scores) {
        bf16Scores<V>(a, table, memory, first, count, scores);
    });
}

} // namespace recoscope::kernels::cpu
