// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/attention_body.h"
#include "engine/kernels/cpu/bf16_body.h"
#include "engine/kernels/cpu/cached_attention_body.h"
#include "engine/kernels/cpu/cross_entropy_body.h"
#include "engine/kernels/cpu/gated_output_body.h"
#include "engine/kernels/cpu/hstu_body.h"
#include "engine/kernels/cpu/int4_body.h"
#include "engine/kernels/cpu/int8_body.h"
#include "engine/kernels/cpu/layer_body.h"
#include "engine/kernels/cpu/lru_body.h"
#include "engine/kernels/cpu/optimiser_body.h"
#include "engine/kernels/cpu/packed_body.h"
#include "engine/kernels/cpu/projection_body.h"
#include "engine/kernels/cpu/ranking_body.h"
#include "engine/kernels/cpu/row_adagrad_body.h"
#include "engine/kernels/cpu/sampled_loss_body.h"
#include "engine/kernels/cpu/step_body.h"
#include "engine/kernels/cpu/steps_body.h"
#include "engine/kernels/table.h"

namespace recoscope::kernels::cpu {

// The kernels of one instruction set.
template <class V>
inline constexpr KernelTable kernelsOf{
    .lruForward = lruForward<V>,
    .lruBackward = lruBackward<V>,
    .attentionForward = attentionForward<V>,
    .attentionBackward = attentionBackward<V>,
    .attentionProbabilities = attentionProbabilities<V>,
    .rotateRows = rotateRows<V>,
    .cachedAttention = cachedAttention<V>,
    .pagedAttention = pagedAttention<V>,
    .hstuForward = hstuForward<V>,
    .hstuBackward = hstuBackward<V>,
    .hstuWeights = hstuWeights<V>,
    .linearCrossEntropy = nullptr,
    .crossEntropyPanel = CrossEntropyChunk<V>::panel,
    .crossEntropyForward = crossEntropyForward<V>,
    .crossEntropyBackward = crossEntropyBackward<V>,
    .sampledLoss = nullptr,
    .sampledLossRows = sampledLossRows<V>,
    .sampledLossItems = sampledLossItems<V>,
    .layerNormForward = layerNormForward<V>,
    .layerNormBackward = layerNormBackward<V>,
    .unitRowsForward = unitRowsForward<V>,
    .unitRowsBackward = unitRowsBackward<V>,
    .geluForward = geluForward<V>,
    .geluBackward = geluBackward<V>,
    .siluProjectionForward = siluProjectionForward<V>,
    .siluProjectionBackward = siluProjectionBackward<V>,
    .gatedOutputForward = gatedOutputForward<V>,
    .gatedOutputBackward = gatedOutputBackward<V>,
    .packedLinear = packedLinear<V>,
    .logSoftmax = logSoftmax<V>,
    .sigmoidGate = sigmoidGate<V>,
    .dropout = dropout<V>,
    .adamW = adamW<V>,
    .sparseAdamW = sparseAdamW<V>,
    .rowAdagrad = rowAdagrad<V>,
    .sumOfSquares = sumOfSquares<V>,
    .scatterAdd = scatterAdd<V>,
    .scoreAll = scoreAll<V>,
    .topK = topK<V>,
    .topKInt8 = topKInt8<V>,
    .topKInt4 = topKInt4<V>,
    .topKBf16 = topKBf16<V>,
    .rankTargets = rankTargets<V>,
    .lruStep = lruStep<V>,
    .lruSteps = lruSteps<V>,
};

} // namespace recoscope::kernels::cpu
