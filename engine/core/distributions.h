// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Student's t and the normal distribution, and quantiles of a sample. Pure functions, from any thread.
#pragma once

#include <span>

namespace recoscope {

double studentTCdf(double t, double degreesOfFreedom);
double studentTQuantile(double probability, double degreesOfFreedom);
double normalCdf(double z);
double normalQuantile(double probability);

// Of values in ascending order, interpolated linearly at (R - 1) q.
double quantile(std::span<const double> sorted, double q);

} // namespace recoscope
