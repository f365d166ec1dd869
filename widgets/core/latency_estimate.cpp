// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/latency_estimate.h"

#include <iterator>
#include <utility>

namespace recoscope {

namespace {

using TimesByLength = std::map<std::int64_t, double>; // seconds of a request

using MeasuredPaths = std::map<std::pair<ServingMode, std::int64_t>, TimesByLength>; // by mode and width

// A cached path reads the history before each request; where that time was not kept, the request says too little.
bool needsTimeBefore(ServingMode mode)
{
    return mode == ServingMode::Incremental || mode == ServingMode::Compressed;
}

MeasuredPaths pathsOf(const std::vector<LatencyRow>& rows, const MachineKey& machine, const LatencyChoice& choice)
{
    constexpr double microseconds = 1e6; // per second
    MeasuredPaths paths;
    for (const LatencyRow& row : rows) {
        const LatencyPoint& point = row.point;
        if (row.machine != machine || !choice.takes(point) || !(point.throughput > 0.0))
            continue;
        TimesByLength& times = paths[{point.mode, point.beam}]; // stays empty where nothing can be told
        if (row.beforeUs || !needsTimeBefore(point.mode))
            times[point.history]
                = static_cast<double>(point.batch) / point.throughput + row.beforeUs.value_or(0.0) / microseconds;
    }
    return paths;
}

double timeAt(const TimesByLength& times, std::int64_t length)
{
    const auto above = times.lower_bound(length);
    if (above == times.end())
        return std::prev(above)->second;
    if (above == times.begin() || above->first == length)
        return above->second;
    const auto below = std::prev(above);
    const double way = static_cast<double>(length - below->first) / static_cast<double>(above->first - below->first);
    return below->second + way * (above->second - below->second);
}

// Of one run: false when its time cannot be told.
bool addRun(LatencyEstimate& estimate, const MeasuredPaths& paths, const LatencyRequest& request)
{
    for (const auto& [path, times] : paths) {
        if (times.empty())
            return false;
        for (const std::int64_t history : request.histories)
            estimate.seconds += (request.requests + request.warmUp) * timeAt(times, history);
        ++estimate.paths;
    }
    return !paths.empty();
}

} // namespace

std::optional<LatencyEstimate> estimateLatency(const std::map<RunId, std::vector<LatencyRow>>& rows,
    const std::vector<RunId>& runs, const MachineKey& machine, const LatencyRequest& request)
{
    LatencyEstimate estimate;
    for (const RunId& run : runs) {
        const auto stored = rows.find(run);
        if (stored == rows.end())
            return std::nullopt;
        for (const std::int64_t batch : request.batches)
            if (!addRun(estimate, pathsOf(stored->second, machine, {batch, request.modes, request.beams}), request))
                return std::nullopt;
    }
    return runs.empty() ? std::nullopt : std::optional(estimate);
}

} // namespace recoscope
