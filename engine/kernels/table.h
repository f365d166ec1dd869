// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What each path (reference, scalar, avx2, avx512) provides: one function per operation, on a range of rows, sequences
// or elements. The doorway (ops.h) checks the arguments, cuts the work into blocks that depend only on its size, and
// calls these; a range function never allocates shared state, so any thread may run any block.
#pragma once

#include "engine/kernels/bf16_table.h"
#include "engine/kernels/cross_entropy_block.h"
#include "engine/kernels/int4_query.h"
#include "engine/kernels/int8_query.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/row_adagrad.h"

#include <cstdint>

namespace recoscope::kernels {

struct KernelTable {
    // Sequences [begin, end). The backward adds the gradient of lambda to `gradLambda` [2S].
    void (*lruForward)(const LruScanForward& a, std::int64_t begin, std::int64_t end);
    void (*lruBackward)(const LruScanBackward& a, std::int64_t begin, std::int64_t end, double* gradLambda);

    // Pairs (sequence, head) numbered sequence * heads + head, [begin, end).
    void (*attentionForward)(const SoftmaxAttentionForward& a, std::int64_t begin, std::int64_t end);
    void (*attentionBackward)(const SoftmaxAttentionBackward& a, std::int64_t begin, std::int64_t end);
    void (*attentionProbabilities)(
        const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities);

    void (*rotateRows)(const RotateRows& a, std::int64_t begin, std::int64_t end); // rows [begin, end)
    void (*cachedAttention)(const CachedAttention& a, std::int64_t begin, std::int64_t end); // rows [begin, end)
    void (*pagedAttention)(const PagedAttention& a, std::int64_t begin, std::int64_t end); // rows [begin, end)

    // Sequences [begin, end). The backward adds to the gradients of the biases, [positions] and [timeBuckets + 1].
    void (*hstuForward)(const HstuAttentionForward& a, std::int64_t begin, std::int64_t end);
    void (*hstuBackward)(
        const HstuAttentionBackward& a, std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime);
    void (*hstuWeights)(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights);

    // Rows [begin, end).
    // The whole operation, or null and the two passes over items [first, first + count): the forward leaves
    // exponentials [chunkFloats()], shifted by the maxima [paddedRows] of the rows, and their sums; the backward adds
    // what they, times the factors [paddedRows], give to gradTable, gradBias and `gradHidden` [paddedRows, width];
    // `scaled` is memory of [paddedRows, width].
    void (*linearCrossEntropy)(const LinearCrossEntropy& a);
    std::int64_t crossEntropyPanel; // rows of a panel
    void (*crossEntropyForward)(const CrossEntropyBlock& b, std::int64_t first, std::int64_t count, float* exponentials,
        float* maxima, float* sums);
    void (*crossEntropyBackward)(const CrossEntropyBlock& b, std::int64_t first, std::int64_t count,
        const float* exponentials, const float* factors, float* scaled, float* gradHidden);

    // The whole operation, or null and the two passes. First rows [begin, end): losses, gradHidden, and what the second
    // pass needs, SampledLossLayout::rowFloats() a row. That adds the rows' gradients of the items whose
    // index is `part` modulo `parts`, in ascending row order.
    void (*sampledLoss)(const SampledLoss& a);
    void (*sampledLossRows)(const SampledLoss& a, std::int64_t begin, std::int64_t end, float* coefficients);
    void (*sampledLossItems)(const SampledLoss& a, std::int64_t begin, std::int64_t end, const float* coefficients,
        std::int64_t part, std::int64_t parts);

    void (*layerNormForward)(const LayerNormForward& a, std::int64_t begin, std::int64_t end);
    // Adds to gradWeight and gradBias [width].
    void (*layerNormBackward)(
        const LayerNormBackward& a, std::int64_t begin, std::int64_t end, double* gradWeight, double* gradBias);

    void (*unitRowsForward)(const UnitRows& a, std::int64_t begin, std::int64_t end);
    void (*unitRowsBackward)(const UnitRowsBackward& b, std::int64_t begin, std::int64_t end);

    // Elements [begin, end).
    void (*geluForward)(
        const float* input, float dropout, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end);
    void (*geluBackward)(const float* input, float dropout, std::uint64_t seed, const float* gradOutput,
        float* gradInput, std::int64_t begin, std::int64_t end);
    // Rows [begin, end). The backward adds to gradWeight [inner, width] and gradBias [width].
    void (*siluProjectionForward)(const SiluProjection& a, std::int64_t begin, std::int64_t end);
    void (*siluProjectionBackward)(
        const SiluProjectionBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias);
    // Rows [begin, end). The backward adds to gradWeight [width, inner] and gradBias [width].
    void (*gatedOutputForward)(const GatedOutput& a, std::int64_t begin, std::int64_t end);
    void (*gatedOutputBackward)(
        const GatedOutputBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias);
    void (*packedLinear)(const PackedLinear& a, std::int64_t begin, std::int64_t end); // rows [begin, end)
    void (*logSoftmax)(std::int64_t width, float* values, std::int64_t begin, std::int64_t end); // rows [begin, end)
    void (*sigmoidGate)(const float* opening, const float* input, float* output, std::int64_t begin, std::int64_t end);
    void (*dropout)(
        const float* input, float probability, std::uint64_t seed, float* output, std::int64_t begin, std::int64_t end);
    void (*adamW)(const AdamWStep& a, const AdamWFactors& factors, std::int64_t begin, std::int64_t end);
    // Of a.rows.
    void (*sparseAdamW)(const SparseAdamW& a, std::int64_t begin, std::int64_t end);
    void (*rowAdagrad)(const RowAdagrad& a, std::int64_t begin, std::int64_t end);
    double (*sumOfSquares)(const float* values, std::int64_t count);

    // Adds the rows whose index is `part` modulo `parts`, in ascending row order.
    void (*scatterAdd)(std::int64_t rows, std::int64_t width, const float* gradOutput, const std::int32_t* indices,
        float* grad, std::int64_t part, std::int64_t parts);

    // Items [begin, end) for one query; queries [begin, end) against every item.
    void (*scoreAll)(std::int64_t width, const float* query, const float* table, const float* bias, float* scores,
        std::int64_t begin, std::int64_t end);
    void (*topK)(const TopK& a, std::int64_t begin, std::int64_t end);
    // One query; null where topK is the definition already.
    void (*topKInt8)(const TopK& a, const Int8Query& query);
    void (*topKInt4)(const TopK& a, const Int4Query& query);
    void (*topKBf16)(const TopK& a, const Bf16Table& table, float margin);
    void (*rankTargets)(const RankTargets& a, std::int64_t begin, std::int64_t end);

    void (*lruStep)(const LruStep& a);
    void (*lruSteps)(const LruSteps& a, std::int64_t begin, std::int64_t end); // sequences [begin, end)
};

const KernelTable& referenceTable();
const KernelTable& scalarTable();
#if defined(__x86_64__)
const KernelTable& avx2Table();
const KernelTable& avx512Table();
#endif
const KernelTable& activeTable();

} // namespace recoscope::kernels
