// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cuda/decode_attention.h"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/hstu_attention.h"
#include "engine/kernels/cuda/hstu_tensor.h"
#include "engine/kernels/cuda/lru_scan.h"
#include "engine/kernels/cuda/lru_step.h"
#include "engine/kernels/cuda/softmax_attention.h"

namespace recoscope::kernels::cuda {

template <class Launcher> void addSequenceEntries(DeviceApi& api)
{
    RECOSCOPE_ENTRY(api, lruScanForward);
    RECOSCOPE_ENTRY(api, lruScanBackward);
    RECOSCOPE_ENTRY(api, lruStep);
    RECOSCOPE_ENTRY(api, softmaxAttentionForward);
    RECOSCOPE_ENTRY(api, softmaxAttentionBackward);
    RECOSCOPE_ENTRY(api, rotateRows);
    RECOSCOPE_ENTRY(api, cachedAttention);
    RECOSCOPE_ENTRY(api, pagedAttention);
    RECOSCOPE_ENTRY(api, hstuAttentionForward);
    RECOSCOPE_ENTRY(api, hstuAttentionBackward);
    RECOSCOPE_ENTRY(api, hstuAttentionBf16Forward);
    RECOSCOPE_ENTRY(api, hstuAttentionBf16Backward);
}

} // namespace recoscope::kernels::cuda
