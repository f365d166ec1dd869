// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/law_problem.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/core/error.h"
#include "engine/scaling/law_starts.h"

namespace recoscope {

namespace {

double sizeLogarithm(double size, const char* what, std::size_t index)
{
    if (!std::isfinite(size) || size <= 0.0)
        throw Error(ErrorKind::Input,
            "point " + std::to_string(index + 1) + ": " + what + " " + std::to_string(size)
                + " is not a positive finite number",
            "sizes are counts (parameters, interactions) or compute; take out runs that have none");
    return std::log(size);
}

double mean(std::span<const double> values)
{
    double sum = 0.0;
    for (double v : values)
        sum += v;
    return sum / static_cast<double>(values.size());
}

double span(std::span<const double> values)
{
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *high - *low;
}

std::size_t differentSizes(std::span<const double> logarithms)
{
    std::set<double> different;
    for (double u : logarithms)
        different.insert(u);
    return different.size();
}

// Residuals are squared: values whose squares overflow, or differ by rounding alone, would give a number that means
// nothing.
void requireSpread(std::span<const double> y)
{
    constexpr double largest = 1e100, smallest = 1e-100, rounding = 1e-12;
    double size = 0.0;
    for (double value : y)
        size = std::max(size, std::abs(value));
    if (size > largest)
        throw Error(
            ErrorKind::Input, "a value is too large to be squared", "check that the value column is the right one");
    if (!(span(y) > std::max(smallest, rounding * size)))
        throw Error(ErrorKind::Input, "all values are equal: there is no dependence on size to fit",
            "check that the value column is the right one");
}

std::size_t sizesNeeded(ScalingForm form)
{
    return form == ScalingForm::Compute ? 4 : 3;
}

} // namespace

LawProblem::LawProblem(std::span<const ScalingPoint> points, ScalingForm form, ScalingDirection direction)
    : m_form(form)
    , m_sign((form == ScalingForm::Compute) == (direction == ScalingDirection::Rising) ? 1.0 : -1.0)
{
    for (std::size_t i = 0; i < points.size(); ++i) {
        m_u.push_back(sizeLogarithm(points[i].x, form == ScalingForm::Compute ? "compute" : "size", i));
        m_v.push_back(form == ScalingForm::Joint ? sizeLogarithm(points[i].t, "amount of data", i) : 0.0);
        if (!std::isfinite(points[i].y))
            throw Error(ErrorKind::Input, "point " + std::to_string(i + 1) + ": its value is not a finite number",
                "take out runs that failed or diverged");
        m_y.push_back(m_sign * points[i].y);
    }
    if (m_y.size() < parameterCount() + 1)
        throw Error(ErrorKind::Input,
            std::to_string(m_y.size()) + (m_y.size() == 1 ? " point is too few for " : " points are too few for ")
                + std::to_string(parameterCount()) + " parameters and an error",
            "the " + std::string(scalingFormName(form)) + " form needs at least " + std::to_string(parameterCount() + 1)
                + " runs; add runs or choose a form with fewer parameters");
    if (!enoughSizes())
        throw Error(ErrorKind::Input,
            "the points have too few different sizes: a curve through fewer than " + std::to_string(sizesNeeded(form))
                + " is not determined",
            "add runs of other sizes" + std::string(form == ScalingForm::Joint ? " and other amounts of data" : ""));
    requireSpread(m_y);
    m_centreX = mean(m_u);
    m_centreT = mean(m_v);
    for (double& u : m_u)
        u -= m_centreX;
    for (double& v : m_v)
        v -= m_centreT;
}

bool LawProblem::enoughSizes() const
{
    const std::size_t needed = sizesNeeded(m_form);
    return differentSizes(m_u) >= needed && (m_form != ScalingForm::Joint || differentSizes(m_v) >= needed);
}

bool LawProblem::resample(std::span<const std::size_t> chosen, LawProblem& out) const
{
    out = *this;
    out.m_u.clear();
    out.m_v.clear();
    out.m_y.clear();
    for (std::size_t i : chosen) {
        out.m_u.push_back(m_u[i]);
        out.m_v.push_back(m_v[i]);
        out.m_y.push_back(m_y[i]);
    }
    return out.m_y.size() > parameterCount() && out.enoughSizes() && out.range() > 0.0;
}

std::vector<std::vector<double>> LawProblem::starts(std::size_t most) const
{
    return lawStarts(m_form, {m_u, m_v, m_y}, most);
}

LeastSquaresSolution LawProblem::solve(const std::vector<std::vector<double>>& starts) const
{
    LeastSquaresSolution best;
    best.sse = std::numeric_limits<double>::infinity();
    const LeastSquaresModel model = [this](std::span<const double> theta, std::span<double> values,
                                        std::span<double> jacobian) { evaluate(theta, values, jacobian); };
    for (const std::vector<double>& start : starts) {
        LeastSquaresSolution found = levenbergMarquardt(model, m_y, start);
        if (found.sse < best.sse)
            best = std::move(found);
    }
    return best;
}

void LawProblem::evaluate(std::span<const double> theta, std::span<double> values, std::span<double> jacobian) const
{
    const std::size_t p = parameterCount();
    for (std::size_t i = 0; i < m_u.size(); ++i) {
        double* d = jacobian.data() + i * p;
        if (m_form == ScalingForm::Compute) {
            const double height = std::exp(theta[0]), rate = std::exp(theta[1]), u = m_u[i] - theta[2];
            const double s = 1.0 / (1.0 + std::exp(-rate * u)), slope = height * s * (1.0 - s) * rate;
            values[i] = height * s - theta[3];
            d[0] = height * s;
            d[1] = slope * u;
            d[2] = -slope;
            d[3] = -1.0;
            continue;
        }
        const double a = std::exp(theta[2]), first = std::exp(theta[1] - a * m_u[i]);
        values[i] = theta[0] + first;
        d[0] = 1.0;
        d[1] = first;
        d[2] = -a * m_u[i] * first;
        if (m_form == ScalingForm::Joint) {
            const double b = std::exp(theta[4]), second = std::exp(theta[3] - b * m_v[i]);
            values[i] += second;
            d[3] = second;
            d[4] = -b * m_v[i] * second;
        }
    }
}

// x^-a = exp(-a centre) exp(-a u), so A = A' exp(a centre).
std::vector<double> LawProblem::natural(std::span<const double> theta) const
{
    if (m_form == ScalingForm::Compute)
        return {std::exp(theta[0]), std::exp(theta[1]), theta[2] + m_centreX, theta[3]};
    const double a = std::exp(theta[2]);
    std::vector<double> out = {m_sign * theta[0], std::exp(theta[1] + a * m_centreX), a};
    if (m_form == ScalingForm::Joint) {
        const double b = std::exp(theta[4]);
        out.insert(out.end(), {std::exp(theta[3] + b * m_centreT), b});
    }
    return out;
}

std::vector<double> LawProblem::search(std::span<const double> value) const
{
    if (m_form == ScalingForm::Compute)
        return {std::log(value[0]), std::log(value[1]), value[2] - m_centreX, value[3]};
    std::vector<double> out = {m_sign * value[0], std::log(value[1]) - value[2] * m_centreX, std::log(value[2])};
    if (m_form == ScalingForm::Joint)
        out.insert(out.end(), {std::log(value[3]) - value[4] * m_centreT, std::log(value[4])});
    return out;
}

std::vector<double> LawProblem::naturalJacobian(std::span<const double> theta) const
{
    const std::size_t p = parameterCount();
    const std::vector<double> value = natural(theta);
    std::vector<double> out(p * p, 0.0);
    const auto set = [&](std::size_t row, std::size_t column, double d) { out[row * p + column] = d; };
    if (m_form == ScalingForm::Compute) {
        set(0, 0, value[0]);
        set(1, 1, value[1]);
        set(2, 2, 1.0);
        set(3, 3, 1.0);
        return out;
    }
    set(0, 0, m_sign);
    const auto pair = [&](std::size_t factor, double centre) {
        set(factor, factor, value[factor]);
        set(factor, factor + 1, value[factor] * centre * value[factor + 1]);
        set(factor + 1, factor + 1, value[factor + 1]);
    };
    pair(1, m_centreX);
    if (m_form == ScalingForm::Joint)
        pair(3, m_centreT);
    return out;
}

std::size_t LawProblem::parameterCount() const
{
    return scalingParameterNames(m_form).size();
}

double LawProblem::totalSquares() const
{
    const double centre = mean(m_y);
    double sum = 0.0;
    for (double y : m_y)
        sum += (y - centre) * (y - centre);
    return sum;
}

double LawProblem::range() const
{
    return span(m_y);
}

} // namespace recoscope
