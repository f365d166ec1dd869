// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Unweighted non-linear least squares by Levenberg and Marquardt in double precision: at each step
// (R + mu I) d = D^-1 J^T r with R = D^-1 J^T J D^-1 and D the lengths of J's columns (Marquardt's scaling, which makes
// the path independent of the parameters' units), mu updated after Nielsen (1999). Pure functions; deterministic.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace recoscope {

// Fills values[n] and jacobian[n, p] (d value / d parameter, row-major) at `theta`.
using LeastSquaresModel
    = std::function<void(std::span<const double> theta, std::span<double> values, std::span<double> jacobian)>;

struct LeastSquaresSolution {
    std::vector<double> theta;
    double sse = 0.0; // infinite when the start itself has no finite values
    bool converged = false; // false: still moving after the last step allowed
    std::vector<double> normal; // J^T J at theta, [p, p]
};

LeastSquaresSolution levenbergMarquardt(
    const LeastSquaresModel& model, std::span<const double> observed, std::vector<double> start);

} // namespace recoscope
