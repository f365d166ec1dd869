// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What every operation asks of its arguments, the same for all paths. Each function throws Error{Usage} that names the
// operation and the argument.
#pragma once

#include "engine/kernels/device_api.h"

namespace recoscope::kernels {

// Shapes, ranges, null and overlapping arrays. Of all arrays only the offsets of packed sequences are read, so the
// others may be device memory. False when there is nothing to do; the backward passes that overwrite sums always have.
bool checkArguments(const LruScanForward& a);
bool checkArguments(const LruScanBackward& a);
bool checkArguments(const LruStepOp& a);
bool checkArguments(const LruSteps& a);
bool checkArguments(const SoftmaxAttentionForward& a);
bool checkArguments(const SoftmaxAttentionBackward& a);
bool checkArguments(const RotateRows& a);
bool checkArguments(const CachedAttention& a);
bool checkArguments(const PagedAttention& a);
bool checkArguments(const HstuAttentionForward& a);
bool checkArguments(const HstuAttentionBackward& a);
bool checkArguments(const HstuAttentionBf16Forward& a);
bool checkArguments(const HstuAttentionBf16Backward& b);
bool checkArguments(const LinearCrossEntropy& a);
bool checkArguments(const SampledLoss& a);
bool checkArguments(const LayerNormForward& a);
bool checkArguments(const LayerNormBackward& a);
bool checkArguments(const SiluProjection& a);
bool checkArguments(const SiluProjectionBackward& b);
bool checkArguments(const HstuLayerForward& a);
bool checkArguments(const HstuLayerBackward& b);
// And whether a GPU takes it as a whole.
bool checkOneLaunch(const HstuLayerForward& a);
bool checkOneLaunch(const HstuLayerBackward& b);
bool checkArguments(const GatedOutput& a);
bool checkArguments(const GatedOutputBackward& b);
bool checkArguments(const UnitRows& a);
bool checkArguments(const UnitRowsBackward& b);
bool checkGelu(const ElementsOp& a);
bool checkGeluBackward(const ElementsOp& a);
bool checkDropout(const ElementsOp& a);
bool checkGather(const LookUpOp& a);
bool checkScatterAdd(const LookUpOp& a);
bool checkArguments(const AdamWStep& a);
bool checkArguments(const SparseAdamW& a);
bool checkArguments(const SumOfSquaresOp& a);
bool checkArguments(const ScoreAllOp& a);
bool checkArguments(const TopK& a);
bool checkArguments(const TopKBf16Op& op);
bool checkArguments(const RankTargets& a);

// Of the weights of one head of one sequence; false when it has no rows.
bool checkHead(const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, const float* out);
bool checkHead(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, const float* out);

// What index arrays in host memory hold.
void checkContents(const PagedAttention& a);
void checkContents(const char* operation, const RotaryTables& tables);
void checkFirstQueries(
    const char* operation, std::span<const std::int64_t> offsets, std::span<const std::int64_t> first);
void checkContents(const char* operation, const LookUpOp& a);
void checkContents(const LinearCrossEntropy& a);
void checkContents(const SampledLoss& a);
void checkContents(const SparseAdamW& a);
void checkRowsAscend(std::span<const std::int32_t> rows);
void checkContents(const char* operation, const TopK& a);
void checkContents(const RankTargets& a);

inline std::int64_t sequencesOf(std::span<const std::int64_t> offsets)
{
    return offsets.empty() ? 0 : static_cast<std::int64_t>(offsets.size()) - 1;
}
inline std::int64_t rowsOf(std::span<const std::int64_t> offsets)
{
    return offsets.empty() ? 0 : offsets.back();
}

} // namespace recoscope::kernels
