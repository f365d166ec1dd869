// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Finds librecoscope_cuda.so: only where the driver's library is, beside the program or in a lib folder one or two
// levels up, or where RECOSCOPE_CUDA_LIBRARY says. Looked for once, when first asked, and kept until the process ends.
#pragma once

#include "engine/kernels/device_api.h"

#include <string>

namespace recoscope::kernels {

struct DeviceLibrary {
    const DeviceApi* api = nullptr; // null: `found` says what is missing
    bool driver = false;
    std::string found; // "NVIDIA H200, 9.0", or a reason
};

const DeviceLibrary& deviceLibrary();

// The table of a library file; throws Error{Resource} when it cannot be loaded or was built from another version.
const DeviceApi* loadDeviceLibrary(const std::string& file);

// From now on `api` is what deviceLibrary() found: tests put one here that runs on the processor.
void useDeviceLibrary(const DeviceApi* api, const std::string& found);

// The library while Path::Cuda is forced, else null.
const DeviceApi* activeDevice();

} // namespace recoscope::kernels
