// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/law_starts.h"

#include <algorithm>
#include <cmath>

#include "engine/scaling/symmetric.h"

namespace recoscope {

namespace {

double rangeOf(std::span<const double> values)
{
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *high - *low;
}

struct Start {
    std::vector<double> theta;
    double sse = 0.0;
};

// y = sum of coefficients times columns, ordinary least squares; empty when the columns are dependent.
std::vector<double> linearFit(const std::vector<std::vector<double>>& columns, std::span<const double> y, double& sse)
{
    const std::size_t p = columns.size(), n = y.size();
    std::vector<double> matrix(p * p, 0.0), right(p, 0.0);
    for (std::size_t j = 0; j < p; ++j)
        for (std::size_t i = 0; i < n; ++i) {
            right[j] += columns[j][i] * y[i];
            for (std::size_t k = 0; k < p; ++k)
                matrix[j * p + k] += columns[j][i] * columns[k][i];
        }
    const SymmetricEigen eigen = symmetricEigen(matrix, p);
    if (!(eigen.values.front() > 1e-13 * eigen.values.back()))
        return {};
    std::vector<double> coefficients = solveShifted(eigen, 0.0, right);
    sse = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        double rest = y[i];
        for (std::size_t j = 0; j < p; ++j)
            rest -= coefficients[j] * columns[j][i];
        sse += rest * rest;
    }
    return coefficients;
}

std::vector<double> powerColumn(std::span<const double> u, double exponent)
{
    std::vector<double> column;
    for (double value : u)
        column.push_back(std::exp(-exponent * value));
    return column;
}

std::vector<double> logisticColumn(std::span<const double> u, double rate, double midpoint)
{
    std::vector<double> column;
    for (double value : u)
        column.push_back(1.0 / (1.0 + std::exp(-rate * (value - midpoint))));
    return column;
}

// Exponents times the range of ln size: from nearly a straight line to a curve that is over within the range.
constexpr double powerGrid[] = {0.1, 0.4, 1.0, 2.0, 4.0, 8.0, 16.0};

void addPowerStarts(std::vector<Start>& list, std::span<const double> u, std::span<const double> y)
{
    for (double g : powerGrid) {
        Start start;
        const double a = g / rangeOf(u);
        const auto c = linearFit({std::vector<double>(y.size(), 1.0), powerColumn(u, a)}, y, start.sse);
        if (c.empty() || c[1] <= 0.0)
            continue;
        start.theta = {c[0], std::log(c[1]), std::log(a)};
        list.push_back(start);
    }
}

void addJointStarts(
    std::vector<Start>& list, std::span<const double> u, std::span<const double> v, std::span<const double> y)
{
    for (double g : powerGrid)
        for (double h : powerGrid) {
            Start start;
            const double a = g / rangeOf(u), b = h / rangeOf(v);
            const auto c
                = linearFit({std::vector<double>(y.size(), 1.0), powerColumn(u, a), powerColumn(v, b)}, y, start.sse);
            if (c.empty() || c[1] <= 0.0 || c[2] <= 0.0)
                continue;
            start.theta = {c[0], std::log(c[1]), std::log(a), std::log(c[2]), std::log(b)};
            list.push_back(start);
        }
}

void addComputeStarts(std::vector<Start>& list, std::span<const double> u, std::span<const double> y)
{
    const double first = *std::min_element(u.begin(), u.end());
    for (double g : {1.0, 2.0, 4.0, 8.0, 16.0})
        for (double place : {-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5}) {
            Start start;
            const double rate = g / rangeOf(u), midpoint = first + place * rangeOf(u);
            const auto c
                = linearFit({logisticColumn(u, rate, midpoint), std::vector<double>(y.size(), -1.0)}, y, start.sse);
            if (c.empty() || c[0] <= 0.0)
                continue;
            start.theta = {std::log(c[0]), std::log(rate), midpoint, c[1]};
            list.push_back(start);
        }
}

} // namespace

std::vector<std::vector<double>> lawStarts(ScalingForm form, const CentredPoints& points, std::size_t most)
{
    std::vector<Start> list;
    if (form == ScalingForm::Power)
        addPowerStarts(list, points.u, points.y);
    else if (form == ScalingForm::Joint)
        addJointStarts(list, points.u, points.v, points.y);
    else
        addComputeStarts(list, points.u, points.y);
    std::stable_sort(list.begin(), list.end(), [](const Start& a, const Start& b) { return a.sse < b.sse; });
    std::vector<std::vector<double>> out;
    for (std::size_t i = 0; i < std::min(most, list.size()); ++i)
        out.push_back(list[i].theta);
    return out;
}

} // namespace recoscope
