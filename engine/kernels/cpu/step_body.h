// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/lru_body.h"
#include "engine/kernels/cpu/packed_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

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

// y = W x + bias for one row.
template <class V>
RECOSCOPE_INLINE void affine(std::int64_t outputs, std::int64_t width, const float* packed, const float* x, float* y)
{
    PackedRows<V>{outputs, width, packed}.run({x, width}, {y, outputs}, 1);
}

template <class V> void lruStep(const LruStep& a)
{
    const std::int64_t h = a.width, s2 = 2 * a.channels;
    float* u = threadScratch(s2 + 2 * h + a.inner);
    float *y = u + s2, *inner = y + h, *out = inner + a.inner;
    affine<V>(s2, h, a.in, a.x, u);
    lruRow<V>(a.channels, a.lambda, u, a.state, a.state);
    affine<V>(h, s2, a.out, a.state, y);
    addAndNormalise<V>(h, a.epsilon, a.x, a.norm1Weight, a.norm1Bias, y);
    affine<V>(a.inner, h, a.w1, y, inner);
    geluRow<V>(a.inner, inner);
    affine<V>(h, a.inner, a.w2, inner, out);
    addAndNormalise<V>(h, a.epsilon, y, a.norm2Weight, a.norm2Bias, out);
    for (std::int64_t i = 0; i < h; ++i)
        a.x[i] = out[i];
}

} // namespace recoscope::kernels::cpu
