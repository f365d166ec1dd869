// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Paired comparison of two runs over the same users. Differences are d = b - a. Definitions: docs/metrics.md. Pure
// functions; Error{Usage} when a and b differ in length.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/distributions.h"

namespace recoscope {

struct PairedTest {
    double meanDifference = 0.0;
    double ciLow = 0.0, ciHigh = 0.0; // 95 %, t interval
    double bootstrapLow = 0.0, bootstrapHigh = 0.0; // 95 % percentile bootstrap, 10,000 resamples
    double tStatistic = 0.0, tP = 1.0;
    double wilcoxonStatistic = 0.0, wilcoxonP = 1.0;
    double permutationP = 1.0; // 10,000 sign flips
    double effectSize = 0.0; // Cohen's d of the differences
    std::int64_t n = 0;
};

// 10,000 bootstrap resamples and sign flips while n is at most 20,000, fewer above (at least 1,000), so that a
// comparison takes about a second at most. Two-sided p-values.
PairedTest pairedTest(std::span<const double> a, std::span<const double> b, std::uint64_t seed = 0);

// -- the parts, each over differences
struct TTest {
    double mean = 0.0, t = 0.0, p = 1.0, ciLow = 0.0, ciHigh = 0.0;
    std::int64_t degreesOfFreedom = 0;
};
TTest pairedT(std::span<const double> differences);

enum class ZeroRule { Drop, Pratt }; // Wilcoxon: leave zeros out; rank them, then leave them out
struct WilcoxonTest {
    double statistic = 0.0; // the smaller of the two rank sums
    double z = 0.0, p = 1.0;
};
// Normal approximation with the tie correction; `continuity` moves z by 1/2 towards zero.
WilcoxonTest wilcoxon(std::span<const double> differences, ZeroRule zeros = ZeroRule::Drop, bool continuity = false);
// Exact distribution of the rank sum; without zeros and ties, at most 1,000 differences.
WilcoxonTest wilcoxonExact(std::span<const double> differences);

struct EffectSizes {
    double dz = 0.0; // mean(d) / sd(d)
    double dav = 0.0; // mean(d) / mean of the two standard deviations
    double drm = 0.0; // dz * sqrt(2 (1 - r))
    double hedgesJ = 1.0, gz = 0.0; // exact small-sample correction with n - 1 degrees of freedom; dz * J
};
EffectSizes effectSizes(std::span<const double> a, std::span<const double> b);

struct BootstrapIntervals {
    double percentileLow = 0.0, percentileHigh = 0.0;
    double basicLow = 0.0, basicHigh = 0.0;
    double bcaLow = 0.0, bcaHigh = 0.0, z0 = 0.0, acceleration = 0.0;
};
// 95 % intervals of the mean from the means of resamples.
BootstrapIntervals bootstrapIntervals(std::span<const double> differences, std::vector<double> resampledMeans);
std::vector<double> bootstrapMeans(std::span<const double> differences, int resamples, std::uint64_t seed);

// (count of |mean of flipped| >= |mean| - 1e-15, plus 1) / (flips + 1), for drawn or for given signs [flips, n] of ±1.
double signFlipP(std::span<const double> differences, int flips, std::uint64_t seed);
double signFlipP(std::span<const double> differences, std::span<const std::int8_t> signs);

// Adjusted p-values in the order given.
std::vector<double> holm(std::span<const double> p);
std::vector<double> bonferroni(std::span<const double> p);
std::vector<double> benjaminiHochberg(std::span<const double> p);
std::vector<double> benjaminiYekutieli(std::span<const double> p);

} // namespace recoscope
