// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Benchmarks with libraries that recoscope-cli does not link: programs of their own, which lie beside it.
#pragma once

#include <string>
#include <vector>

#include "engine/core/benchmark.h"

namespace recoscope {

// Runs `program name [--quick]` and reads the rows that it prints as JSON. Error{NotFound} when it was not built.
std::vector<BenchmarkRow> measuredBy(const std::string& program, const std::string& name, bool quick);

} // namespace recoscope
