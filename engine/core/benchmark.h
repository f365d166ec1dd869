// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One line of `recoscope-cli bench`: our time beside that of a baseline measured in the same run on the same input.
#pragma once

#include <string>

namespace recoscope {

// What a full-size row is to reach; 0 = nothing is asked of that figure.
struct BenchmarkGoal {
    double ratio = 0.0; // at least
    double most = 0.0; // ours at most, in the row's unit
    double bandwidth = 0.0; // at least this share of what a copy reads and writes
    std::string unmet = {}; // what keeps ours from it, for machines where it does
};

struct BenchmarkRow {
    std::string name; // "import_delimited": the name on the command line
    std::string shape; // "20,000,000 rows · 525 MB"
    double ours = 0.0; // in `unit`; the 10th percentile where there are several
    double baseline = 0.0; // in `unit`; 0 when there is none
    double ratio = 0.0; // baseline / ours: larger is better; 0 without a baseline
    std::string unit; // "s", "ms", "us"
    std::string note; // what the baseline is, threads, peak memory
    double median = 0.0, baselineMedian = 0.0; // in `unit`; 0 where one was timed
    double bytes = 0.0; // that ours must at least read and write in memory; 0 = they do not bound it
    double flop = 0.0; // that the result takes, recomputations not counted; 0 = they do not bound it
    BenchmarkGoal goal = {};

    // A second: of bytes, or of operations.
    double rate(double amount) const
    {
        const double seconds = ours * (unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : 1.0);
        return seconds > 0.0 ? amount / seconds : 0.0;
    }
};

} // namespace recoscope
