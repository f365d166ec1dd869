// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/simd.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels::cpu {

template <class V> void adamW(const AdamWStep& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    const double correction1 = 1.0 - __builtin_pow(a.beta1, static_cast<double>(a.step));
    const double correction2 = 1.0 - __builtin_pow(a.beta2, static_cast<double>(a.step));
    const F beta1 = splat<V>(static_cast<float>(a.beta1)), beta2 = splat<V>(static_cast<float>(a.beta2));
    const F rest1 = splat<V>(static_cast<float>(1.0 - a.beta1)), rest2 = splat<V>(static_cast<float>(1.0 - a.beta2));
    const F keep = splat<V>(a.decoupledDecay ? static_cast<float>(1.0 - a.learningRate * a.weightDecay) : 1.0f);
    const F pull = splat<V>(a.decoupledDecay ? 0.0f : static_cast<float>(a.weightDecay));
    const F rate = splat<V>(static_cast<float>(a.learningRate / correction1));
    const F spread = splat<V>(static_cast<float>(1.0 / __builtin_sqrt(correction2)));
    const F epsilon = splat<V>(static_cast<float>(a.epsilon)), scale = splat<V>(a.gradientScale);
    rowLoop<V>(begin, end, [&](std::int64_t i, auto part) {
        const F p = load<V>(a.parameter + i, part);
        const F g = V::fma(pull, p, load<V>(a.gradient + i, part) * scale);
        const F m = V::fma(beta1, load<V>(a.firstMoment + i, part), rest1 * g);
        const F v = V::fma(beta2, load<V>(a.secondMoment + i, part), rest2 * g * g);
        const F step = rate * m / V::fma(V::sqrt(v), spread, epsilon);
        store<V>(a.firstMoment + i, m, part);
        store<V>(a.secondMoment + i, v, part);
        store<V>(a.parameter + i, p * keep - step, part);
    });
}

template <class V> double sumOfSquares(const float* values, std::int64_t count)
{
    using D = typename V::D;
    D a{}, b{}; // two chains hide the latency of the addition
    std::int64_t i = 0;
    for (; i + 2 * V::lanes <= count; i += 2 * V::lanes) {
        const D x = __builtin_convertvector(load<V>(values + i), D);
        const D y = __builtin_convertvector(load<V>(values + i + V::lanes), D);
        a += x * x;
        b += y * y;
    }
    rowLoop<V>(i, count, [&](std::int64_t at, auto part) {
        const D x = __builtin_convertvector(load<V>(values + at, part), D);
        a += x * x;
    });
    a += b;
    double total = 0.0;
    for (int lane = 0; lane < V::lanes; ++lane)
        total += a[lane];
    return total;
}

template <class V>
void scatterAdd(std::int64_t rows, std::int64_t width, const float* gradOutput, const std::int32_t* indices,
    float* grad, std::int64_t part, std::int64_t parts)
{
    for (std::int64_t r = 0; r < rows; ++r) {
        if (parts > 1 && indices[r] % parts != part)
            continue;
        float* target = grad + indices[r] * width;
        const float* source = gradOutput + r * width;
        rowLoop<V>(0, width, [&](std::int64_t i, auto step) {
            store<V>(target + i, load<V>(target + i, step) + load<V>(source + i, step), step);
        });
    }
}

} // namespace recoscope::kernels::cpu
