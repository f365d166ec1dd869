// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs as lines for parallel coordinates: first the parameters that differ (texts as categories), then cost and
// quality. Pure function of values.
#pragma once

#include <QStringList>

#include <vector>

#include "engine/store/store.h"
#include "widgets/plots/parallel_coordinates.h"

namespace recoscope {

struct RunLines {
    std::vector<ParallelAxis> axes;
    std::vector<ParallelLine> lines; // in the order of the runs
};
// `slots` are the run ids with a colour, in slot order.
RunLines runLines(const std::vector<RunRecord>& runs, const QStringList& slotIds);

} // namespace recoscope
