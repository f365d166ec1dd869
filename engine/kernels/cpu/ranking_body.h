// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores of queries against the catalogue, and what is picked from them on the way: no more than one strip of scores is
// ever held. One query streams the table; many go through tiles of packed items that stay in the cache.
#pragma once

#include "engine/kernels/cpu/dot_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/ranked_list.h"

namespace recoscope::kernels::cpu {

template <class V>
void scoreAll(std::int64_t width, const float* query, const float* table, const float* bias, float* scores,
    std::int64_t begin, std::int64_t end)
{
    std::int64_t i = begin;
    for (; i + 8 <= end; i += 8) {
        const F8 sum = dotEight<V>(width, query, table + i * width, width);
        store<Eight>(scores + i, bias ? sum + load<Eight>(bias + i) : sum);
    }
    for (; i < end; ++i)
        scores[i] = dotOne<V>(width, query, table + i * width) + (bias ? bias[i] : 0.0f);
}

// The order in which the tile walks the chains of dot_body.h: what is added first comes first.
constexpr int chainOrder[8]{0, 4, 2, 6, 1, 5, 3, 7};

// Items packed for the tile: groups of tileVectors * lanes items, each [width][group] with the dimensions in the order
// of the chains, so that the tile reads straight on; zeros past the last item.
template <class V> struct ItemStrip {
    static constexpr int group = V::tileVectors * V::lanes;

    // Items of one strip: about 128 KiB packed.
    static RECOSCOPE_INLINE std::int64_t itemsPerStrip(std::int64_t width)
    {
        return larger<std::int64_t>(1, smaller<std::int64_t>(1024, 32768 / width) / group) * group;
    }

    static void pack(const float* items, std::int64_t count, std::int64_t width, float* packed)
    {
        for (std::int64_t first = 0; first < count; first += group) {
            const std::int64_t present = smaller<std::int64_t>(group, count - first);
            for (const int l : chainOrder)
                for (std::int64_t d = l; d < width; d += 8, packed += group) {
                    for (std::int64_t i = 0; i < present; ++i)
                        packed[i] = items[(first + i) * width + d];
                    for (std::int64_t i = present; i < group; ++i)
                        packed[i] = 0.0f;
                }
        }
    }
};

// Scores of tileRows queries against one group, without bias: the chains one after another, in the order of dot_body.h.
template <class V> struct ScoreTile {
    using F = typename V::F;
    static constexpr int rows = V::tileRows, vectors = V::tileVectors, group = ItemStrip<V>::group;
    struct Sums {
        F at[rows][vectors];
    };

    static RECOSCOPE_INLINE Sums chain(
        std::int64_t width, const float* const (&query)[rows], const float*& packed, std::int64_t l)
    {
        Sums s{};
        for (std::int64_t d = l; d < width; d += 8, packed += group) {
            F item[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                item[v] = load<V>(packed + v * V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r) {
                const F q = splat<V>(query[r][d]);
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v)
                    s.at[r][v] = V::fma(q, item[v], s.at[r][v]);
            }
        }
        return s;
    }

    static RECOSCOPE_INLINE void add(Sums& to, const Sums& from)
    {
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                to.at[r][v] += from.at[r][v];
    }

    static RECOSCOPE_INLINE Sums pair(
        std::int64_t width, const float* const (&query)[rows], const float*& packed, std::int64_t l)
    {
        Sums s = chain(width, query, packed, l);
        add(s, chain(width, query, packed, l + 4));
        return s;
    }

    // Row r of the scores at scores + r * stride.
    static void run(
        std::int64_t width, const float* const (&query)[rows], const float* packed, float* scores, std::int64_t stride)
    {
        Sums even = pair(width, query, packed, 0);
        add(even, pair(width, query, packed, 2));
        Sums odd = pair(width, query, packed, 1);
        add(odd, pair(width, query, packed, 3));
        add(even, odd);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                store<V>(scores + r * stride + v * V::lanes, even.at[r][v]);
    }
};

// Calls visit(query, first item, scores, count) with strips of scores of queries [begin, end), items ascending for each
// query. `scores` has a whole vector of NaN after its last.
template <class V, class Visit> void forEachStrip(const TopK& a, std::int64_t begin, std::int64_t end, Visit&& visit)
{
    using Strip = ItemStrip<V>;
    using Tile = ScoreTile<V>;
    const bool packs = end - begin >= 4;
    const std::int64_t most = packs ? Strip::itemsPerStrip(a.width) : 1024, stride = most + V::lanes;
    float* scores = threadScratch(Tile::rows * stride + most * (packs ? a.width : 0));
    float* packed = scores + Tile::rows * stride;
    const auto finish = [&](std::int64_t q, std::int64_t first, std::int64_t count, float* row) {
        if (packs && a.bias)
            rowLoop<V>(0, count, [&](std::int64_t i, auto part) {
                store<V>(row + i, load<V>(row + i, part) + load<V>(a.bias + first + i, part), part);
            });
        for (std::int64_t i = count; i < count + V::lanes; ++i)
            row[i] = __builtin_nanf("");
        visit(q, first, row, count);
    };
    for (std::int64_t first = 0; first < a.items; first += most) {
        const std::int64_t count = smaller(most, a.items - first);
        if (!packs) {
            for (std::int64_t q = begin; q < end; ++q) {
                scoreAll<V>(a.width, a.query + q * a.width, a.table + first * a.width,
                    a.bias ? a.bias + first : nullptr, scores, 0, count);
                finish(q, first, count, scores);
            }
            continue;
        }
        Strip::pack(a.table + first * a.width, count, a.width, packed);
        for (std::int64_t q = begin; q < end; q += Tile::rows) {
            const float* query[Tile::rows];
            for (int r = 0; r < Tile::rows; ++r)
                query[r] = a.query + smaller(q + r, end - 1) * a.width;
            for (std::int64_t i = 0; i < count; i += Strip::group)
                Tile::run(a.width, query, packed + i * a.width, scores + i, stride);
            for (std::int64_t r = 0; r < Tile::rows && q + r < end; ++r)
                finish(q + r, first, count, scores + r * stride);
        }
    }
}

template <class V>
RECOSCOPE_INLINE void offerStrip(RankedList list, std::int64_t first, const float* scores, std::int64_t count)
{
    typename V::F threshold = splat<V>(list.threshold());
    for (std::int64_t i = 0; i < count; i += V::lanes) {
        unsigned above = V::bits(load<V>(scores + i) > threshold);
        if (!above) [[likely]]
            continue;
        for (; above; above &= above - 1) {
            const int lane = __builtin_ctz(above);
            list.offer(static_cast<std::int32_t>(first + i + lane), scores[i + lane]);
        }
        threshold = splat<V>(list.threshold());
    }
}

template <class V> RECOSCOPE_INLINE RankedList listOf(const TopK& a, std::int64_t q)
{
    const std::int64_t* offsets = a.seenOffsets.data();
    return {a.k, a.ids + q * a.k, a.scores + q * a.k, offsets ? a.seen.data() + offsets[q] : nullptr,
        offsets ? offsets[q + 1] - offsets[q] : 0};
}

template <class V> void topK(const TopK& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t q = begin; q < end; ++q)
        listOf<V>(a, q).fill();
    forEachStrip<V>(a, begin, end, [&](std::int64_t q, std::int64_t first, const float* scores, std::int64_t count) {
        offerStrip<V>(listOf<V>(a, q), first, scores, count);
    });
}

// Counts the scores of a strip against the target's; the target itself is left out.
template <class V>
RECOSCOPE_INLINE void countStrip(
    const RankTargets& r, std::int64_t q, std::int64_t first, const float* scores, std::int64_t count)
{
    using I = typename V::I;
    const typename V::F target = splat<V>(r.targetScore[q]);
    I greater{};
    for (std::int64_t i = 0; i < count; i += V::lanes) {
        const typename V::F s = load<V>(scores + i);
        greater -= s > target;
        for (unsigned same = V::bits(s == target); same; same &= same - 1) {
            const std::int64_t id = first + i + __builtin_ctz(same);
            r.equal[q] += id != r.targets[q];
            r.equalBefore[q] += id < r.targets[q];
        }
    }
    for (int lane = 0; lane < V::lanes; ++lane)
        r.greater[q] += greater[lane];
}

// Takes the seen items out of the counts again.
template <class V> RECOSCOPE_INLINE void uncountSeen(const RankTargets& r, std::int64_t q)
{
    const TopK& a = r.top;
    const std::int64_t* offsets = a.seenOffsets.data();
    for (std::int64_t i = offsets ? offsets[q] : 0; offsets && i < offsets[q + 1]; ++i) {
        const std::int32_t id = a.seen.data()[i];
        if (id == r.targets[q])
            continue;
        const float score
            = dotOne<V>(a.width, a.query + q * a.width, a.table + id * a.width) + (a.bias ? a.bias[id] : 0.0f);
        r.greater[q] -= score > r.targetScore[q];
        r.equal[q] -= score == r.targetScore[q];
        r.equalBefore[q] -= score == r.targetScore[q] && id < r.targets[q];
    }
}

template <class V> void rankTargets(const RankTargets& r, std::int64_t begin, std::int64_t end)
{
    const TopK& a = r.top;
    for (std::int64_t q = begin; q < end; ++q) {
        const std::int64_t id = r.targets[q];
        r.targetScore[q]
            = dotOne<V>(a.width, a.query + q * a.width, a.table + id * a.width) + (a.bias ? a.bias[id] : 0.0f);
        r.greater[q] = r.equal[q] = r.equalBefore[q] = 0;
        if (a.k > 0)
            listOf<V>(a, q).fill();
    }
    forEachStrip<V>(a, begin, end, [&](std::int64_t q, std::int64_t first, const float* scores, std::int64_t count) {
        countStrip<V>(r, q, first, scores, count);
        if (a.k > 0)
            offerStrip<V>(listOf<V>(a, q), first, scores, count);
    });
    for (std::int64_t q = begin; q < end; ++q)
        uncountSeen<V>(r, q);
}

} // namespace recoscope::kernels::cpu
