// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/torch_device.h"

#include <torch/torch.h>

#include "engine/core/plugin.h"
#include "engine/kernels/device_library.h"

namespace recoscope::nn {

namespace {

constexpr const char* torchLibrary = "libtorch_cuda.so";

TorchDevice findDevice()
{
    const kernels::DeviceLibrary& library = kernels::deviceLibrary();
    TorchDevice device{"cuda", nullptr, library.found};
    if (!library.api)
        return device;
    if (!loadBeside(torchLibrary, reinterpret_cast<const void*>(&c10::GetAllocator)))
        device.found = std::string(torchLibrary) + " is not beside LibTorch's other libraries";
    else if (!torch::cuda::is_available())
        device.found = "LibTorch finds no usable GPU";
    else
        device.api = library.api;
    return device;
}

TorchDevice& device()
{
    static TorchDevice found = findDevice();
    return found;
}

} // namespace

const TorchDevice& torchDevice()
{
    return device();
}

void useTorchDevice(const TorchDevice& other)
{
    device() = other;
}

} // namespace recoscope::nn
