// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Paired comparison of two runs over the same users. Differences are b - a. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recoscope {

struct PairedTest {
    double meanDifference = 0.0;
    double ciLow = 0.0, ciHigh = 0.0;        // 95 %, t interval
    double bootstrapLow = 0.0, bootstrapHigh = 0.0; // 95 % percentile bootstrap, 10,000 resamples
    double tStatistic = 0.0, tP = 1.0;
    double wilcoxonStatistic = 0.0, wilcoxonP = 1.0;
    double permutationP = 1.0;               // 10,000 sign flips
    double effectSize = 0.0;                 // Cohen's d of the differences
    std::int64_t n = 0;
};

PairedTest pairedTest(std::span<const double> a, std::span<const double> b, std::uint64_t seed = 0);

// Adjusted p-values in the order given.
std::vector<double> holm(std::span<const double> p);
std::vector<double> bonferroni(std::span<const double> p);
std::vector<double> benjaminiHochberg(std::span<const double> p);
std::vector<double> benjaminiYekutieli(std::span<const double> p);

// Distribution functions, for tests and for others to use.
double studentTCdf(double t, double degreesOfFreedom);
double normalCdf(double z);

} // namespace recoscope
