// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Measures the requests of stored runs in turn and keeps the results with the conditions they were measured under:
// machine, build (environmentInfo()), threads, the request and, for
// each point, the time besides its requests (SessionLatency). The window and the command line both measure through it,
// so that they know each other's figures as those of the same machine. Any thread; one measurement at a time gives fair
// times.
#pragma once

#include "engine/serving/latency.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

// All runs are held in memory meanwhile. Error{NotFound} for an unknown run, Error{Cancelled}; then nothing is kept.
// Queued in the store; flush() waits.
std::vector<Store::LatencyMeasurement> measureRuns(
    Workspace& workspace, std::span<const RunId> runs, const LatencyRequest& request, Progress& progress);

} // namespace recoscope
