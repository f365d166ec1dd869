// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The CUDA kernels run on the processor: a Block whose phases are loops over its threads, and a table of operations
// that takes host memory for device memory. Every second operation runs its blocks and threads backwards, so that
// whatever depends on their order within a phase gives other bytes when it is repeated. Memory starts as NaN.
#pragma once

#include "engine/kernels/device_api.h"

namespace recoscope::kernels {

const DeviceApi* emulatedDevice();

// Whether the tests of this process run on it as Path::Cuda (RECOSCOPE_EMULATED_GPU).
bool emulationWanted();

} // namespace recoscope::kernels
