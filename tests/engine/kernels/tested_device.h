// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// For tests that call the table of a device themselves: the GPU where there is one, else the emulation. What they hand
// to operations is device or page-locked memory, and they wait before they read it.
#pragma once

#include "engine/kernels/device_library.h"
#include "engine/kernels/device_memory.h"
#include "tests/engine/kernels/emulated_device.h"

namespace recoscope::kernels {

inline const DeviceApi& testedDevice()
{
    return deviceLibrary().api ? *deviceLibrary().api : *emulatedDevice();
}

inline void require(std::int32_t status)
{
    requireDevice(testedDevice(), status);
}

template <class T> PinnedArray<T> pinned(const std::vector<T>& values)
{
    PinnedArray<T> array(testedDevice(), static_cast<std::int64_t>(values.size()));
    std::copy(values.begin(), values.end(), array.data());
    return array;
}

// Waits for the device.
template <class T> std::vector<T> fromDevice(const T* values, std::size_t count)
{
    std::vector<T> result(count);
    require(testedDevice().download(result.data(), values, static_cast<std::int64_t>(count * sizeof(T))));
    return result;
}

} // namespace recoscope::kernels
