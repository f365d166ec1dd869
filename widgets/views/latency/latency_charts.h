// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The charts of the Latency page as plain models, made from stored measurements. Pure functions of values; any thread.
#pragma once

#include <functional>
#include <vector>

#include "widgets/core/latency_tables.h"
#include "widgets/plots/frontier.h"
#include "widgets/views/latency/stage_bars.h"

namespace recoscope {

// A measured condition with the name and colour of its run.
struct MeasuredRow {
    LatencyRow row;
    QString name;
    int slot = -1;
};

QString pathName(ServingMode mode, std::int64_t beam = 0); // "full", "incremental", ..., "beam 10"
QString latencyText(double ms); // three digits after 0, two under 10, else one

// One row per run: of the paths to the lists that its metrics are of, the one with the lowest p95, which is what the
// run would be served with.
std::vector<MeasuredRow> fastestPaths(const std::vector<MeasuredRow>& rows);
std::vector<StageBars::Row> stageRows(const std::vector<MeasuredRow>& rows);
// Shares of the samples of each row on one logarithmic axis, p50 and p95 marked.
PlotModel distributionModel(const std::vector<MeasuredRow>& rows);
// p95 over history length with the band p50-p99, per run and path; `rows` of one machine.
PlotModel sweepModel(const std::vector<MeasuredRow>& rows);
// The same as users a second: of p95, the band from p99 to p50.
PlotModel throughputModel(const std::vector<MeasuredRow>& rows);
// Every run at the length nearest to `history`: a point for each machine and each path to the lists that its metrics
// are of, named after it where there are several.
struct FrontierRequest {
    std::string metric;
    LatencyStatistic statistic = LatencyStatistic::P95;
    std::int64_t history = 0;
    MachineKey shown; // points of others are named after theirs
};
std::vector<FrontierPoint> frontierPoints(const std::vector<MeasuredRow>& rows, const FrontierRequest& request,
    const std::function<const RunRecord*(const RunId&)>& runOf);

} // namespace recoscope
