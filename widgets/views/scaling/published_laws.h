// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The published laws of the SRT paper (scaling/reference_curves.h) as lines beside one's own runs: only where they are
// above zero, and as far as needed to be seen. They are of another metric under another protocol, and each returns the
// words that say so. Pure functions; any thread.
#pragma once

#include <QString>

#include "widgets/plots/plot_model.h"

namespace recoscope {

// On an axis in the paper's own unit.
QString addPublishedCompute(PlotModel& plot);
// Against T at the size `other` (`byData`), or against N with the data `other`.
QString addPublishedGrowth(PlotModel& plot, bool byData, double other);
// What a reader should know of both: quantity, units, source, and what is known against reading them literally.
QString publishedWords();

} // namespace recoscope
