// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The definition of every operation, in double precision and plain loops; all other paths are tested against these.
// Signatures and meaning: engine/kernels/table.h.
#pragma once

#include "engine/kernels/table.h"

namespace recoscope::kernels::reference {

void lruForward(const LruScanForward& a, std::int64_t begin, std::int64_t end);
void lruBackward(const LruScanBackward& a, std::int64_t begin, std::int64_t end, double* gradLambda);
void lruStep(const LruStep& a);
void lruSteps(const LruSteps& a, std::int64_t begin, std::int64_t end);

void attentionForward(const SoftmaxAttentionForward& a, std::int64_t begin, std::int64_t end);
void attentionBackward(const SoftmaxAttentionBackward& a, std::int64_t begin, std::int64_t end);
void attentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities);

void rotateRows(const RotateRows& a, std::int64_t begin, std::int64_t end);
void cachedAttention(const CachedAttention& a, std::int64_t begin, std::int64_t end);
void pagedAttention(const PagedAttention& a, std::int64_t begin, std::int64_t end);

void hstuForward(const HstuAttentionForward& a, std::int64_t begin, std::int64_t end);
void hstuBackward(
    const HstuAttentionBackward& a, std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime);
void hstuWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights);

void linearCrossEntropy(const LinearCrossEntropy& a);
void sampledLoss(const SampledLoss& a);

void layerNormForward(const LayerNormForward& a, std::int64_t begin, std::int64_t end);
void layerNormBackward(
    const LayerNormBackward& a, std::int64_t begin, std::int64_t end, double* gradWeight, double* gradBias);
void unitRowsForward(const UnitRows& a, std::int64_t begin, std::int64_t end);
void unitRowsBackward(const UnitRowsBackward& b, std::int64_t begin, std::int64_t end);
void geluForward(
    const float* input, float dropout, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end);
void geluBackward(const float* input, float dropout, std::uint64_t seed, const float* gradOutput, float* gradInput,
    std::int64_t begin, std::int64_t end);
void siluProjectionForward(const SiluProjection& a, std::int64_t begin, std::int64_t end);
void siluProjectionBackward(
    const SiluProjectionBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias);
void gatedOutputForward(const GatedOutput& a, std::int64_t begin, std::int64_t end);
void gatedOutputBackward(
    const GatedOutputBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias);
void packedLinear(const PackedLinear& a, std::int64_t begin, std::int64_t end);
void logSoftmax(std::int64_t width, float* values, std::int64_t begin, std::int64_t end);
void sigmoidGate(const float* opening, const float* input, float* output, std::int64_t begin, std::int64_t end);
void dropout(
    const float* input, float probability, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end);

void adamW(const AdamWStep& a, const AdamWFactors& factors, std::int64_t begin, std::int64_t end);
void sparseAdamW(const SparseAdamW& a, std::int64_t begin, std::int64_t end);
void rowAdagrad(const RowAdagrad& a, std::int64_t begin, std::int64_t end);
double sumOfSquares(const float* values, std::int64_t count);
void scatterAdd(std::int64_t rows, std::int64_t width, const float* gradOutput, const std::int32_t* indices,
    float* grad, std::int64_t part, std::int64_t parts);

void scoreAll(std::int64_t width, const float* query, const float* table, const float* bias, float* scores,
    std::int64_t begin, std::int64_t end);
void topK(const TopK& a, std::int64_t begin, std::int64_t end);
void rankTargets(const RankTargets& a, std::int64_t begin, std::int64_t end);

} // namespace recoscope::kernels::reference
