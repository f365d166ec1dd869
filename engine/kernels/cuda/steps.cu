// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/cuda/device_block.cuh"
#include "engine/kernels/cuda/library.h"
#include "engine/kernels/cuda/step_entries.h"

namespace recoscope::kernels::cuda {

void addSteps(DeviceApi& api)
{
    addStepEntries<StreamLauncher>(api);
}

} // namespace recoscope::kernels::cuda
