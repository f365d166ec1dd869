// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Operations of the doorway on a GPU while Path::Cuda is forced: arrays of the host are copied to the device and what
// the operation writes is copied back. This is how kernels are checked against the other paths, not how they are fast:
// who has arrays on the device calls DeviceApi itself.
#pragma once

#include "engine/kernels/device_library.h"

namespace recoscope::kernels {

// Each throws Error{Resource} when the device fails.
void runOnDevice(const DeviceApi& device, LruScanForward a);
void runOnDevice(const DeviceApi& device, LruScanBackward a);
void runOnDevice(const DeviceApi& device, LruStepOp a);
void runOnDevice(const DeviceApi& device, const LruSteps& a); // the n-th events of all sequences in one call
void runOnDevice(const DeviceApi& device, SoftmaxAttentionForward a);
void runOnDevice(const DeviceApi& device, SoftmaxAttentionBackward b);
void runOnDevice(const DeviceApi& device, RotateRows a);
void runOnDevice(const DeviceApi& device, CachedAttention a);
void runOnDevice(const DeviceApi& device, PagedAttention a);
void runOnDevice(const DeviceApi& device, HstuAttentionForward a);
void runOnDevice(const DeviceApi& device, HstuAttentionBackward b);
void runOnDevice(const DeviceApi& device, HstuAttentionBf16Forward a);
void runOnDevice(const DeviceApi& device, HstuAttentionBf16Backward b);
void runOnDevice(const DeviceApi& device, LinearCrossEntropy a);
void runOnDevice(const DeviceApi& device, SampledLoss a);
void runOnDevice(const DeviceApi& device, LayerNormForward a);
void runOnDevice(const DeviceApi& device, LayerNormBackward a);
void runOnDevice(const DeviceApi& device, SiluProjection a);
void runOnDevice(const DeviceApi& device, SiluProjectionBackward b);
void runOnDevice(const DeviceApi& device, HstuLayerForward a);
void runOnDevice(const DeviceApi& device, HstuLayerBackward b);
void runOnDevice(const DeviceApi& device, GatedOutput a);
void runOnDevice(const DeviceApi& device, GatedOutputBackward b);
void runOnDevice(const DeviceApi& device, UnitRows a);
void runOnDevice(const DeviceApi& device, UnitRowsBackward b);
void runOnDevice(const DeviceApi& device, decltype(DeviceApi::dropout) operation, ElementsOp a);
void gatherOnDevice(const DeviceApi& device, LookUpOp a);
void scatterAddOnDevice(const DeviceApi& device, LookUpOp a);
void runOnDevice(const DeviceApi& device, AdamWStep a);
void runOnDevice(const DeviceApi& device, SparseAdamW a);
void runOnDevice(const DeviceApi& device, SumOfSquaresOp a);
void runOnDevice(const DeviceApi& device, ScoreAllOp a);
void runOnDevice(const DeviceApi& device, TopK a);
void runOnDevice(const DeviceApi& device, TopKBf16Op op);
void runOnDevice(const DeviceApi& device, RankTargets r);
void runOnDevice(const DeviceApi& device, BatchRows a);

} // namespace recoscope::kernels
