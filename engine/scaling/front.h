// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The best split of a compute budget between size N and data T under a joint law with excess A N^-a + B T^-b.
//
// Cost C = (k N + k0) T: k per parameter and interaction (6 for forward and backward of the matrix products: 2 and 4),
// k0 per interaction whatever the size (attention over the history, item encoding). With k0 = 0 setting the derivative
// along C = k N T to zero gives a A N^-a = b B T^-b, hence
//   N = G (C/k)^(b/(a+b)),  T = C / (k N),  G = (a A / (b B))^(1/(a+b))
// (Hoffmann et al., arXiv 2203.15556, equation 4). With k0 > 0 the derivative by ln N,
// b B T^-b k N / (k N + k0) - a A N^-a with T = C / (k N + k0), grows with N, so its one root is found by bisection.
// Pure functions. Error{Usage} for a law of another form or a budget or cost that is not positive and finite.
#pragma once

#include <span>
#include <vector>

#include "engine/scaling/bootstrap.h"
#include "engine/scaling/fit.h"

namespace recoscope {

struct ComputeCost {
    double perParameter = 6.0; // k
    double perInteraction = 0.0; // k0
};

struct ComputeOptimum {
    double compute = 0.0, n = 0.0, t = 0.0, value = 0.0;
};

ComputeOptimum computeOptimum(const ScalingLaw& law, double compute, const ComputeCost& cost = {});
// b / (a + b): how N grows with C when k0 = 0; T grows with the rest.
double sizeExponent(const ScalingLaw& law);

// One budget of a fitted front: the optimum, its value's spread over the bootstrap's laws (each at its own optimum),
// and whether N or T lies outside what was run.
struct FrontPoint {
    ComputeOptimum optimum;
    Interval n, t, value; // empty intervals (nan) without draws
    bool extrapolated = false;
};
std::vector<FrontPoint> computeFront(const ScalingFit& fit, std::span<const double> budgets,
    const ComputeCost& cost = {}, const BootstrapFit* bootstrap = nullptr);

} // namespace recoscope
