// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Curves of runs by epoch, as charts: loss, validation NDCG@10 with its interval, best epoch and the popularity line,
// learning rate, gradient norm. The first run is the one looked at, another is drawn for comparison. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "widgets/core/training_queue.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

struct CurveRun {
    const LiveRun* run = nullptr; // not owned
    int slot = -1; // run slot
};

PlotModel lossModel(const std::vector<CurveRun>& runs);
// `popularity`: what recommending the most popular items reaches on the same validation targets.
PlotModel validModel(const std::vector<CurveRun>& runs, std::optional<double> popularity);
PlotModel rateModel(const CurveRun& run);
PlotModel normModel(const CurveRun& run);

} // namespace recoscope
