// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What stands around the network of a step: its batch, its rows of large tables, and what differs from the step before.
#pragma once

#include "engine/kernels/cuda/batch_rows.h"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/hot_rows.h"
#include "engine/kernels/cuda/step_numbers.h"

namespace recoscope::kernels::cuda {

template <class Launcher> void addStepEntries(DeviceApi& api)
{
    RECOSCOPE_ENTRY(api, batchRows);
    RECOSCOPE_ENTRY(api, admitRows);
    RECOSCOPE_ENTRY(api, writeBackRows);
    RECOSCOPE_ENTRY(api, clipGradient);
    RECOSCOPE_ENTRY(api, capturedAdamW);
    RECOSCOPE_ENTRY(api, clearPadding);
}

} // namespace recoscope::kernels::cuda
