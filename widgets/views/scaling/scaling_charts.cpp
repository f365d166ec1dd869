// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_charts.h"

#include <algorithm>
#include <limits>

#include "widgets/core/formatting.h"
#include "widgets/views/scaling/published_laws.h"
#include "widgets/views/scaling/scaling_parts.h"

namespace recoscope {

namespace {

constexpr double roomForBand = 1.0; // of the range of values, above and below them
constexpr double roomForNote = 0.8; // of the room below: the note stands above the edge

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

void addRuns(ScalingChart& chart, const ScalingFamily& family, bool alone, SplitPart part, bool paperUnit)
{
    PlotSeries series;
    series.name = alone ? ScalingText::tr("runs") : ScalingText::tr("%1, runs").arg(family.name);
    series.slot = family.slot;
    series.mark = PlotMark::Points;
    std::vector<RunId> runs;
    for (const SweepPoint& point : family.data->sweep().points) {
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
void addFront(PlotModel& plot, const ScalingFamily& family)
{
    const ScalingStudy& study = *family.study;
    PlotSeries within = scalingLine({}, family.slot, false);
    PlotSeries far = scalingLine(family.name, family.slot, true);
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

// Says how far a band goes that is cut off at `edge`, where it leaves the chart.
void addCut(PlotModel& plot, double x, double edge, double end)
{
    plot.notes.push_back(
        {{x, edge}, ScalingText::tr("band goes on to %1").arg(format::number(end, 2)), PlotTone::Neutral, false});
}

struct BandEnd {
    double x = 0.0, value = 0.0;
};

// The band is seen whole where that leaves the runs a third of the chart. One that nothing bounds would press them
// flat: it is cut off, and a note says so.
void keepRunsReadable(PlotModel& plot)
{
    double low = std::numeric_limits<double>::infinity(), high = -low;
    BandEnd lowest{0.0, low}, highest{0.0, high};
    for (const PlotSeries& series : plot.series) {
        for (const double y : series.y) {
            low = std::min(low, y);
            high = std::max(high, y);
        }
        for (std::size_t i = 0; i < series.low.size(); ++i) {
            if (series.low[i] < lowest.value)
                lowest = {series.x[i], series.low[i]};
            if (series.high[i] > highest.value)
                highest = {series.x[i], series.high[i]};
        }
    }
    const double room = roomForBand * (high - low);
    if (lowest.value < low - room) {
        plot.y.low = low - room;
        addCut(plot, lowest.x, low - room * roomForNote, lowest.value);
    }
    if (highest.value > high + room) {
        plot.y.high = high + room;
        addCut(plot, highest.x, high + room, highest.value);
    }
}

// Of the part of the data that is shown; null while another one's is.
const ScalingStudy* studyOf(const ScalingFamily& family, SplitPart part)
{
    return family.study && family.study->part == part ? family.study.get() : nullptr;
}

// What each family reaches with the budget, where it lies within its front.
void addBudget(PlotModel& plot, const std::vector<ScalingFamily>& families, double budget)
{
    for (const ScalingFamily& family : families) {
        const std::optional<FrontPoint> point = atBudget(family, budget);
        if (!point)
            continue;
        const QString value = format::accuracy(point->optimum.value);
        plot.notes.push_back({{budget, point->optimum.value},
            families.size() == 1 ? ScalingText::tr("plan: %1").arg(value)
                                 : ScalingText::tr("%1: %2").arg(family.name, value),
            PlotTone::Accent});
    }
}

QString computeRemark(const std::vector<ScalingFamily>& families, bool published)
{
    if (published)
        return ScalingText::tr("the published curve has a unit of its own, known for SRT only");
    const bool fitted = std::any_of(families.begin(), families.end(), [](const auto& f) { return f.study != nullptr; });
    return fitted ? ScalingText::tr("band 95 %, runs drawn again; dashed: learning curves, and beyond the runs")
                  : ScalingText::tr("dashed: learning curves");
}

ScalingChart computeChart(const std::vector<ScalingFamily>& families, const ScalingWish& wish)
{
    const ScalingData& chosen = *families.front().data;
    const bool alone = families.size() == 1;
    const bool paperUnit = wish.published
        && std::all_of(families.begin(), families.end(), [](const auto& f) { return f.data->hasPaperUnit(); });
    ScalingChart chart;
    chart.plot = scalingPlot(chosen, ScalingText::tr("%1 against compute").arg(chosen.metric),
        paperUnit ? ScalingText::tr("compute in the unit of SRT's paper, up to the best epoch") : computeAxisName());
    if (wish.part == SplitPart::Valid)
        for (const ScalingFamily& family : families)
            addLearningCurves(chart, *family.data, paperUnit);
    for (const ScalingFamily& family : families)
        addRuns(chart, family, alone, wish.part, paperUnit);
    if (paperUnit) {
        chart.remark = addPublishedCompute(chart.plot);
        return chart;
    }
    chart.remark = computeRemark(families, wish.published);
    double largest = 0.0;
    for (const ScalingFamily& family : families)
        if (studyOf(family, wish.part)) {
            addFront(chart.plot, family);
            largest = std::max(largest, family.study->fitted.compute.high);
        }
    if (largest == 0.0)
        return chart;
    chart.plot.references.push_back({Qt::Vertical, largest, ScalingText::tr("largest run"), PlotTone::Neutral, true});
    addBudget(chart.plot, families, wish.budget);
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

// A size or an amount of data that several runs share, and how its series is drawn.
struct GrowthGroup {
    double value = 0.0;
    std::vector<ScalingPoint> points;
    QString name; // at the end of its line; "" = none
    int slot = -1;
};

void addGroup(ScalingChart& chart, const ScalingStudy* study, const GrowthGroup& group, bool byData)
{
    PlotSeries series;
    series.name = group.name;
    series.slot = group.slot;
    series.mark = isJointLaw(study) ? PlotMark::Points : PlotMark::LinePoints;
    series.solid = true;
    std::vector<RunId> runs;
    for (const ScalingPoint& point : group.points) {
        series.x.push_back(byData ? point.t : point.x);
        series.y.push_back(point.y);
        runs.push_back(point.run);
    }
    if (isJointLaw(study) && group.points.size() > 1) {
        PlotSeries line = scalingLine(series.name, group.slot, false);
        line.x = logSteps(series.x.front() / aroundRuns, series.x.back() * aroundRuns);
        for (const double x : line.x)
            line.y.push_back(study->fitted.fit.law.at(byData ? group.value : x, byData ? x : group.value));
        chart.plot.series.push_back(std::move(line));
    }
    addSeries(chart, std::move(series), std::move(runs));
}

// A colour for each group of a family that is alone; of several families each has its own, and its largest group a
// name. Returns the largest value.
double addGroups(ScalingChart& chart, const ScalingFamily& family, bool alone, const ScalingWish& wish)
{
    const bool byData = wish.axis == ScalingAxis::Data;
    auto groups = groupsOf(*family.data, wish.part, byData);
    std::size_t index = 0;
    for (auto& [value, points] : groups) {
        std::sort(points.begin(), points.end(),
            [byData](const ScalingPoint& a, const ScalingPoint& b) { return byData ? a.t < b.t : a.x < b.x; });
        const QString size = (byData ? ScalingText::tr("N %1") : ScalingText::tr("T %1")).arg(powerText(value));
        const bool isLargest = index + 1 == groups.size();
        const QString name = alone ? size : isLargest ? ScalingText::tr("%1, %2").arg(family.name, size) : QString();
        addGroup(
            chart, studyOf(family, wish.part), {value, points, name, alone ? slotOfGroup(index) : family.slot}, byData);
        ++index;
    }
    return groups.empty() ? 0.0 : groups.rbegin()->first;
}

ScalingChart growthChart(const std::vector<ScalingFamily>& families, const ScalingWish& wish)
{
    const bool byData = wish.axis == ScalingAxis::Data;
    const ScalingData& chosen = *families.front().data;
    ScalingChart chart;
    chart.plot = byData ? scalingPlot(chosen, ScalingText::tr("%1 against data").arg(chosen.metric), dataAxisName())
                        : scalingPlot(chosen, ScalingText::tr("%1 against size").arg(chosen.metric), sizeAxisName());
    double largest = 0.0;
    for (const ScalingFamily& family : families)
        largest = std::max(largest, addGroups(chart, family, families.size() == 1, wish));
    chart.remark = isJointLaw(studyOf(families.front(), wish.part))
        ? ScalingText::tr("lines: the law through the runs")
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

ScalingChart scalingChart(const std::vector<ScalingFamily>& families, const ScalingWish& wish)
{
    return wish.axis == ScalingAxis::Compute ? computeChart(families, wish) : growthChart(families, wish);
}

} // namespace recoscope
