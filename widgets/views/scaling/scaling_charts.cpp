// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_charts.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <map>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

constexpr int family = 2; // slot: A and B are runs of the selection
constexpr int lastSlot = 4; // further groups are neutral
constexpr int lineSteps = 40;
constexpr double aroundSizes = 2.0; // how far lines go beyond the runs

QString translate(const char* text)
{
    return QCoreApplication::translate("ScalingCharts", text);
}

PlotModel plotOf(const ScalingData& data, const QString& title, const QString& x)
{
    PlotModel plot;
    plot.title = title;
    const ExportHeader header = data.header(title);
    plot.protocolHash = header.protocolHash;
    plot.seed = header.seed;
    plot.x.name = x;
    plot.x.log = true;
    plot.x.text = powerText;
    plot.y.name = data.metric;
    plot.y.decimals = 4;
    return plot;
}

QString computeName()
{
    return translate("training operations up to the best epoch");
}

QString sizeName()
{
    return translate("trainable numbers N");
}

PlotSeries lineSeries(const QString& name, int slot, bool dashed)
{
    PlotSeries series;
    series.name = name;
    series.slot = slot;
    series.solid = !dashed;
    series.dashed = dashed;
    return series;
}

std::vector<double> logSteps(double low, double high)
{
    std::vector<double> steps;
    for (int i = 0; i <= lineSteps; ++i)
        steps.push_back(low * std::pow(high / low, static_cast<double>(i) / lineSteps));
    return steps;
}

void addLearningCurves(PlotModel& plot, const ScalingData& data)
{
    for (const LearningCurve& curve : data.curves) {
        if (curve.compute.size() < 2)
            continue;
        PlotSeries series = lineSeries({}, -1, true);
        series.x = curve.compute;
        series.y = curve.value;
        plot.series.push_back(std::move(series));
    }
}

PlotSeries runSeries(const ScalingData& data, SplitPart part)
{
    PlotSeries series;
    series.name = translate("runs");
    series.slot = family;
    series.mark = PlotMark::Points;
    for (const ScalingPoint& point : scalingPoints(data.sweep(), ScalingForm::Compute, part)) {
        series.x.push_back(point.x);
        series.y.push_back(point.y);
    }
    return series;
}

// Within the runs solid, beyond them dashed and named; both hold the point between.
void addFront(PlotModel& plot, const ScalingData& data, const ScalingStudy& study)
{
    PlotSeries within = lineSeries({}, family, false);
    PlotSeries far = lineSeries(data.model, family, true);
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

bool isJoint(const ScalingStudy* study)
{
    return study && study->fitted.fit.law.form == ScalingForm::Joint;
}

// The other size of a point, by which growthModel() groups.
double groupOf(const ScalingPoint& point, bool byData)
{
    return byData ? point.x : point.t;
}

QString groupName(double value, bool byData)
{
    return byData ? translate("N %1").arg(powerText(value)) : translate("T %1").arg(powerText(value));
}

std::map<double, std::vector<ScalingPoint>> groupsOf(const ScalingData& data, SplitPart part, bool byData)
{
    std::map<double, std::vector<ScalingPoint>> groups;
    for (const ScalingPoint& point : scalingPoints(data.sweep(), ScalingForm::Joint, part))
        groups[groupOf(point, byData)].push_back(point);
    return groups;
}

int slotOfGroup(std::size_t index)
{
    const int slot = family + static_cast<int>(index);
    return slot <= lastSlot ? slot : -1;
}

// Budgets for the curves of equal compute: the thirds of what the runs cost, and the dearest.
std::vector<double> shownBudgets(const SizeRange& compute)
{
    const double ratio = compute.high / compute.low;
    return {compute.low * std::cbrt(ratio), compute.low * std::pow(ratio, 2.0 / 3.0), compute.high};
}

} // namespace

PlotModel computeModel(
    const ScalingData& data, const ScalingStudy* study, SplitPart part, const std::optional<FrontPoint>& planned)
{
    PlotModel plot = plotOf(data, translate("%1 against compute").arg(data.metric), computeName());
    if (part == SplitPart::Valid)
        addLearningCurves(plot, data);
    plot.series.push_back(runSeries(data, part));
    if (!study)
        return plot;
    addFront(plot, data, *study);
    plot.references.push_back(
        {Qt::Vertical, study->fitted.compute.high, translate("dearest run"), PlotTone::Neutral, true});
    if (planned)
        plot.notes.push_back({{planned->optimum.compute, planned->optimum.value},
            translate("plan: %1").arg(format::accuracy(planned->optimum.value)), PlotTone::Accent});
    return plot;
}

PlotModel growthModel(const ScalingData& data, const ScalingStudy* study, SplitPart part, ScalingAxis axis)
{
    const bool byData = axis == ScalingAxis::Data;
    PlotModel plot = byData
        ? plotOf(data, translate("%1 against data").arg(data.metric), translate("interactions of an epoch T"))
        : plotOf(data, translate("%1 against size").arg(data.metric), sizeName());
    std::size_t index = 0;
    for (auto& [value, points] : groupsOf(data, part, byData)) {
        const auto sizeOf = [byData](const ScalingPoint& point) { return byData ? point.t : point.x; };
        std::sort(points.begin(), points.end(),
            [&](const ScalingPoint& a, const ScalingPoint& b) { return sizeOf(a) < sizeOf(b); });
        const int slot = slotOfGroup(index++);
        PlotSeries runs;
        runs.slot = slot;
        runs.mark = isJoint(study) ? PlotMark::Points : PlotMark::LinePoints;
        runs.solid = true;
        runs.name = groupName(value, byData);
        for (const ScalingPoint& point : points) {
            runs.x.push_back(sizeOf(point));
            runs.y.push_back(point.y);
        }
        if (isJoint(study) && runs.x.size() > 1) {
            PlotSeries line = lineSeries(runs.name, slot, false);
            line.x = logSteps(runs.x.front() / aroundSizes, runs.x.back() * aroundSizes);
            for (const double x : line.x)
                line.y.push_back(study->fitted.fit.law.at(byData ? value : x, byData ? x : value));
            plot.series.push_back(std::move(line));
        }
        plot.series.push_back(std::move(runs));
    }
    return plot;
}

PlotModel equalComputeModel(const ScalingData& data, const ScalingStudy& study)
{
    PlotModel plot = plotOf(data, translate("Equal compute"), sizeName());
    if (!isJoint(&study))
        return plot;
    const SweepFit& fitted = study.fitted;
    const std::vector<double> budgets = shownBudgets(fitted.compute);
    PlotSeries best;
    best.name = translate("best");
    best.tone = PlotTone::Accent;
    best.mark = PlotMark::LinePoints;
    best.dashed = true;
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        PlotSeries line = lineSeries(powerText(budgets[i]), slotOfGroup(i), false);
        for (const double n : logSteps(fitted.fit.x.low / aroundSizes, fitted.fit.x.high * aroundSizes)) {
            const double t = budgets[i] / (fitted.cost.perParameter * n + fitted.cost.perInteraction);
            if (t < fitted.fit.t.low / aroundSizes || t > fitted.fit.t.high * aroundSizes)
                continue;
            line.x.push_back(n);
            line.y.push_back(fitted.fit.law.at(n, t));
        }
        if (!line.x.empty())
            plot.series.push_back(std::move(line));
        const ComputeOptimum optimum = computeOptimum(fitted.fit.law, budgets[i], fitted.cost);
        best.x.push_back(optimum.n);
        best.y.push_back(optimum.value);
    }
    plot.series.push_back(std::move(best));
    return plot;
}

PlotModel residualModel(const ScalingData& data, const ScalingStudy& study)
{
    PlotModel plot = plotOf(data, translate("Residuals"), computeName());
    plot.y.name = translate("observed minus fitted");
    plot.y.logAllowed = false;
    const std::vector<ScalingPoint>& points = study.fitted.points;
    const std::vector<ScalingPoint> dear = scalingPoints(data.sweep(), ScalingForm::Compute, study.part);
    PlotSeries series;
    series.name = translate("runs");
    series.slot = family;
    series.mark = PlotMark::Points;
    for (std::size_t i = 0; i < points.size() && i < dear.size(); ++i) {
        series.x.push_back(dear[i].x);
        series.y.push_back(points[i].y - study.fitted.fit.law.at(points[i].x, points[i].t));
    }
    plot.series.push_back(std::move(series));
    plot.references.push_back({Qt::Horizontal, 0.0, {}, PlotTone::Neutral, false});
    return plot;
}

RunId runAt(const PlotModel& plot, const ScalingData& data, SplitPart part, int series, int index)
{
    const PlotSeries& clicked = plot.series[static_cast<std::size_t>(series)];
    if (clicked.mark != PlotMark::Points && clicked.mark != PlotMark::LinePoints)
        return {};
    const double x = clicked.x[static_cast<std::size_t>(index)], y = clicked.y[static_cast<std::size_t>(index)];
    for (const SweepPoint& point : data.sweep().points) {
        const bool sameX = x == bestCompute(point) || x == static_cast<double>(point.parameterCount)
            || x == static_cast<double>(point.work.interactions);
        if (sameX && sweepValue(point, part) == y)
            return point.run->id;
    }
    return {};
}

} // namespace recoscope
