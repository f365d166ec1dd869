// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/latency_measurement.h"

namespace recoscope {

Store::LatencyMeasurement measureRun(
    Workspace& workspace, const RunId& run, const LatencyRequest& request, Progress& progress)
{
    const auto session = workspace.openSession(run, progress);
    progress.checkCancelled();
    Store::LatencyMeasurement result;
    result.conditions = environmentInfo();
    result.conditions["requests"] = request.requests;
    result.conditions["warm_up"] = request.warmUp;
    result.conditions["k"] = request.k;
    result.conditions["seed"] = request.seed;
    result.points = measureLatency(*session, request, progress);
    workspace.store().addLatency(run, result.points, result.conditions);
    return result;
}

} // namespace recoscope
