// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The one function that librecoscope_cuda.so exports, and what of the table is no operation.
#include "engine/kernels/cuda/library.h"

#include "engine/kernels/cuda/device_block.cuh"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/faults.h"

#include <cstdio>

namespace recoscope::kernels::cuda {

namespace {

std::int32_t devices()
{
    int count = 0;
    if (const cudaError_t status = cudaGetDeviceCount(&count); status != cudaSuccess) {
        lastError() = {std::string("no usable GPU: ") + cudaGetErrorString(status), "see 'nvidia-smi'"};
        return 0;
    }
    return count;
}

std::int32_t describe(std::int32_t device, char* text, std::int32_t bytes)
{
    return guarded([&] {
        cudaDeviceProp properties{};
        requireCuda(cudaGetDeviceProperties(&properties, device), "the GPU does not answer");
        std::snprintf(text, static_cast<std::size_t>(bytes), "%s, compute capability %d.%d", properties.name,
            properties.major, properties.minor);
    });
}

DeviceApi makeApi()
{
    DeviceApi api{};
    api.version = DeviceApi::currentVersion;
    api.bytes = sizeof(DeviceApi);
    api.argumentBytes = deviceArgumentBytes();
    api.lastMessage = [] { return lastError().message.c_str(); };
    api.lastHint = [] { return lastError().hint.c_str(); };
    api.faultText = faultText;
    api.devices = devices;
    api.describe = describe;
    addSequences(api);
    addRows(api);
    addProjections(api);
    addSteps(api);
    addTensorCores(api);
    addStreams(api);
    return api;
}

} // namespace

} // namespace recoscope::kernels::cuda

extern "C" __attribute__((visibility("default"))) const recoscope::kernels::DeviceApi* recoscope_cuda_api()
{
    static const recoscope::kernels::DeviceApi api = recoscope::kernels::cuda::makeApi();
    return &api;
}
