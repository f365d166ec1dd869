// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A histogram of the engine as a bar chart: bars of equal width whatever the bins, so that log bins read well, with
// ticks at round values.
#pragma once

#include <functional>

#include "engine/data/statistics.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

// Where `value` lies among the bars (bar i is centred on i).
double histogramPosition(const Histogram& histogram, double value);
// `ticks` are the values to label; empty = round ones. `text` writes a value (ticks and read-out).
PlotModel histogramModel(const Histogram& histogram, const QString& xName, const QString& yName,
    const std::vector<double>& ticks = {}, const std::function<QString(double)>& text = {});

} // namespace recoscope
