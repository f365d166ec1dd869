// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Points of a known law, with or without seeded normal noise.
#pragma once

#include <cmath>
#include <vector>

#include "engine/core/random.h"
#include "engine/scaling/fit.h"

namespace recoscope {

// `count` sizes from low to high, evenly spaced in logarithm.
inline std::vector<double> sizes(double low, double high, int count)
{
    std::vector<double> out;
    for (int i = 0; i < count; ++i)
        out.push_back(low * std::pow(high / low, double(i) / (count - 1)));
    return out;
}

inline std::vector<ScalingPoint> pointsOf(const ScalingLaw& law, const std::vector<double>& x,
    const std::vector<double>& t = {1.0}, double noise = 0.0, std::uint64_t seed = 0)
{
    RandomStream stream(seed, "test-noise");
    std::vector<ScalingPoint> points;
    for (double size : x)
        for (double data : t)
            points.push_back({size, data, law.at(size, data) + (noise > 0.0 ? noise * stream.normal() : 0.0), {}});
    return points;
}

inline const ScalingLaw lossPower{ScalingForm::Power, ScalingDirection::Falling, {1.8, 60.0, 0.35}};
inline const ScalingLaw lossJoint{ScalingForm::Joint, ScalingDirection::Falling, {1.8, 60.0, 0.35, 200.0, 0.42}};
inline const ScalingLaw gainJoint{ScalingForm::Joint, ScalingDirection::Rising, {0.16, 18.0, 0.37, 2.9, 0.36}};
inline const ScalingLaw gainCompute{ScalingForm::Compute, ScalingDirection::Rising, {0.4, 0.3, 30.0, 0.05}};

} // namespace recoscope
