// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/latency_measurement.h"

namespace recoscope {

std::vector<Store::LatencyMeasurement> measureRuns(
    Workspace& workspace, std::span<const RunId> runs, const LatencyRequest& request, Progress& progress)
{
    std::vector<std::shared_ptr<const ServingSession>> sessions;
    for (const RunId& run : runs) {
        sessions.push_back(workspace.openSession(run, progress));
        progress.checkCancelled();
    }
    Store::LatencyMeasurement one;
    one.conditions = environmentInfo();
    if (request.threads > 0)
        one.conditions["threads"] = request.threads;
    one.conditions["requests"] = request.requests;
    one.conditions["warm_up"] = request.warmUp;
    one.conditions["k"] = request.k;
    one.conditions["seed"] = request.seed;
    std::vector<Store::LatencyMeasurement> results(runs.size(), one);
    std::vector<SessionLatency> measured = measureLatency(sessions, request, progress);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        results[i].points = std::move(measured[i].points);
        results[i].conditions["before_us"] = measured[i].beforeUs;
        workspace.store().addLatency(runs[i], results[i].points, results[i].conditions);
    }
    return results;
}

} // namespace recoscope
