// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The benchmarks of the window: recoscope-bench-window, which lies beside this program, measures them.
#include "tests/benchmarks/other_program.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

std::vector<BenchmarkRow> benchHeatmapPaint(bool quick)
{
    return measuredBy("recoscope-bench-window", "heatmap_paint", quick);
}

std::vector<BenchmarkRow> benchRunTable(bool quick)
{
    return measuredBy("recoscope-bench-window", "run_table", quick);
}

} // namespace recoscope
