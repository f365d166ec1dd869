// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What recoscope-bench-window measures. Times are processor time of the GUI thread: this is what the thread is away
// for, and other programs on the machine disturb it little.
#pragma once

#include <vector>

#include "engine/core/benchmark.h"

namespace recoscope {

std::vector<BenchmarkRow> benchHeatmapPaint(bool quick);
std::vector<BenchmarkRow> benchRunTable(bool quick);

} // namespace recoscope
