// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where an axis of a plot has its ticks and how they read. Used by PlotCanvas only.
#pragma once

#include <qcustomplot.h>

#include "widgets/plots/plot_model.h"

namespace recoscope {

// For `drawn` alone, whose length decides how many ticks there is room for.
QSharedPointer<QCPAxisTicker> tickerFor(const PlotAxis& axis, const QCPAxis* drawn);

} // namespace recoscope
