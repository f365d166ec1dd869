// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_charts.h"

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/views/scaling/published_laws.h"
#include "widgets/views/scaling/scaling_parts.h"

namespace recoscope {

namespace {

constexpr double roomForBand = 0.5; // of the range of values, above and below them

void addSeries(ScalingChart& chart, PlotSeries series, std::vector<RunId> runs)
{
    chart.runs[static_cast<int>(chart.plot.series.size())] = std::move(runs);
    chart.plot.series.push_back(std::move(series));
}

// Operations of an epoch, or the published curve's own unit.
double epochCost(const SweepPoint& point, bool paperUnit)
{
    return paperUnit ? point.work.paperCompute : point.work.flops;
}

void addLearningCurves(ScalingChart& chart, const ScalingData& data, bool paperUnit)
{
    for (std::size_t i = 0; i < data.curves.size(); ++i) {
        const LearningCurve& curve = data.curves[i];
        if (curve.epochs.size() < 2)
            continue;
        const SweepPoint& point = data.sweep().points[i];
        PlotSeries series = scalingLine({}, -1, true);
        for (const int epoch : curve.epochs)
            series.x.push_back(epochCost(point, paperUnit) * epoch);
        series.y = curve.values;
        addSeries(chart, std::move(series), std::vector<RunId>(curve.epochs.size(), point.run->id));
    }
}

void addRuns(ScalingChart& chart, const ScalingData& data, SplitPart part, bool paperUnit)
{
    PlotSeries series;
    series.name = ScalingText::tr("runs");
    series.slot = familySlot;
    series.mark = PlotMark::Points;
    std::vector<RunId> runs;
    for (const SweepPoint& point : data.sweep().points) {
        const std::optional<double> value = sweepValue(point, part);
        if (!value || bestCompute(point) <= 0.0 || !point.isDone())
            continue;
        series.x.push_back(epochCost(point, paperUnit) * point.run->bestEpoch);
        series.y.push_back(*value);
        runs.push_back(point.run->id);
    }
    addSeries(chart, std::move(series), std::move(runs));
}

// Within the runs solid, beyond them dashed and named; both hold the point between.
void addFront(PlotModel& plot, const ScalingData& data, const ScalingStudy& study)
{
    PlotSeries within = scalingLine({}, familySlot, false);
    PlotSeries far = scalingLine(data.model, familySlot, true);
    for (std::size_t i = 0; i < study.front.size(); ++i) {
        const auto add = [&](PlotSeries& series) {
            series.x.push_back(study.budgets[i]);
            series.y.push_back(study.front[i].optimum.value);
            series.low.push_back(study.front[i].value.low);
            series.high.push_back(study.front[i].value.high);
        };
        const bool inside = study.budgets[i] <= study.fitted.compute.high;
        if (inside)
            add(within);
        if (!inside || (i + 1 < study.front.size() && study.budgets[i + 1] > study.fitted.compute.high))
            add(far);
    }
    plot.series.push_back(std::move(within));
    plot.series.push_back(std::move(far));
}

// A band that nothing bounds would press the runs flat: it is cut off beyond them.
void keepRunsReadable(PlotModel& plot)
{
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const PlotSeries& series : plot.series)
        for (const double y : series.y) {
            low = std::min(low, y);
            high = std::max(high, y);
        }
    const double room = roomForBand * (high - low);
    for (const PlotSeries& series : plot.series)
        for (std::size_t i = 0; i < series.low.size(); ++i) {
            if (series.low[i] < low - room)
                plot.y.low = low - room;
            if (series.high[i] > high + room)
                plot.y.high = high + room;
        }
}

ScalingChart computeChart(const ScalingData& data, const ScalingStudy* study, const ScalingWish& wish,
    const std::optional<FrontPoint>& planned)
{
    const bool paperUnit = wish.published && data.hasPaperUnit();
    ScalingChart chart;
    chart.plot = scalingPlot(data, ScalingText::tr("%1 against compute").arg(data.metric),
        paperUnit ? ScalingText::tr("compute in the unit of SRT's paper, up to the best epoch") : computeAxisName());
    if (wish.part == SplitPart::Valid)
        addLearningCurves(chart, data, paperUnit);
    addRuns(chart, data, wish.part, paperUnit);
    if (paperUnit) {
        chart.remark = addPublishedCompute(chart.plot);
        return chart;
    }
    chart.remark = wish.published ? ScalingText::tr("the published curve has a unit of its own, known for SRT only")
        : study ? ScalingText::tr("band 95 %, runs drawn again; dashed: learning curves, and beyond the runs")
                : ScalingText::tr("dashed: learning curves");
    if (!study)
        return chart;
    addFront(chart.plot, data, *study);
    chart.plot.references.push_back(
        {Qt::Vertical, study->fitted.compute.high, ScalingText::tr("largest run"), PlotTone::Neutral, true});
    if (planned)
        chart.plot.notes.push_back({{planned->optimum.compute, planned->optimum.value},
            ScalingText::tr("plan: %1").arg(format::accuracy(planned->optimum.value)), PlotTone::Accent});
    keepRunsReadable(chart.plot);
    return chart;
}

std::map<double, std::vector<ScalingPoint>> groupsOf(const ScalingData& data, SplitPart part, bool byData)
{
    std::map<double, std::vector<ScalingPoint>> groups;
    for (const ScalingPoint& point : scalingPoints(data.sweep(), ScalingForm::Joint, part))
        groups[byData ? point.x : point.t].push_back(point);
    return groups;
}

void addGroup(ScalingChart& chart, const ScalingStudy* study, double value, const std::vector<ScalingPoint>& points,
    bool byData, int slot)
{
    PlotSeries series;
    series.name = (byData ? ScalingText::tr("N %1") : ScalingText::tr("T %1")).arg(powerText(value));
    series.slot = slot;
    series.mark = isJointLaw(study) ? PlotMark::Points : PlotMark::LinePoints;
    series.solid = true;
    std::vector<RunId> runs;
    for (const ScalingPoint& point : points) {
        series.x.push_back(byData ? point.t : point.x);
        series.y.push_back(point.y);
        runs.push_back(point.run);
    }
    if (isJointLaw(study) && points.size() > 1) {
        PlotSeries line = scalingLine(series.name, slot, false);
        line.x = logSteps(series.x.front() / aroundRuns, series.x.back() * aroundRuns);
        for (const double x : line.x)
            line.y.push_back(study->fitted.fit.law.at(byData ? value : x, byData ? x : value));
        chart.plot.series.push_back(std::move(line));
    }
    addSeries(chart, std::move(series), std::move(runs));
}

ScalingChart growthChart(const ScalingData& data, const ScalingStudy* study, const ScalingWish& wish)
{
    const bool byData = wish.axis == ScalingAxis::Data;
    ScalingChart chart;
    chart.plot = byData ? scalingPlot(data, ScalingText::tr("%1 against data").arg(data.metric), dataAxisName())
                        : scalingPlot(data, ScalingText::tr("%1 against size").arg(data.metric), sizeAxisName());
    std::size_t index = 0;
    double largest = 0.0;
    for (auto& [value, points] : groupsOf(data, wish.part, byData)) {
        std::sort(points.begin(), points.end(),
            [byData](const ScalingPoint& a, const ScalingPoint& b) { return byData ? a.t < b.t : a.x < b.x; });
        addGroup(chart, study, value, points, byData, slotOfGroup(index++));
        largest = value;
    }
    chart.remark = isJointLaw(study) ? ScalingText::tr("lines: the law through the runs")
                                     : ScalingText::tr("lines join runs; a law of size and data was not fitted");
    if (wish.published && largest > 0.0)
        chart.remark = addPublishedGrowth(chart.plot, byData, largest);
    return chart;
}

} // namespace

RunId ScalingChart::runAt(int series, int index) const
{
    const auto found = runs.find(series);
    return found == runs.end() ? RunId() : found->second[static_cast<std::size_t>(index)];
}

ScalingChart scalingChart(const ScalingData& data, const ScalingStudy* study, const ScalingWish& wish,
    const std::optional<FrontPoint>& planned)
{
    return wish.axis == ScalingAxis::Compute ? computeChart(data, study, wish, planned)
                                             : growthChart(data, study, wish);
}

} // namespace recoscope
