// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/dot_body.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/lru_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// y = W x + bias, W [rows, width].
template <class V>
void affine(std::int64_t rows, std::int64_t width, const float* weights, const float* bias, const float* x, float* y)
{
    std::int64_t r = 0;
    for (; r + 8 <= rows; r += 8)
        store<Eight>(y + r, dotEight<V>(width, x, weights + r * width, width) + load<Eight>(bias + r));
    for (; r < rows; ++r)
        y[r] = dotOne<V>(width, x, weights + r * width) + bias[r];
}

// x = LayerNorm(x + residual), in place.
template <class V>
void addAndNormalise(
    std::int64_t width, float epsilon, const float* residual, const float* weight, const float* bias, float* x)
{
    using F = typename V::F;
    F total{}, squares{};
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const F v = load<V>(x + i, part) + load<V>(residual + i, part);
        store<V>(x + i, v, part);
        total += v;
    });
    const float mean = sumLanes<V>(total) / static_cast<float>(width);
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const F v = fillRest<V>(load<V>(x + i, part) - mean, 0.0f, part);
        squares = V::fma(v, v, squares);
    });
    const float inverse = 1.0f / __builtin_sqrtf(sumLanes<V>(squares) / static_cast<float>(width) + epsilon);
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const F v = (load<V>(x + i, part) - mean) * inverse;
        store<V>(x + i, V::fma(v, load<V>(weight + i, part), load<V>(bias + i, part)), part);
    });
}

// In place.
template <class V> RECOSCOPE_INLINE void geluRow(std::int64_t width, float* values)
{
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const typename V::F x = load<V>(values + i, part);
        store<V>(values + i, x * normalCdf<V>(x), part);
    });
}

template <class V> void lruStep(const LruStep& a)
{
    const std::int64_t h = a.width, s2 = 2 * a.channels;
    float* u = threadScratch(s2 + 2 * h + a.inner);
    float *y = u + s2, *inner = y + h, *out = inner + a.inner;
    affine<V>(s2, h, a.inWeight, a.inBias, a.x, u);
    lruRow<V>(a.channels, a.lambda, u, a.state, a.state);
    affine<V>(h, s2, a.outWeight, a.outBias, a.state, y);
    addAndNormalise<V>(h, a.epsilon, a.x, a.norm1Weight, a.norm1Bias, y);
    affine<V>(a.inner, h, a.w1, a.b1, y, inner);
    geluRow<V>(a.inner, inner);
    affine<V>(h, a.inner, a.w2, a.b2, inner, out);
    addAndNormalise<V>(h, a.epsilon, y, a.norm2Weight, a.norm2Bias, out);
    for (std::int64_t i = 0; i < h; ++i)
        a.x[i] = out[i];
}

} // namespace recoscope::kernels::cpu
