// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What one thread of this machine can do at most, measured like the benchmarks: by the processor time of the process.
#pragma once

namespace recoscope {

struct BenchmarkMachine {
    double copyBytes = 0.0; // a second, read and written, of memory far larger than the caches
    double flop = 0.0; // a second, of independent multiply-adds in the vectors of the active kernel path
};

// Takes about a second.
BenchmarkMachine measureMachine();

} // namespace recoscope
