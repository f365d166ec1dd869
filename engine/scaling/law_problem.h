// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A form and its points as a least-squares problem in search parameters: ln A', ln a, ln B', ln b, ln K, ln r for what
// must be positive, E, m', c as they are; A', B', m' belong to sizes divided by their geometric mean. Value type.
#pragma once

#include <span>
#include <vector>

#include "engine/scaling/fit.h"
#include "engine/scaling/least_squares.h"

namespace recoscope {

class LawProblem {
public:
    // Checks the points; errors as fitScalingLaw.
    LawProblem(std::span<const ScalingPoint> points, ScalingForm form, ScalingDirection direction);

    // The same centre of sizes, other points (a resample); no checks but the count of different sizes: false when they
    // are too few.
    bool resample(std::span<const std::size_t> chosen, LawProblem& out) const;

    // As lawStarts().
    std::vector<std::vector<double>> starts(std::size_t most) const;
    // The lowest of the minima reached from each start.
    LeastSquaresSolution solve(const std::vector<std::vector<double>>& starts) const;

    std::vector<double> natural(std::span<const double> theta) const; // ScalingLaw::parameters
    std::vector<double> search(std::span<const double> natural) const; // the inverse of natural()
    std::vector<double> naturalJacobian(std::span<const double> theta) const; // d natural / d theta, [p, p]
    std::size_t parameterCount() const;
    std::size_t size() const { return m_y.size(); }
    double totalSquares() const; // sum (y - mean y)^2
    double range() const; // largest y - smallest y

private:
    void evaluate(std::span<const double> theta, std::span<double> values, std::span<double> jacobian) const;
    bool enoughSizes() const;

    ScalingForm m_form;
    double m_sign; // y is m_sign times the value searched for
    double m_centreX = 0.0, m_centreT = 0.0; // mean ln x, mean ln t
    std::vector<double> m_u, m_v; // ln x - centre, ln t - centre
    std::vector<double> m_y; // m_sign y
};

} // namespace recoscope
