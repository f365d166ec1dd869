// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The parts of librecoscope_cuda.so, each a translation unit of nvcc.
#pragma once

#include "engine/kernels/device_api.h"

namespace recoscope::kernels::cuda {

void addSequences(DeviceApi& api);
void addRows(DeviceApi& api);
void addProjections(DeviceApi& api);
void addSteps(DeviceApi& api);
void addTensorCores(DeviceApi& api); // how kernels reach them
void addStreams(DeviceApi& api); // and graphs, memory, copies: what of the table waits or is waited for

} // namespace recoscope::kernels::cuda

extern "C" const recoscope::kernels::DeviceApi* recoscope_cuda_api(); // the one table of the process
