// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/philox_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

// Rows whose dropout factors are made at once: enough that few numbers are drawn for nothing at the edges.
RECOSCOPE_INLINE std::int64_t rowsPerChunk(std::int64_t width)
{
    return larger<std::int64_t>(1, 4096 / width);
}

// Floats that normRows needs.
RECOSCOPE_INLINE std::int64_t normRoom(std::int64_t width)
{
    return factorRoom(rowsPerChunk(width) * width);
}

// Calls body(row, dropout factors of the row or null).
template <class V, class Body>
RECOSCOPE_INLINE void normRows(std::int64_t width, float probability, std::uint64_t seed, std::int64_t begin,
    std::int64_t end, float* room, Body&& body)
{
    const std::int64_t chunk = rowsPerChunk(width);
    const DropoutRule rule = dropoutRule(probability);
    for (std::int64_t first = begin; first < end; first += chunk) {
        const std::int64_t last = smaller(end, first + chunk);
        const float* factors
            = rule.threshold == 0 ? nullptr : factorsBetween<V>(seed, rule, first * width, last * width, room);
        for (std::int64_t r = first; r < last; ++r)
            body(r, factors ? factors + (r - first) * width : nullptr);
    }
}

template <class V> void layerNormForward(const LayerNormForward& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    const std::int64_t width = a.width;
    float* x = threadScratch(width + normRoom(width));
    normRows<V>(width, a.dropout, a.seed, begin, end, x + width, [&](std::int64_t r, const float* factors) {
        const float *input = a.input + r * width, *residual = a.residual ? a.residual + r * width : nullptr;
        F total{};
        rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
            F v = load<V>(input + i, part);
            if (factors)
                v *= load<V>(factors + i, part);
            if (residual)
                v += load<V>(residual + i, part);
            store<V>(x + i, v, part);
            total += v;
        });
        const float mean = sumLanes<V>(total) / static_cast<float>(width);
        F squares{};
        rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
            const F v = fillRest<V>(load<V>(x + i, part) - mean, 0.0f, part);
            squares = V::fma(v, v, squares);
        });
        const float inverse = 1.0f / __builtin_sqrtf(sumLanes<V>(squares) / static_cast<float>(width) + a.epsilon);
        float *output = a.output + r * width, *normalised = a.normalised ? a.normalised + r * width : nullptr;
        rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
            const F v = (load<V>(x + i, part) - mean) * inverse;
            if (normalised)
                store<V>(normalised + i, v, part);
            store<V>(output + i, V::fma(v, load<V>(a.weight + i, part), load<V>(a.bias + i, part)), part);
        });
        if (a.inverseSigma)
            a.inverseSigma[r] = inverse;
    });
}

template <class V>
void layerNormBackward(
    const LayerNormBackward& a, std::int64_t begin, std::int64_t end, double* gradWeight, double* gradBias)
{
    using F = typename V::F;
    const std::int64_t width = a.width;
    const float perWidth = 1.0f / static_cast<float>(width);
    float* sums = threadScratch(2 * width + normRoom(width)); // of the gradients of weight and bias
    for (std::int64_t i = 0; i < 2 * width; ++i)
        sums[i] = 0.0f;
    normRows<V>(width, a.dropout, a.seed, begin, end, sums + 2 * width, [&](std::int64_t r, const float* factors) {
        const float *gradOutput = a.gradOutput + r * width, *normalised = a.normalised + r * width;
        F sum{}, projection{};
        rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
            const F grad = load<V>(gradOutput + i, part), x = load<V>(normalised + i, part);
            const F g = grad * load<V>(a.weight + i, part);
            sum += g;
            projection = V::fma(g, x, projection);
            store<V>(sums + i, V::fma(grad, x, load<V>(sums + i, part)), part);
            store<V>(sums + width + i, grad + load<V>(sums + width + i, part), part);
        });
        const F mean = splat<V>(sumLanes<V>(sum) * perWidth), slope = splat<V>(sumLanes<V>(projection) * perWidth);
        float *gradInput = a.gradInput + r * width,
              *gradResidual = a.gradResidual ? a.gradResidual + r * width : nullptr;
        rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
            const F g = load<V>(gradOutput + i, part) * load<V>(a.weight + i, part) - mean;
            const F gradX = V::fma(-slope, load<V>(normalised + i, part), g) * a.inverseSigma[r];
            if (gradResidual)
                store<V>(gradResidual + i, gradX, part);
            store<V>(gradInput + i, factors ? gradX * load<V>(factors + i, part) : gradX, part);
        });
    });
    for (std::int64_t i = 0; i < width; ++i) {
        gradWeight[i] += static_cast<double>(sums[i]);
        gradBias[i] += static_cast<double>(sums[width + i]);
    }
}

template <class V> void unitRowsForward(const UnitRows& a, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    for (std::int64_t r = begin; r < end; ++r) {
        const float* x = a.input + r * a.width;
        F squares{};
        rowLoop<V>(0, a.width, [&](std::int64_t i, auto part) {
            const F v = load<V>(x + i, part);
            squares = V::fma(v, v, squares);
        });
        const float inverse = 1.0f / larger(__builtin_sqrtf(sumLanes<V>(squares)), a.epsilon);
        a.inverse[r] = inverse;
        rowLoop<V>(0, a.width, [&](std::int64_t i, auto part) {
            store<V>(a.output + r * a.width + i, load<V>(x + i, part) * inverse, part);
        });
    }
}

template <class V> void unitRowsBackward(const UnitRowsBackward& b, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    const UnitRows& a = b.forward;
    for (std::int64_t r = begin; r < end; ++r) {
        const float *y = a.output + r * a.width, *g = b.gradOutput + r * a.width;
        F products{};
        rowLoop<V>(0, a.width, [&](std::int64_t i, auto part) {
            products = V::fma(load<V>(y + i, part), load<V>(g + i, part), products);
        });
        const float inverse = a.inverse[r];
        const F along = splat<V>(inverse < 1.0f / a.epsilon ? sumLanes<V>(products) : 0.0f);
        rowLoop<V>(0, a.width, [&](std::int64_t i, auto part) {
            const F across = V::fma(-along, load<V>(y + i, part), load<V>(g + i, part));
            store<V>(b.gradInput + r * a.width + i, across * inverse, part);
        });
    }
}

template <class V>
void geluForward(
    const float* input, float dropout, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end)
{
    dropoutLoop<V>(seed, dropout, begin, end, [&](std::int64_t i, typename V::F factor, auto part) {
        const typename V::F x = load<V>(input + i, part);
        store<V>(output + i, x * normalCdf<V>(x) * factor, part);
    });
}

template <class V>
void geluBackward(const float* input, float dropout, std::uint64_t seed, const float* gradOutput, float* gradInput,
    std::int64_t begin, std::int64_t end)
{
    dropoutLoop<V>(seed, dropout, begin, end, [&](std::int64_t i, typename V::F factor, auto part) {
        const typename V::F x = load<V>(input + i, part);
        const typename V::F slope = V::fma(x, normalDensity<V>(x), normalCdf<V>(x));
        store<V>(gradInput + i, slope * load<V>(gradOutput + i, part) * factor, part);
    });
}

template <class V> void logSoftmax(std::int64_t width, float* values, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    for (std::int64_t r = begin; r < end; ++r) {
        float* row = values + r * width;
        F sum{};
        const float highest = largestOf<V>(row, width);
        rowLoop<V>(0, width, [&](std::int64_t i, auto part) {
            sum += fillRest<V>(exponential<V>(load<V>(row + i, part) - highest), 0.0f, part);
        });
        const float logSum = __builtin_logf(sumLanes<V>(sum));
        rowLoop<V>(0, width,
            [&](std::int64_t i, auto part) { store<V>(row + i, load<V>(row + i, part) - highest - logSum, part); });
    }
}

template <class V>
void sigmoidGate(const float* opening, const float* input, float* output, std::int64_t begin, std::int64_t end)
{
    rowLoop<V>(begin, end, [&](std::int64_t i, auto part) {
        const typename V::F open = exponential<V>(-load<V>(opening + i, part)) + 1.0f;
        store<V>(output + i, load<V>(input + i, part) / open, part);
    });
}

template <class V>
void dropout(
    const float* input, float probability, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end)
{
    dropoutLoop<V>(seed, probability, begin, end, [&](std::int64_t i, typename V::F factor, auto part) {
        store<V>(output + i, load<V>(input + i, part) * factor, part);
    });
}

} // namespace recoscope::kernels::cpu
