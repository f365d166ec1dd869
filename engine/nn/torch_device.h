// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The device that tensors may be on beside the processor: one with both LibTorch's part for it and
// librecoscope_cuda.so. Looked for once, when first asked, and kept until the process ends; to be asked before the
// first backward pass, since LibTorch, too, looks for its devices once. Thread-safe.
#pragma once

#include <string>

namespace recoscope::kernels {
struct DeviceApi; // kernels/device_api.h
}

namespace recoscope::nn {

struct TorchDevice {
    std::string name; // of its tensors: "cuda"
    const kernels::DeviceApi* api = nullptr; // null: there is none, and `found` says what is missing
    std::string found; // "NVIDIA H200, 9.0", or a reason
};

const TorchDevice& torchDevice();

// From now on this is what torchDevice() found: tests put a device here that is the processor in disguise.
void useTorchDevice(const TorchDevice& device);

} // namespace recoscope::nn
