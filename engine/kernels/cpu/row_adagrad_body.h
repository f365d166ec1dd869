// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/simd.h"
#include "engine/kernels/row_adagrad.h"

namespace recoscope::kernels::cpu {

// Rows are far apart in the table, so those of a few updates later are asked for.
RECOSCOPE_INLINE void prefetchAdagradRow(const RowAdagrad& a, std::int64_t r, std::int64_t end)
{
    constexpr std::int64_t ahead = 4, line = 16;
    if (r + ahead >= end)
        return;
    const std::int64_t row = a.rows.data()[r + ahead];
    __builtin_prefetch(a.accumulator + row);
    for (std::int64_t i = 0; i < a.width; i += line) {
        __builtin_prefetch(a.gradient + row * a.width + i);
        __builtin_prefetch(a.parameter + row * a.width + i);
    }
}

// a.rows[begin, end).
template <class V> void rowAdagrad(const RowAdagrad& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    const F scale = splat<V>(a.gradientScale);
    const F pull = splat<V>(a.decoupledDecay ? 0.0f : static_cast<float>(a.weightDecay));
    const F keep = splat<V>(static_cast<float>(a.decoupledDecay ? 1.0 - a.learningRate * a.weightDecay : 1.0));
    for (std::int64_t r = begin; r < end; ++r) {
        prefetchAdagradRow(a, r, end);
        const std::int64_t row = a.rows.data()[r];
        float* const parameter = a.parameter + row * a.width;
        float* const gradient = a.gradient + row * a.width;
        const auto way = [&](std::int64_t i, auto part) __attribute__((always_inline))
        {
            return V::fma(pull, load<V>(parameter + i, part), load<V>(gradient + i, part) * scale);
        };
        F squares{};
        rowLoop<V>(0, a.width, [&](std::int64_t i, auto part) {
            const F h = way(i, part);
            squares = V::fma(h, h, squares);
        });
        const float sum = a.accumulator[row] + sumLanes<V>(squares) / static_cast<float>(a.width);
        a.accumulator[row] = sum;
        const float rate = sum == 0.0f
            ? 0.0f
            : static_cast<float>(a.learningRate) / (__builtin_sqrtf(sum) + static_cast<float>(a.epsilon));
        const F step = splat<V>(-rate);
        rowLoop<V>(0, a.width, [&](std::int64_t i, auto part) {
            store<V>(parameter + i, V::fma(load<V>(parameter + i, part), keep, step * way(i, part)), part);
            store<V>(gradient + i, F{}, part);
        });
    }
}

} // namespace recoscope::kernels::cpu
