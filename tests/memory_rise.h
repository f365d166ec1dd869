// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include <malloc.h>

#include <fstream>
#include <functional>

#include "engine/core/file.h"

namespace recoscope::test {

// How far the memory of the process rises, in MB; negative where the system does not tell.
inline double memoryRise(const std::function<void()>& work)
{
    malloc_trim(0);
    if (!(std::ofstream("/proc/self/clear_refs") << "5").flush()) // the peak starts anew
        return -1.0;
    const auto before = static_cast<double>(currentMemoryBytes());
    work();
    return (static_cast<double>(peakMemoryBytes()) - before) / 1e6;
}

} // namespace recoscope::test
