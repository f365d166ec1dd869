// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/gated_output.h"
#include "engine/kernels/cuda/hstu_layer.h"
#include "engine/kernels/cuda/hstu_layer_backward.h"
#include "engine/kernels/cuda/projection.h"

namespace recoscope::kernels::cuda {

template <class Launcher> void addProjectionEntries(DeviceApi& api)
{
    RECOSCOPE_ENTRY(api, siluProjectionForward);
    RECOSCOPE_ENTRY(api, siluProjectionBackward);
    RECOSCOPE_ENTRY_CHECKED(api, hstuLayerForward, checkOneLaunch);
    RECOSCOPE_ENTRY_CHECKED(api, hstuLayerBackward, checkOneLaunch);
    RECOSCOPE_ENTRY(api, gatedOutputForward);
    RECOSCOPE_ENTRY(api, gatedOutputBackward);
    RECOSCOPE_ENTRY(api, unitRowsForward);
    RECOSCOPE_ENTRY(api, unitRowsBackward);
}

} // namespace recoscope::kernels::cuda
