// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The benchmarks behind `recoscope-cli bench`. Each bench_<name>.cpp defines bench_<name>(quick) and registry.cpp lists
// it; `quick` asks for a size that takes a second or two instead of the size of the documentation.
#pragma once

#include <string>
#include <vector>

#include "engine/core/benchmark.h"

namespace recoscope {

struct Benchmark {
    std::string name;
    std::string description; // one line: what is measured, and against what
    std::vector<BenchmarkRow> (*run)(bool quick);
};

const std::vector<Benchmark>& benchmarks();

} // namespace recoscope
