// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/symmetric.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace recoscope {

namespace {

// One rotation that makes a[p][q] zero.
void rotate(std::vector<double>& a, std::vector<double>& v, std::size_t n, std::size_t p, std::size_t q)
{
    const double off = a[p * n + q];
    if (off == 0.0)
        return;
    const double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
    const double c = 1.0 / std::hypot(t, 1.0), s = t * c;
    const auto turn = [c, s](double& x, double& y) {
        const double first = x;
        x = c * first - s * y;
        y = s * first + c * y;
    };
    for (std::size_t k = 0; k < n; ++k)
        turn(a[k * n + p], a[k * n + q]);
    for (std::size_t k = 0; k < n; ++k)
        turn(a[p * n + k], a[q * n + k]);
    for (std::size_t k = 0; k < n; ++k)
        turn(v[k * n + p], v[k * n + q]);
}

double offDiagonal(const std::vector<double>& a, std::size_t n)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i + 1; j < n; ++j)
            sum += a[i * n + j] * a[i * n + j];
    return sum;
}

} // namespace

SymmetricEigen symmetricEigen(std::span<const double> matrix, std::size_t n)
{
    std::vector<double> a(matrix.begin(), matrix.end()), v(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
        v[i * n + i] = 1.0;
    constexpr int mostSweeps = 60;
    const double size = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
    for (int sweep = 0; sweep < mostSweeps && offDiagonal(a, n) > 1e-34 * size; ++sweep)
        for (std::size_t p = 0; p < n; ++p)
            for (std::size_t q = p + 1; q < n; ++q)
                rotate(a, v, n, p, q);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return a[i * n + i] < a[j * n + j]; });
    SymmetricEigen out{std::vector<double>(n), std::vector<double>(n * n)};
    for (std::size_t j = 0; j < n; ++j) {
        out.values[j] = a[order[j] * n + order[j]];
        for (std::size_t k = 0; k < n; ++k)
            out.vectors[k * n + j] = v[k * n + order[j]];
    }
    return out;
}

std::vector<double> solveShifted(const SymmetricEigen& s, double shift, std::span<const double> right)
{
    const std::size_t n = s.values.size();
    std::vector<double> out(n, 0.0);
    for (std::size_t j = 0; j < n; ++j) {
        double along = 0.0;
        for (std::size_t k = 0; k < n; ++k)
            along += s.vectors[k * n + j] * right[k];
        along /= s.values[j] + shift;
        for (std::size_t k = 0; k < n; ++k)
            out[k] += s.vectors[k * n + j] * along;
    }
    return out;
}

std::vector<double> inverse(const SymmetricEigen& s)
{
    const std::size_t n = s.values.size();
    std::vector<double> out(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t j = 0; j < n; ++j)
                out[i * n + k] += s.vectors[i * n + j] * s.vectors[k * n + j] / s.values[j];
    return out;
}

} // namespace recoscope
