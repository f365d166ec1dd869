// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Steps of an LRURec block for many rows: what lruStep() (step_body.h) computes a row at a time, with the weights read
// once for a tile of rows. The bytes are the same however many rows go together (packed_body.h).
#pragma once

#include "engine/kernels/cpu/step_body.h"

namespace recoscope::kernels::cpu {

// The scratch of a piece of rows.
template <class V> struct StepRoom {
    std::int64_t state, width, inner, rows; // floats of a row, and how many go together

    explicit RECOSCOPE_INLINE StepRoom(const LruStep& a)
        : state(2 * a.channels)
        , width(a.width)
        , inner(a.inner)
    {
        constexpr std::int64_t mostRows = 256, mostFloats = 1 << 18; // a share of the outer cache
        const std::int64_t fitting = smaller(mostRows, mostFloats / (state + 2 * width + inner));
        rows = larger<std::int64_t>(1, fitting / V::tileRows) * V::tileRows;
    }
    RECOSCOPE_INLINE std::int64_t floats() const { return rows * (state + 2 * width + inner); }
};

// The rest of a block for `count` rows whose new states are in `state`; x is replaced by the output.
template <class V>
RECOSCOPE_INLINE void finishRows(
    const LruStep& a, const float* state, float* y, float* inner, float* out, float* x, std::int64_t count)
{
    const std::int64_t h = a.width, s2 = 2 * a.channels;
    PackedRows<V>{h, s2, a.out}.run({state, s2}, {y, h}, count);
    for (std::int64_t r = 0; r < count; ++r)
        addAndNormalise<V>(h, a.epsilon, x + r * h, a.norm1Weight, a.norm1Bias, y + r * h);
    PackedRows<V>{a.inner, h, a.w1}.run({y, h}, {inner, a.inner}, count);
    for (std::int64_t r = 0; r < count; ++r)
        geluRow<V>(a.inner, inner + r * a.inner);
    PackedRows<V>{h, a.inner, a.w2}.run({inner, a.inner}, {out, h}, count);
    for (std::int64_t r = 0; r < count; ++r) {
        float* row = out + r * h;
        addAndNormalise<V>(h, a.epsilon, y + r * h, a.norm2Weight, a.norm2Bias, row);
        for (std::int64_t i = 0; i < h; ++i)
            x[r * h + i] = row[i];
    }
}

template <class V> void lruSteps(const LruSteps& a, std::int64_t begin, std::int64_t end)
{
    const std::int64_t* offsets = a.offsets.data();
    const std::int64_t s = a.block.channels, h = a.block.width;
    const StepRoom<V> room(a.block);
    float* u = threadScratch(room.floats());
    float *y = u + room.rows * room.state, *out = y + room.rows * h, *inner = out + room.rows * h;
    std::int64_t b = begin;
    for (std::int64_t first = offsets[begin]; first < offsets[end]; first += room.rows) {
        const std::int64_t count = smaller(room.rows, offsets[end] - first);
        float* x = a.block.x + first * h;
        PackedRows<V>{2 * s, h, a.block.in}.run({x, h}, {u, 2 * s}, count);
        for (std::int64_t r = 0; r < count; ++r) {
            while (offsets[b + 1] <= first + r)
                ++b;
            float *state = a.block.state + b * 2 * s, *row = u + r * 2 * s;
            lruRow<V>(s, a.block.lambda, row, state, row);
            for (std::int64_t i = 0; i < 2 * s; ++i)
                state[i] = row[i];
        }
        finishRows<V>(a.block, u, y, inner, out, x, count);
    }
}

} // namespace recoscope::kernels::cpu
