// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The three forms of a scaling law and their values. Loss-like values fall with size, metric-like ones rise:
//   Power    y = E + A x^-a                     falling;   y = E - A x^-a               rising
//   Joint    y = E + A N^-a + B T^-b            falling;   y = E - A N^-a - B T^-b      rising
//   Compute  y = K / (1 + exp(-r (ln C - m))) - c   rising;   the negative of it        falling
// with A, a, B, b, K, r > 0, ln the natural logarithm, N parameters, T training interactions, C compute.
// Sources: Joint is the form of Hoffmann et al. (arXiv 2203.15556), and of Zivic et al. (SIGIR 2024, arXiv 2412.07585)
// for a rising metric; Compute is the latter's compute curve. Value types; pure functions.
#pragma once

#include <string>
#include <vector>

namespace recoscope {

enum class ScalingForm { Power, Joint, Compute };
enum class ScalingDirection { Falling, Rising };

const char* scalingFormName(ScalingForm form); // "power", "joint", "compute"
const char* scalingDirectionName(ScalingDirection direction); // "falling", "rising"
// Error{Usage} with the names there are.
ScalingForm scalingFormFromName(const std::string& name);
ScalingDirection scalingDirectionFromName(const std::string& name);
const std::vector<std::string>& scalingParameterNames(ScalingForm form); // in the order of ScalingLaw::parameters
std::string scalingFormula(ScalingForm form, ScalingDirection direction);

struct ScalingLaw {
    ScalingForm form = ScalingForm::Power;
    ScalingDirection direction = ScalingDirection::Falling;
    std::vector<double> parameters; // {E, A, a}, {E, A, a, B, b} or {K, r, m, c}

    // x is N or C; t is used by Joint only. Both positive.
    double at(double x, double t = 1.0) const;
    // d at(x, t) / d parameters.
    std::vector<double> gradient(double x, double t = 1.0) const;
    double limit() const; // at x (and t) without bound
};

} // namespace recoscope
