// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What is picked from the scores of queries against the catalogue: the best of each, and where the target ranks.
#pragma once

#include "engine/kernels/cpu/picker.h"

namespace recoscope::kernels::cpu {

// Counts scores against the target's; the target itself is left out. What lies too near to tell is looked at exactly.
template <class V> RECOSCOPE_INLINE void countRow(const RankTargets& r, const ScoreRow& row)
{
    using F = typename V::F;
    using I = typename V::I;
    const std::int64_t q = row.query;
    const float target = r.targetScore[q], near = row.margin + __builtin_fabsf(target) * 0x1p-22f + 1e-30f;
    const F high = splat<V>(target + near), low = splat<V>(target - near);
    I greater{};
    for (std::int64_t i = 0; i < row.count; i += V::lanes) {
        const F s = load<V>(row.scores + i);
        const I above = s > high;
        greater -= above;
        for (unsigned open = V::bits(~above & ~(s < low)); open; open &= open - 1) {
            const std::int64_t at = i + __builtin_ctz(open), id = row.first + at;
            if (at >= row.count || id == r.targets[q])
                continue;
            const float exact = row.exactAt<V>(at);
            r.greater[q] += exact > target;
            r.equal[q] += exact == target;
            r.equalBefore[q] += exact == target && id < r.targets[q];
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
        const float score = exactScore<V>(a, q, id);
        r.greater[q] -= score > r.targetScore[q];
        r.equal[q] -= score == r.targetScore[q];
        r.equalBefore[q] -= score == r.targetScore[q] && id < r.targets[q];
    }
}

// Picks the best of every query, and counts against targets where there are some.
template <class V> struct RankVisitor {
    const TopK& a;
    const RankTargets* targets;
    float* memory = nullptr;

    std::int64_t roomOfSlot() const { return a.k > 0 ? Picker<V>::room(a.k) : 0; }
    RECOSCOPE_INLINE Picker<V> picker(std::int64_t slot, std::int64_t q) const
    {
        return {a, q, memory + slot * roomOfSlot()};
    }
    RECOSCOPE_INLINE void start(std::int64_t slot, std::int64_t q)
    {
        if (a.k > 0)
            picker(slot, q).start();
    }
    RECOSCOPE_INLINE void row(std::int64_t slot, const ScoreRow& r)
    {
        if (targets)
            countRow<V>(*targets, r);
        if (a.k > 0)
            picker(slot, r.query).take(r);
    }
    RECOSCOPE_INLINE void finish(std::int64_t slot, std::int64_t q)
    {
        if (a.k > 0)
            picker(slot, q).finish();
    }
};

template <class V> void topK(const TopK& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t q = begin; q < end; ++q)
        listOf(a, q).fill();
    RankVisitor<V> visitor{a, nullptr};
    walkCatalogue<V>(a, begin, end, visitor);
}

template <class V> void rankTargets(const RankTargets& r, std::int64_t begin, std::int64_t end)
{
    const TopK& a = r.top;
    for (std::int64_t q = begin; q < end; ++q) {
        r.targetScore[q] = exactScore<V>(a, q, r.targets[q]);
        r.greater[q] = r.equal[q] = r.equalBefore[q] = 0;
        if (a.k > 0)
            listOf(a, q).fill();
    }
    RankVisitor<V> visitor{a, &r};
    walkCatalogue<V>(a, begin, end, visitor);
    for (std::int64_t q = begin; q < end; ++q)
        uncountSeen<V>(r, q);
}

} // namespace recoscope::kernels::cpu
