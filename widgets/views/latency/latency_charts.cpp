// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/latency_charts.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <set>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

constexpr int histogramBins = 60;
constexpr qsizetype longestLabel = 22; // of a run beside its points
constexpr double microseconds = 1000.0; // per millisecond
constexpr double millisecondsPerSecond = 1000.0;

QString translated(const char* text)
{
    return QCoreApplication::translate("Latency", text);
}

// In labels beside others: the whole name is in the table and the read-out.
QString shortened(const QString& name)
{
    return name.size() <= longestLabel ? name : name.left(longestLabel - 1) + QChar(0x2026);
}

PlotSeries histogramSeries(const MeasuredRow& row, const LatencyHistogram& histogram, std::size_t index)
{
    PlotSeries series;
    series.name = row.name;
    series.slot = row.slot;
    series.mark = PlotMark::Steps;
    series.solid = true;
    const std::vector<double>& shares = histogram.shares[index];
    series.x.assign(histogram.edgesMs.begin(), histogram.edgesMs.end());
    series.y = shares;
    series.y.push_back(0.0);
    // Named at its peak: the ends of all histograms lie on the axis.
    series.labels.resize(series.x.size());
    const auto peak = static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
    series.labels[peak]
        = translated("%1: p95 %2")
              .arg(shortened(row.name), latencyText(milliseconds(row.row.point, LatencyStatistic::P95)));
    return series;
}

QString withPath(const QString& run, ServingMode mode, std::int64_t beam)
{
    return translated("%1, %2").arg(run, pathName(mode, beam));
}

// Behind a name; "" for what was measured where the rest was.
QString machineNote(const MachineKey& machine, const MachineKey& shown)
{
    const std::string difference = machineDifference(machine, shown);
    return difference.empty() ? QString() : QStringLiteral(" · ") + QString::fromStdString(difference);
}

void setCost(FrontierPoint& point, const LatencyPoint& measured, LatencyStatistic statistic)
{
    point.cost = point.costLow = point.costHigh = milliseconds(measured, statistic);
    if (statistic == LatencyStatistic::P95) {
        point.costLow = measured.p95Low / microseconds;
        point.costHigh = measured.p95High / microseconds;
    } else if (statistic == LatencyStatistic::P50) {
        point.costLow = measured.p50Low / microseconds;
        point.costHigh = measured.p50High / microseconds;
    }
}

// Of one run.
void addPoints(std::vector<FrontierPoint>& points, const RunRecord& run,
    const std::vector<const MeasuredRow*>& measured, const FrontierRequest& request)
{
    std::vector<LatencyRow> rows;
    std::set<std::string> machines;
    for (const MeasuredRow* one : measured) {
        rows.push_back(one->row);
        machines.insert(one->row.machine.text);
    }
    const auto half = run.testHalfWidth.find(request.metric);
    for (const std::string& machine : machines) {
        const auto serving = servingRows(rows, {machine}, request.history, request.statistic);
        for (const LatencyRow& row : serving) {
            FrontierPoint point;
            const auto named = [&](const QString& name) -> QString {
                return (serving.size() == 1 ? name : withPath(name, row.point.mode, row.point.beam))
                    + machineNote({machine}, request.shown);
            };
            point.name = named(measured.front()->name);
            point.label = named(shortened(measured.front()->name));
            point.slot = measured.front()->slot;
            setCost(point, row.point, request.statistic);
            point.score = run.test.at(request.metric);
            point.scoreHalfWidth = half == run.testHalfWidth.end() ? 0.0 : half->second;
            point.group = QString::fromStdString(machine + run.protocolHash);
            point.run = QString::fromStdString(run.id);
            points.push_back(std::move(point));
        }
    }
}

} // namespace

QString pathName(ServingMode mode, std::int64_t beam)
{
    switch (mode) {
    case ServingMode::Incremental: return translated("incremental");
    case ServingMode::Compressed: return translated("compressed");
    case ServingMode::ItemHead: return translated("item head");
    case ServingMode::ItemHeadReread: return translated("reread");
    case ServingMode::Beam: return translated("beam %1").arg(beam);
    case ServingMode::Full: break;
    }
    return translated("full");
}

QString latencyText(double ms)
{
    return format::number(ms, ms < 1 ? 3 : ms < 10 ? 2 : ms < 1000 ? 1 : 0);
}

std::vector<MeasuredRow> fastestPaths(const std::vector<MeasuredRow>& rows)
{
    std::vector<MeasuredRow> fastest;
    for (const MeasuredRow& row : rows) {
        if (!row.row.point.asRanked)
            continue;
        const auto same = std::find_if(
            fastest.begin(), fastest.end(), [&](const MeasuredRow& other) { return other.row.run == row.row.run; });
        if (same == fastest.end())
            fastest.push_back(row);
        else if (row.row.point.p95Us < same->row.point.p95Us)
            *same = row;
    }
    return fastest;
}

std::vector<StageBars::Row> stageRows(const std::vector<MeasuredRow>& rows)
{
    std::vector<StageBars::Row> bars;
    for (const MeasuredRow& row : rows)
        bars.push_back({row.name, pathName(row.row.point.mode, row.row.point.beam), row.slot,
            milliseconds(row.row.point, LatencyStatistic::P50), row.row.point.encodeShare, row.row.point.decodeShare});
    return bars;
}

PlotModel distributionModel(const std::vector<MeasuredRow>& rows)
{
    std::vector<const LatencyPoint*> points;
    for (const MeasuredRow& row : rows)
        points.push_back(&row.row.point);
    const LatencyHistogram histogram = latencyHistogram(points, histogramBins);
    PlotModel plot;
    plot.title = translated("Latency distribution");
    plot.x.name = translated("latency, ms");
    plot.x.log = true;
    plot.y.fromZero = true;
    plot.y.logAllowed = false;
    plot.y.decimals = 1;
    for (std::size_t i = 0; i < histogram.shares.size(); ++i) {
        plot.series.push_back(histogramSeries(rows[i], histogram, i));
        plot.references.push_back(
            {Qt::Vertical, milliseconds(rows[i].row.point, LatencyStatistic::P95), {}, PlotTone::Neutral, false});
    }
    return plot;
}

PlotModel sweepModel(const std::vector<MeasuredRow>& rows)
{
    PlotModel plot;
    plot.title = translated("Length sweep");
    plot.x.name = translated("history length, events");
    plot.x.log = true;
    plot.y.log = true;
    plot.y.name = translated("ms");
    std::vector<LatencyRow> all;
    for (const MeasuredRow& row : rows)
        all.push_back(row.row);
    for (const LengthSweep& sweep : lengthSweeps(all)) {
        const auto run
            = std::find_if(rows.begin(), rows.end(), [&](const MeasuredRow& row) { return row.row.run == sweep.run; });
        PlotSeries series;
        series.name = sweep.mode == ServingMode::Full ? run->name : withPath(run->name, sweep.mode, sweep.beam);
        series.slot = run->slot;
        series.mark = PlotMark::LinePoints;
        series.dashed = sweep.mode != ServingMode::Full;
        series.x = sweep.history;
        series.y = sweep.p95;
        series.low = sweep.p50;
        series.high = sweep.p99;
        plot.series.push_back(std::move(series));
    }
    return plot;
}

PlotModel throughputModel(const std::vector<MeasuredRow>& rows)
{
    PlotModel plot = sweepModel(rows);
    plot.y.name = translated("users a second");
    const double users = rows.empty() ? 1.0 : static_cast<double>(rows.front().row.point.batch);
    const auto toRate = [users](std::vector<double>& milliseconds) {
        for (double& value : milliseconds)
            value = millisecondsPerSecond * users / value;
    };
    for (PlotSeries& series : plot.series) {
        toRate(series.y);
        toRate(series.low);
        toRate(series.high);
        std::swap(series.low, series.high);
    }
    return plot;
}

std::vector<FrontierPoint> frontierPoints(const std::vector<MeasuredRow>& rows, const FrontierRequest& request,
    const std::function<const RunRecord*(const RunId&)>& runOf)
{
    std::map<RunId, std::vector<const MeasuredRow*>> byRun;
    for (const MeasuredRow& row : rows)
        byRun[row.row.run].push_back(&row);
    std::vector<FrontierPoint> points;
    for (const auto& [id, measured] : byRun) {
        const RunRecord* run = runOf(id);
        if (run && run->test.contains(request.metric))
            addPoints(points, *run, measured, request);
    }
    return points;
}

} // namespace recoscope
