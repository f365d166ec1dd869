// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/cuda/device_block.cuh"
#include "engine/kernels/cuda/library.h"
#include "engine/kernels/cuda/sequence_entries.h"

namespace recoscope::kernels::cuda {

void addSequences(DeviceApi& api)
{
    addSequenceEntries<StreamLauncher>(api);
}

} // namespace recoscope::kernels::cuda
