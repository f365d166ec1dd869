// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Measures the requests of one stored run and keeps the result with the conditions it was measured under: machine,
// build, threads (environmentInfo()) and the request. The window and the command line both measure through it, so that
// they know each other's figures as those of the same machine. Any thread; one measurement at a time gives fair times.
#pragma once

#include "engine/serving/latency.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

// Error{NotFound} for an unknown run, Error{Cancelled} without anything kept. Queued in the store; flush() waits.
Store::LatencyMeasurement measureRun(
    Workspace& workspace, const RunId& run, const LatencyRequest& request, Progress& progress);

} // namespace recoscope
