// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What stands around the network of a step: its batch, its rows of large tables.
#pragma once

#include "engine/kernels/cuda/batch_rows.h"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/hot_rows.h"

namespace recoscope::kernels::cuda {

template <class Launcher> void addStepEntries(DeviceApi& api)
{
    RECOSCOPE_ENTRY(api, batchRows);
    RECOSCOPE_ENTRY(api, admitRows);
    RECOSCOPE_ENTRY(api, writeBackRows);
}

} // namespace recoscope::kernels::cuda
