// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/least_squares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/scaling/symmetric.h"

namespace recoscope {

namespace {

constexpr int mostSteps = 500;
constexpr double infinity = std::numeric_limits<double>::infinity();

// Values, residuals and normal equations at one point.
class Place {
public:
    Place(const LeastSquaresModel& model, std::span<const double> observed, std::vector<double> theta)
        : theta(std::move(theta))
        , p(this->theta.size())
        , m_values(observed.size())
        , m_jacobian(observed.size() * p)
    {
        model(this->theta, m_values, m_jacobian);
        sse = 0.0;
        for (std::size_t i = 0; i < observed.size(); ++i) {
            m_values[i] = observed[i] - m_values[i];
            sse += m_values[i] * m_values[i];
        }
        // The normal equations must be finite too, so it is the squares that are looked at.
        double slopes = 0.0;
        for (double d : m_jacobian)
            slopes += d * d;
        if (!std::isfinite(sse + slopes))
            sse = infinity;
    }

    std::vector<double> normal() const
    {
        std::vector<double> out(p * p, 0.0);
        for (std::size_t i = 0; i < m_values.size(); ++i)
            for (std::size_t j = 0; j < p; ++j)
                for (std::size_t k = 0; k < p; ++k)
                    out[j * p + k] += m_jacobian[i * p + j] * m_jacobian[i * p + k];
        return out;
    }
    std::vector<double> gradient() const
    {
        std::vector<double> out(p, 0.0);
        for (std::size_t i = 0; i < m_values.size(); ++i)
            for (std::size_t j = 0; j < p; ++j)
                out[j] += m_jacobian[i * p + j] * m_values[i];
        return out;
    }

    std::vector<double> theta;
    std::size_t p;
    double sse;

private:
    std::vector<double> m_values; // residuals
    std::vector<double> m_jacobian;
};

// The scaled system at one place; any damping is solved from one decomposition.
struct Scaled {
    explicit Scaled(const Place& place)
        : right(place.gradient())
    {
        std::vector<double> matrix = place.normal();
        const std::size_t p = place.p;
        for (std::size_t j = 0; j < p; ++j)
            length.push_back(matrix[j * p + j] > 0.0 ? std::sqrt(matrix[j * p + j]) : 1.0);
        for (std::size_t j = 0; j < p; ++j) {
            right[j] /= length[j];
            for (std::size_t k = 0; k < p; ++k)
                matrix[j * p + k] /= length[j] * length[k];
        }
        eigen = symmetricEigen(matrix, p);
        for (double& value : eigen.values)
            value = std::max(value, 0.0);
    }

    std::vector<double> length, right;
    SymmetricEigen eigen;
};

} // namespace

LeastSquaresSolution levenbergMarquardt(
    const LeastSquaresModel& model, std::span<const double> observed, std::vector<double> start)
{
    Place here(model, observed, std::move(start));
    double squares = 0.0;
    for (double y : observed)
        squares += y * y;
    const double exact = squares * 1e-30; // residuals are rounding errors
    bool converged = here.sse <= exact;
    double mu = 1e-3, growth = 2.0;
    for (int step = 0; step < mostSteps && !converged && std::isfinite(here.sse); ++step) {
        const Scaled system(here);
        while (true) {
            const std::vector<double> move = solveShifted(system.eigen, mu, system.right);
            std::vector<double> theta = here.theta;
            double largest = 0.0, predicted = 0.0;
            for (std::size_t j = 0; j < theta.size(); ++j) {
                const double change = move[j] / system.length[j];
                largest = std::max(largest, std::abs(change) / (1.0 + std::abs(theta[j])));
                predicted += move[j] * (mu * move[j] + system.right[j]);
                theta[j] += change;
            }
            Place there(model, observed, std::move(theta));
            const double gain = predicted > 0.0 ? (here.sse - there.sse) / predicted : -1.0;
            if (there.sse <= here.sse) {
                const bool small = largest < 1e-11 || predicted <= 1e-15 * here.sse;
                mu *= std::max(1.0 / 3.0, 1.0 - std::pow(2.0 * gain - 1.0, 3));
                mu = std::max(mu, 1e-15);
                growth = 2.0;
                here = std::move(there);
                converged = small || here.sse <= exact;
                break;
            }
            mu *= growth;
            growth *= 2.0;
            // No step, however short, leads lower: the place is a minimum to rounding.
            if (largest < 1e-14 || mu > 1e20) {
                converged = true;
                break;
            }
        }
    }
    LeastSquaresSolution solution{here.theta, here.sse, converged, {}};
    if (std::isfinite(here.sse))
        solution.normal = here.normal();
    return solution;
}

} // namespace recoscope
