// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cuda/cross_entropy.h"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/first_pass.h"
#include "engine/kernels/cuda/layers.h"
#include "engine/kernels/cuda/optimiser.h"
#include "engine/kernels/cuda/ranking.h"
#include "engine/kernels/cuda/row_adagrad.h"
#include "engine/kernels/cuda/sampled_loss.h"

namespace recoscope::kernels::cuda {

template <class Launcher> void addRowEntries(DeviceApi& api)
{
    RECOSCOPE_ENTRY(api, linearCrossEntropy);
    RECOSCOPE_ENTRY(api, sampledLoss);
    RECOSCOPE_ENTRY(api, layerNormForward);
    RECOSCOPE_ENTRY(api, layerNormBackward);
    RECOSCOPE_ENTRY_CHECKED(api, geluDropoutForward, checkGelu);
    RECOSCOPE_ENTRY_CHECKED(api, geluDropoutBackward, checkGeluBackward);
    RECOSCOPE_ENTRY_CHECKED(api, dropout, checkDropout);
    RECOSCOPE_ENTRY_CHECKED(api, embeddingGather, checkGather);
    RECOSCOPE_ENTRY_CHECKED(api, embeddingScatterAdd, checkScatterAdd);
    RECOSCOPE_ENTRY(api, adamWStep);
    RECOSCOPE_ENTRY(api, sparseAdamW);
    RECOSCOPE_ENTRY(api, rowAdagrad);
    RECOSCOPE_ENTRY(api, sumOfSquares);
    RECOSCOPE_ENTRY(api, scoreAll);
    RECOSCOPE_ENTRY(api, topK);
    RECOSCOPE_ENTRY(api, topKBf16);
    RECOSCOPE_ENTRY(api, rankTargets);
}

} // namespace recoscope::kernels::cuda
