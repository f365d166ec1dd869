// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "tests/benchmarks/registry.h"

namespace recoscope {

const std::vector<Benchmark>& benchmarks()
{
    // One line each: {"name", "what is measured, against what", bench_name}, with bench_name declared above.
    static const std::vector<Benchmark> list = {};
    return list;
}

} // namespace recoscope
