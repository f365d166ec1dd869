// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One line of `recoscope-cli bench`: our time beside that of a baseline measured in the same run on the same input.
#pragma once

#include <string>

namespace recoscope {

struct BenchmarkRow {
    std::string name;      // "import_delimited": the name on the command line
    std::string shape;     // "20,000,000 rows · 525 MB"
    double ours = 0.0;     // in `unit`
    double baseline = 0.0; // in `unit`; 0 when there is none
    double ratio = 0.0;    // baseline / ours: larger is better; 0 without a baseline
    std::string unit;      // "s", "ms", "us"
    std::string note;      // what the baseline is, threads, peak memory
};

} // namespace recoscope
