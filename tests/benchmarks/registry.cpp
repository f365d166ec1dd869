// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "tests/benchmarks/registry.h"

namespace recoscope {

std::vector<BenchmarkRow> benchPrepare(bool quick);
std::vector<BenchmarkRow> benchStore(bool quick);

const std::vector<Benchmark>& benchmarks()
{
    // One line each: {"name", "what is measured, against what", bench_name}, with bench_name declared above.
    static const std::vector<Benchmark> list = {
        {"prepare", "filter, order and split of 20 million rows, against hash maps and copies", benchPrepare},
        {"run_store", "listing runs, writing per-user results and finding the largest differences, against a SQL join",
         benchStore},
    };
    return list;
}

} // namespace recoscope
