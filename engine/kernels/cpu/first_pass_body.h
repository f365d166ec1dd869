// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The list of one query from approximate scores: what could be listed is looked at again, exactly, by the picker.
#pragma once

#include "engine/kernels/cpu/picker.h"

namespace recoscope::kernels::cpu {

constexpr std::int64_t firstPassItems = 2048; // scores that are held at a time

// Floats that topKWithin() needs.
template <class V> RECOSCOPE_INLINE std::int64_t firstPassRoom(const TopK& a)
{
    return firstPassItems + scanStep<V> + Picker<V>::room(a.k);
}

// scoresOf(first, count, scores) gives the scores of some successive items, none further than `margin` from the exact
// one.
template <class V, class ScoresOf>
RECOSCOPE_INLINE void topKWithin(const TopK& a, float margin, float* memory, ScoresOf&& scoresOf)
{
    float* scores = memory;
    Picker<V> picker(a, 0, scores + firstPassItems + scanStep<V>);
    listOf(a, 0).fill();
    picker.start();
    for (std::int64_t first = 0; first < a.items; first += firstPassItems) {
        const std::int64_t count = smaller(firstPassItems, a.items - first);
        scoresOf(first, count, scores);
        for (std::int64_t i = count; i % scanStep<V> != 0; ++i)
            scores[i] = -__builtin_inff();
        picker.take({a, 0, first, count, scores, margin});
    }
    picker.finish();
}

} // namespace recoscope::kernels::cpu
