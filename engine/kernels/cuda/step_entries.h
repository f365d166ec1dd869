// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What stands around the network of a step: its batch, its rows of large tables.
#pragma once

#include "engine/kernels/cuda/batch_rows.h"
#include "engine/kernels/cuda/entries.h"

namespace recoscope::kernels::cuda {

template <class Launcher> void addStepEntries(DeviceApi& api)
{
    RECOSCOPE_ENTRY(api, batchRows);
}

} // namespace recoscope::kernels::cuda
