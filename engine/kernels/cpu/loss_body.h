// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels::cpu {

// Twice the lanes, so that two chains hide the latency of the operation.
template <class V> RECOSCOPE_INLINE float rowMaximum(const float* row, std::int64_t count, float atLeast)
{
    using F = typename V::F;
    F a = splat<V>(atLeast), b = a;
    std::int64_t i = 0;
    for (; i + 2 * V::lanes <= count; i += 2 * V::lanes) {
        const F x = load<V>(row + i), y = load<V>(row + i + V::lanes);
        a = x > a ? x : a;
        b = y > b ? y : b;
    }
    rowLoop<V>(i, count, [&](std::int64_t at, auto part) {
        const F x = fillRest<V>(load<V>(row + at, part), atLeast, part);
        a = x > a ? x : a;
    });
    return maxLanes<V>(a > b ? a : b);
}

// Sum of exp(x - top); a NaN among the values makes it NaN. Chunks are summed in double, in order.
template <class V> RECOSCOPE_INLINE double sumOfExponentials(const float* row, std::int64_t count, float top)
{
    using F = typename V::F;
    constexpr std::int64_t chunk = 512;
    const F shift = splat<V>(top);
    double sum = 0.0;
    for (std::int64_t begin = 0; begin < count; begin += chunk) {
        const std::int64_t end = smaller<std::int64_t>(count, begin + chunk);
        F a{}, b{};
        std::int64_t i = begin;
        for (; i + 2 * V::lanes <= end; i += 2 * V::lanes) {
            a += exponential<V>(load<V>(row + i) - shift);
            b += exponential<V>(load<V>(row + i + V::lanes) - shift);
        }
        rowLoop<V>(i, end, [&](std::int64_t at, auto part) {
            a += fillRest<V>(exponential<V>(load<V>(row + at, part) - shift), 0.0f, part);
        });
        sum += static_cast<double>(sumLanes<V>(a + b));
    }
    return sum;
}

template <class V> void logSumExp(const LogSumExpBlock& a, std::int64_t begin, std::int64_t end)
{
    constexpr float infinity = __builtin_inff();
    for (std::int64_t r = begin; r < end; ++r) {
        const float* row = a.logits + r * a.columns;
        const float before = a.runningMax[r], top = rowMaximum<V>(row, a.columns, before);
        if (top > -infinity && top < infinity) {
            const double kept = before > -infinity
                ? a.runningSum[r] * __builtin_exp(static_cast<double>(before) - static_cast<double>(top))
                : 0.0;
            a.runningSum[r] = kept + sumOfExponentials<V>(row, a.columns, top);
            a.runningMax[r] = top;
        }
        const std::int64_t target = a.targets[r] - a.firstColumn;
        if (target >= 0 && target < a.columns)
            a.targetLogit[r] = row[target];
    }
}

template <class V> void softmaxGradient(const SoftmaxGradientBlock& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    for (std::int64_t r = begin; r < end; ++r) {
        float* row = a.logits + r * a.columns;
        const F shift = splat<V>(a.logSumExp[r]), scale = splat<V>(a.rowScale[r]);
        const std::int64_t target = a.targets[r] - a.firstColumn;
        const bool inside = target >= 0 && target < a.columns;
        const float targetLogit = inside ? row[target] : 0.0f;
        rowLoop<V>(0, a.columns, [&](std::int64_t i, auto part) {
            store<V>(row + i, exponential<V>(load<V>(row + i, part) - shift) * scale, part);
        });
        if (inside)
            row[target] = (static_cast<float>(__builtin_exp(static_cast<double>(targetLogit) - a.logSumExp[r])) - 1.0f)
                * a.rowScale[r];
    }
}

} // namespace recoscope::kernels::cpu
