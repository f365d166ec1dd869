// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Keeps the best of one query while its scores pass by. Scores may be approximate (ScoreRow::margin): what could be
// among the best is gathered in a buffer, thinned out when that is full, and scored exactly in the end.
#pragma once

#include "engine/kernels/cpu/catalogue_walk.h"
#include "engine/kernels/ranked_list.h"

namespace recoscope::kernels::cpu {

RECOSCOPE_INLINE RankedList listOf(const TopK& a, std::int64_t q)
{
    const std::int64_t* offsets = a.seenOffsets.data();
    return {a.k, a.ids + q * a.k, a.scores + q * a.k, offsets ? a.seen.data() + offsets[q] : nullptr,
        offsets ? offsets[q + 1] - offsets[q] : 0};
}

// A bound that at least k of the values reach, or -inf when there are no k: near their k-th largest, by bisection.
template <class V> RECOSCOPE_INLINE float boundOfBest(const float* values, std::int64_t vectors, std::int64_t k)
{
    using F = typename V::F;
    using I = typename V::I;
    constexpr float infinity = __builtin_inff();
    F low = splat<V>(infinity), high = splat<V>(-infinity);
    for (std::int64_t v = 0; v < vectors; ++v) {
        const F x = load<V>(values + v * V::lanes), finite = x > -infinity ? x : splat<V>(infinity);
        low = finite < low ? finite : low;
        high = x > high ? x : high;
    }
    const auto reach = [&](float bound) {
        I sum{};
        for (std::int64_t v = 0; v < vectors; ++v)
            sum -= load<V>(values + v * V::lanes) >= splat<V>(bound);
        std::int64_t present = 0;
        for (int lane = 0; lane < V::lanes; ++lane)
            present += sum[lane];
        return present >= k;
    };
    float reached = -maxLanes<V>(-low), above = maxLanes<V>(high);
    if (!reach(reached))
        return -infinity;
    for (int step = 0; step < 10; ++step) {
        const float middle = 0.5f * (reached + above);
        (reach(middle) ? reached : above) = middle;
    }
    return reached;
}

// All state is in the list and in the memory given, so that it can be put down and taken up again.
template <class V> class Picker {
public:
    static constexpr std::int64_t lanes = V::lanes;

    RECOSCOPE_INLINE Picker(const TopK& arguments, std::int64_t q, float* memory)
        : a(arguments)
        , query(q)
        , list(listOf(arguments, q))
        , state(*reinterpret_cast<State*>(memory))
        , scores(memory + lanes)
        , ids(reinterpret_cast<std::int32_t*>(scores + capacity(arguments.k)))
    {
    }

    static std::int64_t room(std::int64_t k) { return lanes + 2 * capacity(k); }

    RECOSCOPE_INLINE void start() { state = {0, list.threshold(), 0.0f}; }

    RECOSCOPE_INLINE void take(const ScoreRow& row)
    {
        state.margin = row.margin;
        if (row.first == 0)
            seed(row);
        const std::int64_t full = capacity(a.k) - scanStep<V> - lanes;
        typename V::F threshold = splat<V>(state.entry - row.margin);
        for (std::int64_t i = 0; i < row.count; i += scanStep<V>) {
            std::uint64_t above = 0;
#pragma GCC unroll 4
            for (int v = 0; v < 4; ++v)
                above |= std::uint64_t(V::bits(~(load<V>(row.scores + i + v * lanes) <= threshold))) << (v * lanes);
            if (!above) [[likely]]
                continue;
            for (; above; above &= above - 1)
                add(row, i + __builtin_ctzll(above));
            if (state.count > full) {
                thin(full);
                threshold = splat<V>(state.entry - row.margin);
            }
        }
    }

    RECOSCOPE_INLINE void finish()
    {
        raise();
        flush();
    }

private:
    struct State {
        std::int32_t count;
        float entry; // no exact score up to this can be listed
        float margin;
    };

    static constexpr std::int64_t capacity(std::int64_t k)
    {
        return (2 * k + 64 + scanStep<V> + 2 * lanes) / lanes * lanes;
    }

    // A first bound, from the maxima of some 3 k groups: it spares the many candidates of an empty list. Seen items
    // must not count for it.
    void seed(const ScoreRow& row)
    {
        using F = typename V::F;
        constexpr std::int64_t most = 32;
        const std::int64_t groups = 3 * a.k / lanes + 1, vectors = row.count / lanes;
        if (groups > most || vectors < 3 * groups)
            return;
        list.forEachSeenBelow(row.count, [&](std::int32_t id) { row.scores[id] = -__builtin_inff(); });
        float best[most * lanes];
        for (std::int64_t g = 0; g < groups; ++g) {
            F top = splat<V>(-__builtin_inff());
            for (std::int64_t v = g; v < vectors; v += groups) {
                const F x = load<V>(row.scores + v * lanes);
                top = x > top ? x : top;
            }
            store<V>(best + g * lanes, top);
        }
        admitFrom(boundOfBest<V>(best, groups, a.k));
    }

    // At least k approximate scores reach `bound`.
    RECOSCOPE_INLINE void admitFrom(float bound)
    {
        const float entry = bound - state.margin - 1e-6f * __builtin_fabsf(bound) - 1e-30f; // equal ones enter too
        state.entry = entry > state.entry ? entry : state.entry;
    }

    RECOSCOPE_INLINE void add(const ScoreRow& row, std::int64_t i)
    {
        const auto id = static_cast<std::int32_t>(row.first + i);
        scores[state.count] = row.scores[i];
        ids[state.count] = id;
        state.count += i < row.count && !list.isSeen(id);
    }

    // Raises the bound by what is in the buffer and drops what is below.
    void raise()
    {
        for (std::int64_t i = state.count; i % lanes != 0; ++i)
            scores[i] = -__builtin_inff();
        admitFrom(boundOfBest<V>(scores, (state.count + lanes - 1) / lanes, a.k));
        const float threshold = state.entry - state.margin;
        std::int32_t kept = 0;
        for (std::int32_t i = 0; i < state.count; ++i) {
            scores[kept] = scores[i];
            ids[kept] = ids[i];
            kept += !(scores[i] <= threshold);
        }
        state.count = kept;
    }

    void thin(std::int64_t full)
    {
        raise();
        if (state.count > full / 2 + a.k / 2) // many as good as equal: the list itself must tell
            flush();
    }

    // Rows lie anywhere in the table: some are asked for while others are multiplied.
    static constexpr std::int32_t soon = 6;
    RECOSCOPE_INLINE void prefetchRow(std::int32_t id) const
    {
        for (std::int64_t d = 0; d < a.width; d += 16)
            __builtin_prefetch(a.table + id * a.width + d);
    }

    // Into the list, in ascending order of items.
    void flush()
    {
        if (state.margin != 0.0f)
            for (std::int32_t i = 0; i < state.count; ++i) {
                if (i + soon < state.count)
                    prefetchRow(ids[i + soon]);
                scores[i] = exactScore<V>(a, query, ids[i]);
            }
        for (std::int32_t i = 0; i < state.count; ++i)
            list.offer(ids[i], scores[i]);
        state.count = 0;
        state.entry = larger(state.entry, list.threshold());
    }

    const TopK& a;
    std::int64_t query;
    RankedList list;
    State& state;
    float* scores;
    std::int32_t* ids;
};

} // namespace recoscope::kernels::cpu
