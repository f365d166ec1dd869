// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Where the search for a law begins: exponents (rate and midpoint for Compute) on a grid over the range of the sizes,
// levels and factors by linear least squares, kept where the factors are positive. Pure function.
#pragma once

#include <span>
#include <vector>

#include "engine/scaling/law.h"

namespace recoscope {

// Logarithms of the sizes from their mean, and values that fall with size (rise, for Compute).
struct CentredPoints {
    std::span<const double> u, v, y; // v is read by Joint only
};

// Search parameters as LawProblem has them, in order of their SSE, at most `most`; none when no factor is positive.
std::vector<std::vector<double>> lawStarts(ScalingForm form, const CentredPoints& points, std::size_t most);

} // namespace recoscope
