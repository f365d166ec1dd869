// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The main chart of the Scaling page as a plain model: runs, their learning curves, the law through them, of one family
// or of several. Pure functions of values; any thread.
#pragma once

#include <map>

#include "widgets/plots/plot_model.h"
#include "widgets/views/scaling/scaling_data.h"

namespace recoscope {

enum class ScalingAxis { Compute, Size, Data };

struct ScalingWish {
    ScalingAxis axis = ScalingAxis::Compute;
    SplitPart part = SplitPart::Valid;
    bool published = false; // with the published law of that axis
    double budget = 0.0; // where each family's law is read; 0 = nowhere
};

struct ScalingChart {
    PlotModel plot;
    QString remark; // what its lines are
    std::map<int, std::vector<RunId>> runs; // by series, the run at each point; other series are of no run

    RunId runAt(int series, int index) const; // "" = none
};

// One family or more, the chosen one first. Without a fit the runs alone. On Compute: the front with its band and what
// the budget buys; with the published curve, which counts compute in a unit of its own, runs of SRT in that unit and no
// front. On Size a series for each amount of data, on Data one for each size; of several families each in its colour.
ScalingChart scalingChart(const std::vector<ScalingFamily>& families, const ScalingWish& wish);

} // namespace recoscope
