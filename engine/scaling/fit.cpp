// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/fit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "engine/core/distributions.h"
#include "engine/core/error.h"
#include "engine/scaling/law_problem.h"
#include "engine/scaling/symmetric.h"

namespace recoscope {

namespace {

constexpr std::size_t startsTried = 8;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string shortNumber(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.3g", value);
    return buffer;
}

// (J^T J)^-1 in search parameters by way of the scaled matrix, whose condition number is `condition`; empty when the
// matrix is singular to rounding.
std::vector<double> inverseNormal(std::vector<double> normal, std::size_t p, double& condition)
{
    std::vector<double> length;
    for (std::size_t j = 0; j < p; ++j)
        length.push_back(std::sqrt(normal[j * p + j]));
    condition = infinity;
    if (*std::min_element(length.begin(), length.end()) <= 0.0)
        return {};
    for (std::size_t j = 0; j < p; ++j)
        for (std::size_t k = 0; k < p; ++k)
            normal[j * p + k] /= length[j] * length[k];
    const SymmetricEigen eigen = symmetricEigen(normal, p);
    if (!(eigen.values.front() > 1e-14 * eigen.values.back()))
        return {};
    condition = eigen.values.back() / eigen.values.front();
    std::vector<double> out = inverse(eigen);
    for (std::size_t j = 0; j < p; ++j)
        for (std::size_t k = 0; k < p; ++k)
            out[j * p + k] /= length[j] * length[k];
    return out;
}

// G C G^T.
std::vector<double> carried(const std::vector<double>& covariance, const std::vector<double>& g, std::size_t p)
{
    std::vector<double> out(p * p, 0.0);
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t j = 0; j < p; ++j)
            for (std::size_t k = 0; k < p; ++k)
                for (std::size_t l = 0; l < p; ++l)
                    out[i * p + j] += g[i * p + k] * covariance[k * p + l] * g[j * p + l];
    return out;
}

bool isLevel(const std::string& name)
{
    return name == "E" || name == "c";
}

// How large a standard error is beside what it belongs to. The midpoint m is a logarithm: an error of one is a factor
// of e in compute.
double relativeError(const FittedParameter& parameter, double range)
{
    if (isLevel(parameter.name))
        return parameter.standardError / range;
    if (parameter.name == "m")
        return parameter.standardError;
    return parameter.standardError / std::abs(parameter.value);
}

void addWarnings(ScalingFit& fit, bool converged, double range)
{
    if (!converged)
        fit.warnings.push_back("the search did not come to rest: the data ask for a constant at the edge of what the "
                               "form allows; read the curve within the range seen, not the constants");
    if (!(fit.condition <= weakCondition))
        fit.warnings.push_back("the constants trade off against one another (condition number "
            + shortNumber(fit.condition) + "): runs over a wider range of sizes would part them");
    for (FittedParameter& parameter : fit.parameters) {
        parameter.isWeak = !(relativeError(parameter, range) <= weakRelativeError);
        if (parameter.isWeak)
            fit.warnings.push_back(parameter.name + " = " + shortNumber(parameter.value)
                + " is weakly identified: its standard error is " + shortNumber(parameter.standardError));
    }
}

// sum over points of (ln size - mean) (y - mean).
double covarianceWithLog(std::span<const ScalingPoint> points, double ScalingPoint::*size)
{
    double meanSize = 0.0, meanY = 0.0, sum = 0.0;
    for (const ScalingPoint& point : points) {
        meanSize += std::log(point.*size) / double(points.size());
        meanY += point.y / double(points.size());
    }
    for (const ScalingPoint& point : points)
        sum += (std::log(point.*size) - meanSize) * (point.y - meanY);
    return sum;
}

SizeRange rangeOf(std::span<const ScalingPoint> points, double ScalingPoint::*size)
{
    SizeRange out{infinity, -infinity};
    for (const ScalingPoint& point : points) {
        out.low = std::min(out.low, point.*size);
        out.high = std::max(out.high, point.*size);
    }
    return out;
}

std::vector<double> finiteParameters(const LawProblem& problem, const LeastSquaresSolution& solution)
{
    std::vector<double> parameters;
    if (std::isfinite(solution.sse))
        parameters = problem.natural(solution.theta);
    const bool finite = std::all_of(parameters.begin(), parameters.end(), [](double v) { return std::isfinite(v); });
    if (parameters.empty() || !finite)
        throw Error(ErrorKind::Input, "no curve of this form fits: a constant grows without bound",
            "fit another form, or add runs over a wider range of sizes");
    return parameters;
}

} // namespace

const FittedParameter& ScalingFit::parameter(const std::string& name) const
{
    for (const FittedParameter& p : parameters)
        if (p.name == name)
            return p;
    throw Error(ErrorKind::Usage, "the " + std::string(scalingFormName(law.form)) + " form has no parameter " + name,
        "its formula is " + scalingFormula(law.form, law.direction));
}

ScalingFit fitScalingLaw(
    std::span<const ScalingPoint> points, ScalingForm form, ScalingDirection direction, double confidence)
{
    if (!(confidence > 0.0 && confidence < 1.0))
        throw Error(ErrorKind::Usage, "a confidence of " + shortNumber(confidence) + " is not between 0 and 1",
            "0.95 is usual");
    const LawProblem problem(points, form, direction);
    const auto starts = problem.starts(startsTried);
    if (starts.empty())
        throw Error(ErrorKind::Input,
            std::string("no ") + scalingDirectionName(direction)
                + " curve fits: the values do not go that way with size"
                + (form == ScalingForm::Joint ? " or with the amount of data" : ""),
            "losses fall and metrics rise: choose the direction of the value, or a form with fewer sizes");
    const LeastSquaresSolution solution = problem.solve(starts);
    const std::size_t p = problem.parameterCount();
    ScalingFit fit;
    fit.law = {form, direction, finiteParameters(problem, solution)};
    fit.confidence = confidence;
    fit.sse = solution.sse;
    fit.r2 = 1.0 - solution.sse / problem.totalSquares();
    fit.points = static_cast<int>(points.size());
    fit.degreesOfFreedom = static_cast<int>(points.size() - p);
    fit.x = rangeOf(points, &ScalingPoint::x);
    fit.t = form == ScalingForm::Joint ? rangeOf(points, &ScalingPoint::t) : SizeRange{};
    std::vector<double> inner = inverseNormal(solution.normal, p, fit.condition);
    for (double& value : inner)
        value *= fit.sse / fit.degreesOfFreedom;
    fit.covariance = inner.empty() ? std::vector<double>(p * p, infinity)
                                   : carried(inner, problem.naturalJacobian(solution.theta), p);
    const double t = studentTQuantile(0.5 + confidence / 2.0, fit.degreesOfFreedom);
    for (std::size_t j = 0; j < p; ++j) {
        const double value = fit.law.parameters[j], error = std::sqrt(fit.covariance[j * p + j]);
        fit.parameters.push_back({scalingParameterNames(form)[j], value, error, value - t * error, value + t * error});
    }
    addWarnings(fit, solution.converged, problem.range());
    return fit;
}

ScalingDirection directionOf(std::span<const ScalingPoint> points, ScalingForm form)
{
    double sum = covarianceWithLog(points, &ScalingPoint::x);
    if (form == ScalingForm::Joint)
        sum += covarianceWithLog(points, &ScalingPoint::t);
    return sum > 0.0 ? ScalingDirection::Rising : ScalingDirection::Falling;
}

ScalingPrediction predict(const ScalingFit& fit, double x, double t)
{
    if (!(x > 0.0 && t > 0.0 && std::isfinite(x) && std::isfinite(t)))
        throw Error(ErrorKind::Usage, "a law has no value at a size of " + shortNumber(x > 0.0 ? t : x),
            "give a positive finite size");
    const std::vector<double> gradient = fit.law.gradient(x, t);
    const std::size_t p = gradient.size();
    double variance = 0.0;
    for (std::size_t j = 0; j < p; ++j)
        for (std::size_t k = 0; k < p; ++k)
            variance += gradient[j] * fit.covariance[j * p + k] * gradient[k];
    ScalingPrediction out;
    out.value = fit.law.at(x, t);
    // Rounding can leave a variance of zero slightly negative.
    out.standardError = std::isfinite(variance) ? std::sqrt(std::max(variance, 0.0)) : infinity;
    const double width = studentTQuantile(0.5 + fit.confidence / 2.0, fit.degreesOfFreedom) * out.standardError;
    out.low = out.value - width;
    out.high = out.value + width;
    out.extrapolated = !fit.x.holds(x) || (fit.law.form == ScalingForm::Joint && !fit.t.holds(t));
    return out;
}

double LogLogLine::at(double x) const
{
    return std::exp(intercept + slope * std::log(x));
}

LogLogLine fitLogLogLine(std::span<const double> x, std::span<const double> y)
{
    if (x.size() != y.size() || x.size() < 2)
        throw Error(ErrorKind::Input, "a line needs two points or more", "add runs of other sizes");
    std::vector<ScalingPoint> points;
    double meanX = 0.0, meanY = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!(x[i] > 0.0 && y[i] > 0.0 && std::isfinite(x[i]) && std::isfinite(y[i])))
            throw Error(ErrorKind::Input, "point " + std::to_string(i + 1) + " has no logarithm",
                "a line in logarithms needs positive finite sizes and values");
        points.push_back({x[i], 0.0, std::log(y[i]), {}});
        meanX += std::log(x[i]) / double(x.size());
        meanY += std::log(y[i]) / double(x.size());
    }
    for (double value : x)
        squares += (std::log(value) - meanX) * (std::log(value) - meanX);
    if (!(squares > 0.0))
        throw Error(ErrorKind::Input, "all sizes are equal: no line is determined", "add runs of other sizes");
    LogLogLine line;
    line.slope = covarianceWithLog(points, &ScalingPoint::x) / squares;
    line.intercept = meanY - line.slope * meanX;
    return line;
}

} // namespace recoscope
