// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A whole layer of HSTU in its research form (Zhai et al., ICML 2024, eqs. 2 to 4) over packed sequences:
//
//   [U | V | Q | K] = silu(LN(x) W + b),   mixed = attention of V, Q, K,   y = x + dropout(U * LN(mixed)) O^T + o
//
// which is siluProjectionForward(), hstuAttentionForward() and gatedOutputForward(), one after the other, and gives the
// same bytes on every path; sums over the rows backward (weights and biases) have another order. On the processor a few
// sequences at a time go through all three while their rows are in the cache. On a GPU, where histories are short and
// the layer narrow (fitsOneLaunch()), it is one launch where those are three, and its backward two where those are some
// fifteen. The caller owns all arrays; pointers as in ops.h: row-major, float32. Any thread may call it. Throws
// Error{Usage} that names the argument; a device's own table also for what does not fit.
#pragma once

#include "engine/kernels/ops.h"

namespace recoscope::kernels {

struct HstuLayerForward {
    // For one launch on a GPU.
    static constexpr std::int64_t mostRows = 512; // of a sequence
    static constexpr std::int64_t mostWidth = 64; // of the layer, and of the queries and the values of all heads

    std::span<const std::int64_t> offsets; // [B+1]
    std::int64_t width = 0; // D
    std::int64_t heads = 1;
    std::int64_t queryDim = 0, valueDim = 0; // a head
    float epsilon = 1e-6f; // of both norms
    const float* input = nullptr; // [T, D]
    const float* weight = nullptr; // W [D, rowWidth()]
    const float* bias = nullptr; // [rowWidth()] or null
    // As in HstuAttentionForward.
    float scale = 1.0f, normaliser = 0.0f;
    const float* positionBias = nullptr;
    std::int64_t positions = 0;
    const float* timeBias = nullptr;
    std::int64_t timeBuckets = 128;
    const std::int64_t* queryTimes = nullptr;
    const std::int64_t* keyTimes = nullptr;
    const float* outWeight = nullptr; // O [D, heads*valueDim]
    const float* outBias = nullptr; // [D]
    float dropout = 0.0f;
    std::uint64_t seed = 0;
    float* projected = nullptr; // [T, rowWidth()] U | V | Q | K
    float* mixed = nullptr; // [T, heads*valueDim]
    float* output = nullptr; // [T, D]; may be the input
    // For the backward; each may be null in evaluation.
    float* slope = nullptr; // [T, rowWidth()]
    float *mean = nullptr, *inverseSigma = nullptr; // [T] of the input
    float *mixedMean = nullptr, *mixedInverseSigma = nullptr; // [T]

    std::int64_t valueWidth() const { return heads * valueDim; }
    std::int64_t rowWidth() const { return 2 * heads * (valueDim + queryDim); }
};
void hstuLayerForward(const HstuLayerForward& a);
// Whether a GPU takes it, and its backward, as a whole.
bool fitsOneLaunch(const HstuLayerForward& a);

struct HstuLayerBackward {
    HstuLayerForward forward; // the same inputs; all but the output filled, and that is not read
    const float* gradOutput = nullptr; // [T, D]
    // All overwritten.
    float* gradInput = nullptr; // [T, D]
    float* gradProjected = nullptr; // [T, rowWidth()] dL/d[U | V | Q | K]
    float* gradMixed = nullptr; // [T, heads*valueDim]
    float* gradWeight = nullptr; // [D, rowWidth()]
    float* gradBias = nullptr; // [rowWidth()]; with bias only
    float* gradPositionBias = nullptr; // [positions]; with positionBias only
    float* gradTimeBias = nullptr; // [timeBuckets + 1]; with timeBias only
    float* gradOutWeight = nullptr; // [D, heads*valueDim]
    float* gradOutBias = nullptr; // [D]
};
void hstuLayerBackward(const HstuLayerBackward& b);

// The three operations that it is.
inline SiluProjection projectionOf(const HstuLayerForward& a)
{
    const std::int64_t rows = a.offsets.empty() ? 0 : a.offsets.back();
    return {rows, a.width, a.rowWidth(), a.rowWidth(), a.input, a.weight, a.bias, a.slope, a.projected, a.epsilon,
        a.mean, a.inverseSigma};
}

inline HstuAttentionForward attentionOf(const HstuLayerForward& a)
{
    HstuAttentionForward h;
    h.offsets = a.offsets;
    h.heads = a.heads;
    h.queryDim = a.queryDim;
    h.valueDim = a.valueDim;
    h.scale = a.scale;
    if (a.projected) { // no rows, no array
        h.value = a.projected + a.valueWidth();
        h.query = h.value + a.valueWidth();
        h.key = h.query + a.heads * a.queryDim;
    }
    h.rowStride = a.rowWidth();
    h.positionBias = a.positionBias;
    h.positions = a.positions;
    h.timeBias = a.timeBias;
    h.timeBuckets = a.timeBuckets;
    h.queryTimes = a.queryTimes;
    h.keyTimes = a.keyTimes;
    h.normaliser = a.normaliser;
    h.output = a.mixed;
    return h;
}

inline GatedOutput outputOf(const HstuLayerForward& a)
{
    const std::int64_t rows = a.offsets.empty() ? 0 : a.offsets.back();
    return {rows, a.valueWidth(), a.width, a.epsilon, a.mixed, a.projected, a.rowWidth(), a.input, a.outWeight,
        a.outBias, a.dropout, a.seed, a.output, a.mixedMean, a.mixedInverseSigma};
}

// And those of the backward, from the last to the first. The gradient of the residual, gradOutput, is to be added to
// gradInput afterwards.
inline GatedOutputBackward outputBackwardOf(const HstuLayerBackward& b)
{
    return {outputOf(b.forward), b.gradOutput, b.gradMixed, b.gradProjected, b.forward.rowWidth(), b.gradOutWeight,
        b.gradOutBias};
}

inline HstuAttentionBackward attentionBackwardOf(const HstuLayerBackward& b)
{
    HstuAttentionBackward h;
    h.forward = attentionOf(b.forward);
    h.gradOutput = b.gradMixed;
    if (b.gradProjected) {
        h.gradValue = b.gradProjected + b.forward.valueWidth();
        h.gradQuery = h.gradValue + b.forward.valueWidth();
        h.gradKey = h.gradQuery + b.forward.heads * b.forward.queryDim;
    }
    h.gradStride = b.forward.rowWidth();
    h.gradPositionBias = b.gradPositionBias;
    h.gradTimeBias = b.gradTimeBias;
    return h;
}

inline SiluProjectionBackward projectionBackwardOf(const HstuLayerBackward& b)
{
    return {projectionOf(b.forward), b.gradProjected, b.gradInput, b.gradWeight, b.gradBias};
}

} // namespace recoscope::kernels
