// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Times two functions in turn, ours and the baseline, and takes the 10th percentile of each. The clock is the
// processor time of the process: with both on one thread it is the wall time of a quiet machine, and other programs
// disturb it little.
#pragma once

#include "engine/core/benchmark.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace recoscope {

// Values uniform in [-1, 1), the same for the same seed.
std::vector<float> benchmarkValues(std::int64_t count, std::uint64_t seed);

// Runs both once to warm up and then `repeats` samples of each in turn, on one thread of ours and of the baseline; a
// sample is `calls` calls, for work near the resolution of the clock, and times are per call, in `unit` ("s", "ms" or
// "us"). The note gains threads and kernel path.
BenchmarkRow timeInterleaved(std::string name, std::string shape, const std::string& unit, int repeats,
    const std::function<void()>& ours, const std::function<void()>& baseline, const std::string& note, int calls = 1);

} // namespace recoscope
