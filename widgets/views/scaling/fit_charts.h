// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The two small charts below the runs of the Scaling page, as plain models. Pure functions of values; any thread.
#pragma once

#include "widgets/plots/plot_model.h"
#include "widgets/views/scaling/scaling_data.h"

namespace recoscope {

// Value against N at a few budgets under a joint law, with the best size of each that lies near the runs.
PlotModel equalComputeModel(const ScalingData& data, const ScalingStudy& study);
// Observed minus fitted value of each run against its compute.
PlotModel residualModel(const ScalingData& data, const ScalingStudy& study);

} // namespace recoscope
