// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/emulated_device.h"

#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/projection_entries.h"
#include "engine/kernels/cuda/row_entries.h"
#include "engine/kernels/cuda/sequence_entries.h"
#include "engine/kernels/cuda/step_entries.h"
#include "engine/kernels/device_library.h"
#include "tests/engine/kernels/emulated_launcher.h"

#include <cstdio>
#include <cstdlib>

namespace recoscope::kernels {

namespace {

DeviceApi makeApi()
{
    DeviceApi api{};
    api.version = DeviceApi::currentVersion;
    api.bytes = sizeof(DeviceApi);
    api.argumentBytes = deviceArgumentBytes();
    api.lastMessage = [] { return cuda::lastError().message.c_str(); };
    api.lastHint = [] { return cuda::lastError().hint.c_str(); };
    api.faultText = cuda::faultText;
    api.devices = [] { return 1; };
    api.describe = [](std::int32_t, char* text, std::int32_t bytes) {
        std::snprintf(text, static_cast<std::size_t>(bytes), "emulated");
        return 0;
    };
    api.tensorCores = [](char* text, std::int32_t bytes) {
        std::snprintf(text, static_cast<std::size_t>(bytes), "products decoded from their descriptors");
        return 0;
    };
    addEmulatedStreams(api);
    cuda::addSequenceEntries<HostLauncher>(api);
    cuda::addRowEntries<HostLauncher>(api);
    cuda::addProjectionEntries<HostLauncher>(api);
    cuda::addStepEntries<HostLauncher>(api);
    return api;
}

// Before the first test asks for the paths.
const bool installed = [] {
    if (emulationWanted())
        useDeviceLibrary(emulatedDevice(), "emulated");
    return true;
}();

} // namespace

const DeviceApi* emulatedDevice()
{
    static const DeviceApi api = makeApi();
    return &api;
}

bool emulationWanted()
{
    return std::getenv("RECOSCOPE_EMULATED_GPU") != nullptr;
}

} // namespace recoscope::kernels
