// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Memory of the played device: nobody reads or writes it but while an operation of the device runs. A host that follows
// a pointer to it ends the program, as on a GPU, after a line that says so and the calls that led there. Thread-safe.
#pragma once

#include <cstddef>

namespace recoscope::test {

// Filled with NaN, aligned to 256 bytes. Null for 0 bytes.
void* allocateGuarded(std::size_t bytes);
void releaseGuarded(void* memory);

// While one lives, an operation of the device is running. They nest, over threads too.
class DeviceIsRunning {
public:
    DeviceIsRunning();
    ~DeviceIsRunning();
    DeviceIsRunning(const DeviceIsRunning&) = delete;
    DeviceIsRunning& operator=(const DeviceIsRunning&) = delete;
};

} // namespace recoscope::test
