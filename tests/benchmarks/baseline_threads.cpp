// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LibTorch's.
#include "tests/benchmarks/baseline_threads.h"

#include <ATen/Parallel.h>

namespace recoscope {

int baselineThreads()
{
    return at::get_num_threads();
}

void setBaselineThreads(int count)
{
    at::set_num_threads(count);
}

} // namespace recoscope
