// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Fits scaling laws to the results of runs. Unweighted least squares on y itself (not on its logarithm), minimised by
// Levenberg and Marquardt from several starts; the parameters that must be positive are searched for as logarithms and
// sizes are measured from their geometric mean, so that neither the units of sizes nor those of y change the fit.
//
// Covariance = SSE / (n - p) (J^T J)^-1 with J the derivatives by the parameters as they are printed; standard errors
// are the roots of its diagonal; an interval is value ± t standard errors, t the quantile of Student's distribution
// with n - p degrees of freedom. R^2 = 1 - SSE / sum (y - mean y)^2.
//
// Weakly identified. A warning is given when (1) the condition number of the normal matrix, taken in the search
// parameters with columns scaled to length one, exceeds weakCondition; or (2) a standard error exceeds
// weakRelativeError of its parameter (for the levels E and c, which may be zero: of the range of y seen; for m, a
// logarithm: of one), so that the 95 % interval is about as wide as the parameter or wider; or (3) the minimum was not
// reached, because the data ask for an exponent of zero or without bound. The curve can be good within the range seen
// all the same; its constants are not.
//
// Errors: Error{Input} for too few points (n < p + 1, fewer than three different sizes on an axis, four for Compute),
// numbers that are not finite, sizes that are not positive, values that are equal to rounding or whose squares leave
// the range of double, values that go the other way. Everything here is a pure function, from any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/scaling/law.h"

namespace recoscope {

struct ScalingPoint {
    double x = 0.0; // size: N, or C for the compute curve
    double t = 0.0; // T, for Joint only
    double y = 0.0; // loss or metric
    std::string run; // what a bootstrap over runs keeps together; may be empty
};

struct FittedParameter {
    std::string name;
    double value = 0.0;
    double standardError = 0.0; // infinite where the data do not determine it
    double low = 0.0, high = 0.0;
    bool isWeak = false; // weakly identified by rule (2)
};

struct SizeRange {
    double low = 0.0, high = 0.0;
    bool holds(double value) const { return value >= low && value <= high; }
};

struct ScalingFit {
    ScalingLaw law;
    std::vector<FittedParameter> parameters; // as law.parameters
    std::vector<double> covariance; // [p, p] of the parameters, row-major
    double confidence = 0.95;
    double sse = 0.0, r2 = 0.0;
    double condition = 1.0;
    int points = 0, degreesOfFreedom = 0;
    SizeRange x, t; // of the points
    std::vector<std::string> warnings; // weakly identified constants, one sentence each

    const FittedParameter& parameter(const std::string& name) const; // Error{Usage} for a name it does not have
};

inline constexpr double weakCondition = 1e6;
inline constexpr double weakRelativeError = 0.25;

ScalingFit fitScalingLaw(
    std::span<const ScalingPoint> points, ScalingForm form, ScalingDirection direction, double confidence = 0.95);

// Whether y rises or falls with size: the sign of its covariance with ln x (plus that with ln t for Joint).
ScalingDirection directionOf(std::span<const ScalingPoint> points, ScalingForm form);

// The fitted curve at a positive finite size (else Error{Usage}), with the interval of the curve itself (not of a new
// run): gradient and covariance.
struct ScalingPrediction {
    double value = 0.0, standardError = 0.0, low = 0.0, high = 0.0;
    bool extrapolated = false; // outside the sizes of the points
};
ScalingPrediction predict(const ScalingFit& fit, double x, double t = 1.0);

// Ordinary least squares of ln y on ln x; y > 0.
struct LogLogLine {
    double slope = 0.0, intercept = 0.0;
    double at(double x) const; // y; x > 0
};
LogLogLine fitLogLogLine(std::span<const double> x, std::span<const double> y);

} // namespace recoscope
