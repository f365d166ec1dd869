// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Stored latency measurements as the Latency page shows them: one row per run and condition, a distribution and a
// sweep over history length. Numbers of unlike machines are kept apart: every series
// carries the machine it was measured on. Pure functions of values; any thread. Times are milliseconds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/store.h"

namespace recoscope {

struct MachineKey {
    std::string text; // "AMD EPYC · 2 threads · cpu", from the conditions kept with the samples
    bool operator==(const MachineKey&) const = default;
};
MachineKey machineOf(const Json& conditions);
// What tells `machine` from `shown`: "1 thread" for the same processor; "" when they are alike.
std::string machineDifference(const MachineKey& machine, const MachineKey& shown);

// One condition of one run.
struct LatencyRow {
    RunId run;
    MachineKey machine;
    std::string measured; // ISO 8601 UTC
    LatencyPoint point; // as stored, microseconds
    std::optional<double> beforeUs = {}; // besides each request, where it was kept
};
// The newest point of every (machine, mode, beam, history, batch) of a run.
std::vector<LatencyRow> latestRows(const RunId& run, const std::vector<Store::LatencyMeasurement>& measurements);

// What is looked at of what is stored.
struct LatencyChoice {
    std::int64_t batch = 1;
    std::vector<ServingMode> modes;
    std::vector<std::int64_t> beams; // widths; empty = all
    bool takes(const LatencyPoint& point) const;
};
// Of the stored batches of more than one user the one nearest to `wanted`, by ratio; `wanted` where there is none.
std::int64_t nearestBatch(const std::map<RunId, std::vector<LatencyRow>>& rows, std::int64_t wanted);

enum class LatencyStatistic { P50, P95, P99 };
double milliseconds(const LatencyPoint& point, LatencyStatistic statistic);

// Of rows of one batch: the ways to the lists that the run's metrics are of, at the history length nearest to `history`
// on `machine`, fastest first.
std::vector<LatencyRow> servingRows(
    const std::vector<LatencyRow>& rows, const MachineKey& machine, std::int64_t history, LatencyStatistic statistic);
// The fastest of them for one user.
std::optional<LatencyRow> servingRow(
    const std::vector<LatencyRow>& rows, const MachineKey& machine, std::int64_t history, LatencyStatistic statistic);

// Share of the samples (in percent) in bins of equal width on a logarithmic axis shared by all series.
struct LatencyHistogram {
    std::vector<double> edgesMs; // [bins + 1]
    std::vector<std::vector<double>> shares; // [series][bins]
};
LatencyHistogram latencyHistogram(const std::vector<const LatencyPoint*>& series, int bins);

// A run's percentiles over history length, ascending, for one mode, width of the beam and machine.
struct LengthSweep {
    RunId run;
    MachineKey machine;
    ServingMode mode = ServingMode::Full;
    std::int64_t beam = 0;
    std::vector<double> history, p50, p95, p99;
};
std::vector<LengthSweep> lengthSweeps(const std::vector<LatencyRow>& rows); // rows of one batch

} // namespace recoscope
