// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Intervals of a fit by drawing its points again with replacement (pairs bootstrap, Efron & Tibshirani 1993), fitting
// each draw from the fit itself and from one start of its own; intervals are percentiles of the draws. They assume
// neither normal errors nor equal ones. Over runs: all points that carry the same run name stand or fall together,
// which is what points along one learning curve need, as they are not independent.
// A draw that cannot be fitted (too few different sizes, values that go the other way) counts as failed; when more than
// half fail there is no interval but Error{Input}. Seeded: the same seed gives the same numbers on every machine with
// the same arithmetic. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "engine/core/progress.h"
#include "engine/scaling/fit.h"

namespace recoscope {

struct Interval {
    double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

enum class ResampleUnit { Points, Runs };

struct BootstrapSettings {
    int resamples = 1000; // at least 100
    std::uint64_t seed = 0;
    ResampleUnit unit = ResampleUnit::Points;
};

struct BootstrapFit {
    std::vector<Interval> parameters; // in the order of ScalingLaw::parameters
    std::vector<ScalingLaw> draws; // one a resample that could be fitted
    int failed = 0;
    double confidence = 0.95;

    // Percentile interval of anything computed from a law, e.g. its value at a size.
    Interval intervalOf(const std::function<double(const ScalingLaw&)>& quantity) const;
};

// `fit` is the fit of `points`. Error{Input} for Runs with fewer than four different names. Can be cancelled.
BootstrapFit bootstrapScalingLaw(
    std::span<const ScalingPoint> points, const ScalingFit& fit, const BootstrapSettings& settings, Progress& progress);

} // namespace recoscope
