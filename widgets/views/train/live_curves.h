// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The curves of one run by epoch, as charts: loss, validation NDCG@10 with its interval and best epoch, learning rate,
// gradient norm. Pure functions.
#pragma once

#include "widgets/core/training_queue.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

PlotModel lossModel(const LiveRun& run);
PlotModel validModel(const LiveRun& run);
PlotModel rateModel(const LiveRun& run);
PlotModel normModel(const LiveRun& run);

} // namespace recoscope
