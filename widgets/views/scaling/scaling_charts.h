// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The charts of the Scaling page as plain models. Pure functions of values; any thread.
#pragma once

#include <optional>

#include "widgets/plots/plot_model.h"
#include "widgets/views/scaling/scaling_data.h"

namespace recoscope {

enum class ScalingAxis { Compute, Size, Data };

// Runs, their learning curves, the front with its band, and where the plan lies. Without a fit: the runs alone.
PlotModel computeModel(
    const ScalingData& data, const ScalingStudy* study, SplitPart part, const std::optional<FrontPoint>& planned);
// Runs against N, a series for each amount of data, or against T, a series for each size; a joint law's lines.
PlotModel growthModel(const ScalingData& data, const ScalingStudy* study, SplitPart part, ScalingAxis axis);
// Value against N at a few budgets under a joint law, with the best size of each.
PlotModel equalComputeModel(const ScalingData& data, const ScalingStudy& study);
PlotModel residualModel(const ScalingData& data, const ScalingStudy& study);

// The series of computeModel() and growthModel() whose points are runs: the run at a point, or "".
RunId runAt(const PlotModel& plot, const ScalingData& data, SplitPart part, int series, int index);

} // namespace recoscope
