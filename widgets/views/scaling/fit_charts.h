// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The two small charts below the runs of the Scaling page, as plain models. Pure functions of values; any thread.
#pragma once

#include "widgets/plots/plot_model.h"
#include "widgets/views/scaling/scaling_data.h"

namespace recoscope {

// Value against N at a few budgets under the joint law of a family, with the best size of each that lies near the runs.
// `alone`: a colour for each budget; otherwise all in the family's.
PlotModel equalComputeModel(const ScalingFamily& family, bool alone);
// Observed minus fitted value of each run of the families that have a fit, against its compute.
PlotModel residualModel(const std::vector<ScalingFamily>& families);

} // namespace recoscope
