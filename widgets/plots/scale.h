// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// One axis of a picture that paints itself (heat map, density, parallel coordinates): data <-> 0..1, and its ticks.
// Values; no Qt GUI types.
#pragma once

#include <vector>

#include "widgets/plots/plot_model.h"

namespace recoscope {

struct Scale {
    double low = 0.0;
    double high = 1.0;
    bool log = false;

    double toUnit(double value) const; // not clamped
    double fromUnit(double unit) const;
    std::vector<PlotTick> ticks(int wanted) const; // 1, 2, 5 steps, or powers of ten
};

// The scale that holds every finite value (positive ones when `log`).
Scale scaleOf(const std::vector<double>& values, bool log);

} // namespace recoscope
