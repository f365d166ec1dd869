// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Two runs over the same users: a per-user metric on both sides, tested as pairs, whole and by slice. Pure function of
// the per-user rows; definitions in docs/metrics.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/evaluation/significance.h"

namespace recoscope {

// One user on both sides.
struct UserPair {
    std::int64_t historyLength = 0;
    std::int64_t targetPopularity = 0;
    double rankA = 0.0, rankB = 0.0;
};

struct SliceComparison {
    std::string group, name;
    std::int64_t users = 0;
    double meanA = 0.0, meanB = 0.0;
    TTest test;
    double holmP = 1.0; // corrected over the slices of its group
};

struct Comparison {
    std::string metric;
    double meanA = 0.0, meanB = 0.0;
    PairedTest test;
    std::vector<SliceComparison> slices;
};

// `metric` as in metricAtRank(). Error{NotFound} for another one.
Comparison comparePairs(const std::vector<UserPair>& pairs, const std::string& metric, std::uint64_t seed = 0);

} // namespace recoscope
