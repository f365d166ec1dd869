// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores from a table of four bits a number: integer dot products with a query of bytes, sixteen items side by side.
#pragma once

#include "engine/kernels/cpu/first_pass_body.h"
#include "engine/kernels/int4_query.h"

namespace recoscope::kernels::cpu {

// codes . query for the sixteen items of a block; the groups' lines begin at `line`.
template <class V>
RECOSCOPE_INLINE void blockSums(const Int4Query& q, const Int4Line* line, typename V::I (&sum)[16 / V::lanes])
{
    using U = typename V::U;
    constexpr int parts = 16 / V::lanes;
    typename V::I other[parts]{}; // a second chain: each link waits for the one before it
#pragma GCC unroll 4
    for (int p = 0; p < parts; ++p)
        sum[p] = typename V::I{} + q.start;
    for (std::int64_t g = 0; g < q.table->groups; ++g) {
        const std::int8_t* values = q.values + 8 * g;
#pragma GCC unroll 4
        for (int p = 0; p < parts; ++p) {
            const U bytes = loadAs<U>(line[g].bytes + 4 * V::lanes * p);
            sum[p] = V::addFours(sum[p], bytes & 0x0f0f0f0fu, loadAs<std::int32_t>(values));
            other[p] = V::addFours(other[p], bytes >> 4 & 0x0f0f0f0fu, loadAs<std::int32_t>(values + 4));
        }
    }
#pragma GCC unroll 4
    for (int p = 0; p < parts; ++p)
        sum[p] += other[p];
}

// scores[i] = scale[i] * step * (codes . query) + bias for items [first, first + count), less what the margin, which is
// that of the item with the largest residual, is too wide for this one: so an item is looked at again by its own.
// The blocks are one stream of lines, which the processor finds by itself: asking ahead makes it a fifth slower.
template <class V>
void int4Scores(const TopK& a, const Int4Query& q, std::int64_t first, std::int64_t count, float* scores)
{
    using F = typename V::F;
    using U = typename V::U;
    const std::int64_t lines = 1 + q.table->groups;
    const Int4Line* block = q.table->lines.data() + first / Int4Line::items * lines;
    const float* bias = a.bias ? a.bias + first : nullptr;
    const F step = splat<V>(q.step), length = splat<V>(q.length), residual = splat<V>(q.table->residual);
    for (std::int64_t i = 0; i < count; i += Int4Line::items, block += lines) {
        typename V::I sum[16 / V::lanes];
        blockSums<V>(q, block + 1, sum);
        rowLoop<V>(i, smaller(i + Int4Line::items, count), [&](std::int64_t at, auto part) {
            const U words = loadAs<U>(block->bytes + 4 * (at - i));
            const F scale = (F)(words & 0xffff0000u), own = (F)(words << 16);
            const F product = __builtin_convertvector(sum[(at - i) / V::lanes], F);
            const F score = product * (step * scale) - length * (residual - own);
            store<V>(scores + at, bias ? score + load<V>(bias + at, part) : score, part);
        });
    }
}

template <class V> void topKInt4(const TopK& a, const Int4Query& q)
{
    topKWithin<V>(a, q.margin, threadScratch(static_cast<std::size_t>(firstPassRoom<V>(a))),
        [&](std::int64_t first, std::int64_t count, float* scores) { int4Scores<V>(a, q, first, count, scores); });
}

} // namespace recoscope::kernels::cpu
