// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The incomplete beta function follows the continued fraction of the NIST Digital Library of Mathematical Functions,
// 8.17.22, evaluated by the modified Lentz method.

#include "engine/core/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recoscope {

namespace {

double betaFraction(double a, double b, double x)
{
    constexpr double tiny = 1e-300;
    constexpr int mostTerms = 10000;
    const auto guarded = [](double v) { return std::abs(v) < tiny ? tiny : v; };
    double c = 1.0;
    double d = 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0));
    double h = d;
    for (int m = 1; m <= mostTerms; ++m) {
        const double twice = 2.0 * m;
        const double even = m * (b - m) * x / ((a + twice - 1.0) * (a + twice));
        d = 1.0 / guarded(1.0 + even * d);
        c = guarded(1.0 + even / c);
        h *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + twice) * (a + twice + 1.0));
        d = 1.0 / guarded(1.0 + odd * d);
        c = guarded(1.0 + odd / c);
        h *= d * c;
        if (std::abs(d * c - 1.0) < 1e-16)
            break;
    }
    return h;
}

double regularisedBeta(double a, double b, double x)
{
    if (x <= 0.0)
        return 0.0;
    if (x >= 1.0)
        return 1.0;
    const double front
        = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
    if (x < (a + 1.0) / (a + b + 2.0))
        return front * betaFraction(a, b, x) / a;
    return 1.0 - front * betaFraction(b, a, 1.0 - x) / b;
}

// P(T > t) for t >= 0, with full relative precision in the tail.
double upperTail(double t, double df)
{
    return 0.5 * regularisedBeta(df / 2.0, 0.5, df / (df + t * t));
}

} // namespace

double studentTCdf(double t, double degreesOfFreedom)
{
    const double tail = upperTail(std::abs(t), degreesOfFreedom);
    return t > 0.0 ? 1.0 - tail : tail;
}

double studentTQuantile(double probability, double degreesOfFreedom)
{
    if (probability == 0.5)
        return 0.0;
    const double tail = probability < 0.5 ? probability : 1.0 - probability;
    double low = 0.0, high = 1.0;
    while (upperTail(high, degreesOfFreedom) > tail && high < 1e300)
        high *= 2.0;
    for (int i = 0; i < 2000 && high - low > 1e-15 * high; ++i) {
        const double middle = 0.5 * (low + high);
        (upperTail(middle, degreesOfFreedom) > tail ? low : high) = middle;
    }
    const double t = 0.5 * (low + high);
    return probability < 0.5 ? -t : t;
}

double normalCdf(double z)
{
    return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

double normalQuantile(double probability)
{
    if (probability <= 0.0)
        return -std::numeric_limits<double>::infinity();
    if (probability >= 1.0)
        return std::numeric_limits<double>::infinity();
    double low = -40.0, high = 40.0;
    for (int i = 0; i < 200 && high - low > 1e-16 * std::max(1.0, std::abs(high)); ++i) {
        const double middle = 0.5 * (low + high);
        (normalCdf(middle) < probability ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

double quantile(std::span<const double> sorted, double q)
{
    if (sorted.empty())
        return 0.0;
    const double position = double(sorted.size() - 1) * std::clamp(q, 0.0, 1.0);
    const auto below = std::size_t(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - double(below)) * (sorted[above] - sorted[below]);
}

} // namespace recoscope
