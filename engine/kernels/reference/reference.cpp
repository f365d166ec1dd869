// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

namespace recoscope::kernels {

const KernelTable& referenceTable()
{
    static const KernelTable table{
        .lruForward = reference::lruForward,
        .lruBackward = reference::lruBackward,
        .attentionForward = reference::attentionForward,
        .attentionBackward = reference::attentionBackward,
        .attentionProbabilities = reference::attentionProbabilities,
        .rotateRows = reference::rotateRows,
        .cachedAttention = reference::cachedAttention,
        .pagedAttention = reference::pagedAttention,
        .hstuForward = reference::hstuForward,
        .hstuBackward = reference::hstuBackward,
        .hstuWeights = reference::hstuWeights,
        .linearCrossEntropy = reference::linearCrossEntropy,
        .crossEntropyPanel = 0,
        .crossEntropyForward = nullptr,
        .crossEntropyBackward = nullptr,
        .sampledLoss = reference::sampledLoss,
        .sampledLossRows = nullptr,
        .sampledLossItems = nullptr,
        .layerNormForward = reference::layerNormForward,
        .layerNormBackward = reference::layerNormBackward,
        .unitRowsForward = reference::unitRowsForward,
        .unitRowsBackward = reference::unitRowsBackward,
        .geluForward = reference::geluForward,
        .geluBackward = reference::geluBackward,
        .siluProjectionForward = reference::siluProjectionForward,
        .siluProjectionBackward = reference::siluProjectionBackward,
        .gatedOutputForward = reference::gatedOutputForward,
        .gatedOutputBackward = reference::gatedOutputBackward,
        .packedLinear = reference::packedLinear,
        .logSoftmax = reference::logSoftmax,
        .sigmoidGate = reference::sigmoidGate,
        .dropout = reference::dropout,
        .adamW = reference::adamW,
        .sparseAdamW = reference::sparseAdamW,
        .rowAdagrad = reference::rowAdagrad,
        .sumOfSquares = reference::sumOfSquares,
        .scatterAdd = reference::scatterAdd,
        .scoreAll = reference::scoreAll,
        .topK = reference::topK,
        .topKInt8 = nullptr,
        .topKInt4 = nullptr,
        .topKBf16 = nullptr,
        .rankTargets = reference::rankTargets,
        .lruStep = reference::lruStep,
        .lruSteps = reference::lruSteps,
    };
    return table;
}

} // namespace recoscope::kernels
