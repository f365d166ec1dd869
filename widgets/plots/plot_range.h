// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What part of its axes a plot shows at first. Used by PlotCanvas only.
#pragma once

#include <qcustomplot.h>

#include "widgets/plots/plot_model.h"

namespace recoscope {

// A line of a label beside a vertical reference, as a share of the plot's height.
constexpr double referenceLabelRow = 0.085;

// Range of the data, bands and references on one axis, padded as charts need it, with room on top for the labels of
// vertical references.
QCPRange dataRange(const PlotModel& model, Qt::Orientation orientation);

} // namespace recoscope
