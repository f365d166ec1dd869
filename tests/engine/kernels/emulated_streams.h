// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Memory, streams and graphs of the emulated device. Streams run what they are given at once, so one never waits for
// another; a captured stream keeps its launches instead, and every second run of a graph goes backwards over blocks and
// threads, as every second operation does.
#pragma once

#include "engine/kernels/device_api.h"

#include <functional>
#include <vector>

namespace recoscope::kernels {

using EmulatedLaunch = std::function<void(bool backwards)>;

// Where the launches of a stream go while the calling thread captures it, else null.
std::vector<EmulatedLaunch>* captureOf(const void* stream);

void addEmulatedStreams(DeviceApi& api);

} // namespace recoscope::kernels
