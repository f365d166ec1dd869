// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/front.h"

#include <cmath>

#include "engine/core/error.h"

namespace recoscope {

namespace {

void requireJoint(const ScalingLaw& law)
{
    if (law.form != ScalingForm::Joint)
        throw Error(ErrorKind::Usage, "a compute-optimal split needs a law in size and data",
            "fit the joint form, L(N, T), to runs that differ in both");
}

void requirePositive(double value, const char* what)
{
    if (!(value > 0.0 && std::isfinite(value)))
        throw Error(ErrorKind::Usage, std::string(what) + " must be a positive finite number", "for example 1e15");
}

double closedForm(const ScalingLaw& law, double compute, double k)
{
    const std::vector<double>& p = law.parameters;
    const double a = p[2], b = p[4];
    // (aA / bB)^(1/(a+b)) (C/k)^(b/(a+b)), by logarithms: the factors alone can overflow.
    return std::exp((std::log(a * p[1]) - std::log(b * p[3]) + b * std::log(compute / k)) / (a + b));
}

// The sign of d excess / d ln N at N = exp(w).
double slope(const ScalingLaw& law, double compute, const ComputeCost& cost, double w)
{
    const std::vector<double>& p = law.parameters;
    const double a = p[2], b = p[4], perInteraction = cost.perParameter * std::exp(w) + cost.perInteraction;
    const double data = std::log(b * p[3]) - b * std::log(compute) + (b - 1.0) * std::log(perInteraction)
        + std::log(cost.perParameter) + w;
    return data - (std::log(a * p[1]) - a * w);
}

double bisected(const ScalingLaw& law, double compute, const ComputeCost& cost)
{
    const double middle = std::log(closedForm(law, compute, cost.perParameter));
    double low = middle, high = middle;
    for (double step = 1.0; slope(law, compute, cost, low) > 0.0; step *= 2.0)
        low -= step;
    for (double step = 1.0; slope(law, compute, cost, high) < 0.0; step *= 2.0)
        high += step;
    for (int i = 0; i < 200 && high - low > 1e-14 * (1.0 + std::abs(low)); ++i) {
        const double w = 0.5 * (low + high);
        (slope(law, compute, cost, w) < 0.0 ? low : high) = w;
    }
    return std::exp(0.5 * (low + high));
}

// Not finite where the exponents are next to zero, as those of a draw of the bootstrap can be.
ComputeOptimum split(const ScalingLaw& law, double compute, const ComputeCost& cost)
{
    const double n
        = cost.perInteraction > 0.0 ? bisected(law, compute, cost) : closedForm(law, compute, cost.perParameter);
    const double t = compute / (cost.perParameter * n + cost.perInteraction);
    return {compute, n, t, law.at(n, t)};
}

} // namespace

ComputeOptimum computeOptimum(const ScalingLaw& law, double compute, const ComputeCost& cost)
{
    requireJoint(law);
    requirePositive(compute, "the compute budget");
    requirePositive(cost.perParameter, "the cost of a parameter and interaction");
    if (!(cost.perInteraction >= 0.0 && std::isfinite(cost.perInteraction)))
        throw Error(ErrorKind::Usage, "the cost of an interaction must be zero or more", "leave it at 0");
    const ComputeOptimum best = split(law, compute, cost);
    if (!(best.n > 0.0 && best.t > 0.0 && std::isfinite(best.n) && std::isfinite(best.t)))
        throw Error(ErrorKind::Input, "the law has no best split: its exponents are too small to tell size from data",
            "its constants are not determined by the runs; add runs over a wider range of sizes");
    return best;
}

double sizeExponent(const ScalingLaw& law)
{
    requireJoint(law);
    return law.parameters[4] / (law.parameters[2] + law.parameters[4]);
}

std::vector<FrontPoint> computeFront(
    const ScalingFit& fit, std::span<const double> budgets, const ComputeCost& cost, const BootstrapFit* bootstrap)
{
    std::vector<FrontPoint> front;
    for (double budget : budgets) {
        FrontPoint point;
        point.optimum = computeOptimum(fit.law, budget, cost);
        point.extrapolated = !fit.x.holds(point.optimum.n) || !fit.t.holds(point.optimum.t);
        if (bootstrap) {
            const auto over = [&](double ComputeOptimum::*part) {
                return bootstrap->intervalOf([&](const ScalingLaw& law) { return split(law, budget, cost).*part; });
            };
            point.n = over(&ComputeOptimum::n);
            point.t = over(&ComputeOptimum::t);
            point.value = over(&ComputeOptimum::value);
        }
        front.push_back(point);
    }
    return front;
}

} // namespace recoscope
