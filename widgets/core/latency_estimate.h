// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How long a measurement of latency will take, from what is stored of the same runs. Pure functions of values; any
// thread.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/serving/latency.h"
#include "widgets/core/latency_tables.h"

namespace recoscope {

struct LatencyEstimate {
    double seconds = 0.0;
    int paths = 0; // of all runs, whose stored times it is made of
};

// From the mean times of requests of the same runs, paths and batches on `machine`, and what they took besides: between
// two measured lengths interpolated, beyond them that of the nearest. Opening the runs and paths that were never
// measured there are left out. Nothing when a run has no path there, or a cached one of which only the requests are
// known.
std::optional<LatencyEstimate> estimateLatency(const std::map<RunId, std::vector<LatencyRow>>& rows,
    const std::vector<RunId>& runs, const MachineKey& machine, const LatencyRequest& request);

} // namespace recoscope
