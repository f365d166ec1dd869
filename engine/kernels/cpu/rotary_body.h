// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rotary positions of single rows: what attention packs into its tiles, and rows of keys that are kept. Equations:
// RotaryTables in engine/kernels/ops.h.
#pragma once

#include "engine/kernels/cpu/simd.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels::cpu {

// Turns rows of one head forward (direction 1) or back (-1).
template <class V> struct RowTurner {
    using F = typename V::F;

    const RotaryTables& tables;
    std::int64_t half; // of the head's width

    // Row i of a sequence that starts at packed row `start`.
    RECOSCOPE_INLINE std::int64_t position(std::int64_t start, std::int64_t i) const
    {
        return tables.rows.size() == 0 ? i : tables.rows.data()[start + i];
    }

    // `to` may be `from`.
    RECOSCOPE_INLINE void turn(const float* from, std::int64_t position, float direction, float* to) const
    {
        const float *cosine = tables.cosine + position * half, *sine = tables.sine + position * half;
        rowLoop<V>(0, half, [&](std::int64_t d, auto part) {
            const F x = load<V>(from + d, part), y = load<V>(from + half + d, part);
            const F c = load<V>(cosine + d, part), s = load<V>(sine + d, part) * direction;
            store<V>(to + d, V::fma(-y, s, x * c), part);
            store<V>(to + half + d, V::fma(x, s, y * c), part);
        });
    }
};

template <class V> void rotateRows(const RotateRows& a, std::int64_t begin, std::int64_t end)
{
    const RowTurner<V> turner{a.rotary, a.headDim / 2};
    for (std::int64_t r = begin; r < end; ++r)
        for (std::int64_t h = 0; h < a.heads; ++h)
            turner.turn(a.input + r * a.inputStride + h * a.headDim, turner.position(0, r), 1.0f,
                a.output + r * a.outputStride + h * a.headDim);
}

} // namespace recoscope::kernels::cpu
