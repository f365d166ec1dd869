// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LayerNorm of one row without weights of its own, and its gradient: for layers that make it again backward.
#pragma once

#include "engine/kernels/cpu/simd.h"

namespace recoscope::kernels::cpu {

// Mean and 1/sigma of a row.
template <class V>
RECOSCOPE_INLINE void rowMoments(const float* x, std::int64_t width, float epsilon, float& mean, float& inverse)
{
    using F = typename V::F;
    F total{}, squares{};
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) { total += load<V>(x + i, part); });
    const float middle = sumLanes<V>(total) / static_cast<float>(width);
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const F v = fillRest<V>(load<V>(x + i, part) - middle, 0.0f, part);
        squares = V::fma(v, v, squares);
    });
    mean = middle;
    inverse = 1.0f / __builtin_sqrtf(sumLanes<V>(squares) / static_cast<float>(width) + epsilon);
}

template <class V>
RECOSCOPE_INLINE void normaliseRow(const float* x, std::int64_t width, float mean, float inverse, float* normalised)
{
    rowLoop<V>(0, width,
        [&](std::int64_t i, auto part) { store<V>(normalised + i, (load<V>(x + i, part) - mean) * inverse, part); });
}

// The same of rows [first, first + count) of x, to rows from 0 on, by moments that are found and, where there is room
// for them, kept.
template <class V>
RECOSCOPE_INLINE void normaliseRows(const float* x, std::int64_t width, float epsilon, std::int64_t first,
    std::int64_t count, float* means, float* inverses, float* normalised)
{
    for (std::int64_t r = 0; r < count; ++r) {
        const float* row = x + (first + r) * width;
        float mean, inverse;
        rowMoments<V>(row, width, epsilon, mean, inverse);
        normaliseRow<V>(row, width, mean, inverse, normalised + r * width);
        if (means)
            means[first + r] = mean;
        if (inverses)
            inverses[first + r] = inverse;
    }
}

// By moments that were kept.
template <class V>
RECOSCOPE_INLINE void normaliseRowsAgain(const float* x, std::int64_t width, std::int64_t first, std::int64_t count,
    const float* means, const float* inverses, float* normalised)
{
    for (std::int64_t r = 0; r < count; ++r)
        normaliseRow<V>(x + (first + r) * width, width, means[first + r], inverses[first + r], normalised + r * width);
}

// dL/dx from dL/d(normalised).
template <class V>
RECOSCOPE_INLINE void normGradient(
    const float* gradient, const float* normalised, std::int64_t width, float inverse, float* gradInput)
{
    using F = typename V::F;
    F sum{}, projection{};
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const F g = load<V>(gradient + i, part);
        sum += g;
        projection = V::fma(g, load<V>(normalised + i, part), projection);
    });
    const float perWidth = 1.0f / static_cast<float>(width);
    const F mean = splat<V>(sumLanes<V>(sum) * perWidth), slope = splat<V>(sumLanes<V>(projection) * perWidth);
    rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
        const F g = load<V>(gradient + i, part) - mean;
        store<V>(gradInput + i, V::fma(-slope, load<V>(normalised + i, part), g) * inverse, part);
    });
}

} // namespace recoscope::kernels::cpu
