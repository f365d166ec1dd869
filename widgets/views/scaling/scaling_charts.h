// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The main chart of the Scaling page as a plain model: runs, their learning curves, the law through them. Pure
// functions of values; any thread.
#pragma once

#include <map>
#include <optional>

#include "widgets/plots/plot_model.h"
#include "widgets/views/scaling/scaling_data.h"

namespace recoscope {

enum class ScalingAxis { Compute, Size, Data };

struct ScalingWish {
    ScalingAxis axis = ScalingAxis::Compute;
    SplitPart part = SplitPart::Valid;
    bool published = false; // with the published law of that axis
};

struct ScalingChart {
    PlotModel plot;
    QString remark; // what its lines are
    std::map<int, std::vector<RunId>> runs; // by series, the run at each point; other series are of no run

    RunId runAt(int series, int index) const; // "" = none
};

// Without a fit (null) the runs alone. On Compute: the front with its band and where the plan lies; with the published
// curve, which counts compute in a unit of its own, runs of SRT in that unit and no front. On Size a series for each
// amount of data, on Data one for each size.
ScalingChart scalingChart(const ScalingData& data, const ScalingStudy* study, const ScalingWish& wish,
    const std::optional<FrontPoint>& planned);

} // namespace recoscope
