// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/latency_tables.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace recoscope {

namespace {

constexpr double microsecondsPerMillisecond = 1000.0;
const std::string partSeparator = " · ";

std::string part(const Json& conditions, const char* key)
{
    const auto found = conditions.find(key);
    if (found == conditions.end() || found->is_null())
        return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

std::vector<std::string> partsOf(const MachineKey& machine)
{
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string::npos; begin = end + partSeparator.size()) {
        end = machine.text.find(partSeparator, begin);
        parts.push_back(machine.text.substr(begin, end - begin));
    }
    return parts;
}

std::optional<double> timeBefore(const Json& conditions, std::size_t point)
{
    const auto found = conditions.find("before_us");
    return found != conditions.end() && point < found->size() ? std::optional((*found)[point].get<double>())
                                                              : std::nullopt;
}

bool sameCondition(const LatencyRow& a, const LatencyRow& b)
{
    return a.machine == b.machine && a.point.mode == b.point.mode && a.point.beam == b.point.beam
        && a.point.history == b.point.history && a.point.batch == b.point.batch;
}

} // namespace

MachineKey machineOf(const Json& conditions)
{
    if (!conditions.is_object())
        return {};
    std::string text = part(conditions, "processor");
    const std::string threads = part(conditions, "threads");
    if (!threads.empty())
        text += (text.empty() ? "" : partSeparator) + threads + (threads == "1" ? " thread" : " threads");
    const std::string device = part(conditions, "device");
    if (!device.empty())
        text += (text.empty() ? "" : partSeparator) + device;
    return {text};
}

std::string machineDifference(const MachineKey& machine, const MachineKey& shown)
{
    const std::vector<std::string> usual = partsOf(shown);
    std::string difference;
    for (const std::string& one : partsOf(machine))
        if (std::find(usual.begin(), usual.end(), one) == usual.end())
            difference += (difference.empty() ? "" : partSeparator) + one;
    return difference;
}

bool LatencyChoice::takes(const LatencyPoint& point) const
{
    const auto holds = [](const auto& values, const auto& value) {
        return std::find(values.begin(), values.end(), value) != values.end();
    };
    const bool isWidth = point.mode != ServingMode::Beam || beams.empty() || holds(beams, point.beam);
    return point.batch == batch && holds(modes, point.mode) && isWidth;
}

std::int64_t nearestBatch(const std::map<RunId, std::vector<LatencyRow>>& rows, std::int64_t wanted)
{
    const auto ratio = [wanted](std::int64_t batch) {
        return std::abs(std::log(static_cast<double>(batch) / static_cast<double>(wanted)));
    };
    std::int64_t nearest = 0;
    for (const auto& [run, conditions] : rows)
        for (const LatencyRow& row : conditions)
            if (row.point.batch > 1 && (nearest == 0 || ratio(row.point.batch) < ratio(nearest)))
                nearest = row.point.batch;
    return nearest == 0 ? wanted : nearest;
}

std::vector<LatencyRow> latestRows(const RunId& run, const std::vector<Store::LatencyMeasurement>& measurements)
{
    std::vector<LatencyRow> rows;
    for (const Store::LatencyMeasurement& measurement : measurements) {
        for (std::size_t i = 0; i < measurement.points.size(); ++i) {
            LatencyRow row{run, machineOf(measurement.conditions), measurement.measured, measurement.points[i],
                timeBefore(measurement.conditions, i)};
            const auto same = std::find_if(
                rows.begin(), rows.end(), [&](const LatencyRow& old) { return sameCondition(old, row); });
            if (same == rows.end())
                rows.push_back(std::move(row));
            else if (same->measured <= row.measured)
                *same = std::move(row);
        }
    }
    return rows;
}

double milliseconds(const LatencyPoint& point, LatencyStatistic statistic)
{
    const double us = statistic == LatencyStatistic::P50 ? point.p50Us
        : statistic == LatencyStatistic::P95             ? point.p95Us
                                                         : point.p99Us;
    return us / microsecondsPerMillisecond;
}

std::vector<LatencyRow> servingRows(
    const std::vector<LatencyRow>& rows, const MachineKey& machine, std::int64_t history, LatencyStatistic statistic)
{
    const auto distance = [history](const LatencyRow& row) { return std::llabs(row.point.history - history); };
    std::vector<LatencyRow> serving;
    for (const LatencyRow& row : rows) {
        if (row.machine != machine || !row.point.asRanked)
            continue;
        if (!serving.empty() && distance(row) > distance(serving.front()))
            continue;
        if (!serving.empty() && distance(row) < distance(serving.front()))
            serving.clear();
        serving.push_back(row);
    }
    std::stable_sort(serving.begin(), serving.end(), [statistic](const LatencyRow& a, const LatencyRow& b) {
        return milliseconds(a.point, statistic) < milliseconds(b.point, statistic);
    });
    return serving;
}

std::optional<LatencyRow> servingRow(
    const std::vector<LatencyRow>& rows, const MachineKey& machine, std::int64_t history, LatencyStatistic statistic)
{
    std::vector<LatencyRow> single;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(single),
        [](const LatencyRow& row) { return row.point.batch == 1; });
    const std::vector<LatencyRow> serving = servingRows(single, machine, history, statistic);
    return serving.empty() ? std::nullopt : std::optional<LatencyRow>(serving.front());
}

LatencyHistogram latencyHistogram(const std::vector<const LatencyPoint*>& series, int bins)
{
    double low = INFINITY;
    double high = 0.0;
    for (const LatencyPoint* point : series) {
        for (const double us : point->samplesUs) {
            low = std::min(low, us);
            high = std::max(high, us);
        }
    }
    LatencyHistogram histogram;
    if (!(low > 0.0) || !std::isfinite(low))
        return histogram;
    // A little air on both sides, also when all samples are alike.
    low *= 0.95;
    high *= 1.05;
    const double step = std::log(high / low) / bins;
    for (int i = 0; i <= bins; ++i)
        histogram.edgesMs.push_back(low * std::exp(step * i) / microsecondsPerMillisecond);
    for (const LatencyPoint* point : series) {
        std::vector<double> shares(static_cast<std::size_t>(bins), 0.0);
        for (const double us : point->samplesUs) {
            const int bin = std::clamp(static_cast<int>(std::log(us / low) / step), 0, bins - 1);
            shares[static_cast<std::size_t>(bin)] += 100.0 / static_cast<double>(point->samplesUs.size());
        }
        histogram.shares.push_back(std::move(shares));
    }
    return histogram;
}

std::vector<LengthSweep> lengthSweeps(const std::vector<LatencyRow>& rows)
{
    std::vector<LatencyRow> sorted = rows;
    std::stable_sort(sorted.begin(), sorted.end(),
        [](const LatencyRow& a, const LatencyRow& b) { return a.point.history < b.point.history; });
    std::vector<LengthSweep> sweeps;
    for (const LatencyRow& row : sorted) {
        auto sweep = std::find_if(sweeps.begin(), sweeps.end(), [&](const LengthSweep& s) {
            return s.run == row.run && s.machine == row.machine && s.mode == row.point.mode && s.beam == row.point.beam;
        });
        if (sweep == sweeps.end())
            sweep = sweeps.insert(
                sweeps.end(), LengthSweep{row.run, row.machine, row.point.mode, row.point.beam, {}, {}, {}, {}});
        sweep->history.push_back(static_cast<double>(row.point.history));
        sweep->p50.push_back(milliseconds(row.point, LatencyStatistic::P50));
        sweep->p95.push_back(milliseconds(row.point, LatencyStatistic::P95));
        sweep->p99.push_back(milliseconds(row.point, LatencyStatistic::P99));
    }
    return sweeps;
}

} // namespace recoscope
