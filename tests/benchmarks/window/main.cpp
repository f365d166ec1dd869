// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// recoscope-bench-window NAME... [--quick]: prints {"rows": [...]} as `recoscope-cli bench --json` does.
#include <cstdio>
#include <cstring>
#include <functional>

#include "tests/benchmarks/row_json.h"
#include "tests/benchmarks/window/window_benchmarks.h"
#include "tests/widgets/heartbeat.h"

int main(int argc, char** argv)
{
    using namespace recoscope;
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    ResponsiveApplication application(argc, argv);
    const std::pair<const char*, std::function<std::vector<BenchmarkRow>(bool)>> known[]
        = {{"heatmap_paint", benchHeatmapPaint}, {"run_table", benchRunTable}};
    bool quick = false;
    for (int i = 1; i < argc; ++i)
        quick = quick || std::strcmp(argv[i], "--quick") == 0;
    std::vector<BenchmarkRow> rows;
    for (int i = 1; i < argc; ++i) {
        for (const auto& [name, run] : known) {
            if (std::strcmp(argv[i], name) != 0)
                continue;
            for (const BenchmarkRow& r : run(quick))
                rows.push_back(r);
        }
    }
    std::printf("%s\n", rowsJson(rows).dump(2).c_str());
    return rows.empty() ? 2 : 0;
}
