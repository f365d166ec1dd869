// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/fit_charts.h"

#include <cmath>

#include "widgets/views/scaling/scaling_parts.h"

namespace recoscope {

namespace {

// The thirds of what the runs cost, and the largest.
std::vector<double> shownBudgets(const SizeRange& compute)
{
    const double ratio = compute.high / compute.low;
    return {compute.low * std::cbrt(ratio), compute.low * std::pow(ratio, 2.0 / 3.0), compute.high};
}

bool isNear(const SizeRange& runs, double value)
{
    return value >= runs.low / aroundRuns && value <= runs.high * aroundRuns;
}

PlotSeries equalComputeLine(const SweepFit& fitted, double budget, int slot)
{
    PlotSeries line = scalingLine(powerText(budget), slot, false);
    for (const double n : logSteps(fitted.fit.x.low / aroundRuns, fitted.fit.x.high * aroundRuns)) {
        const double t = budget / (fitted.cost.perParameter * n + fitted.cost.perInteraction);
        if (!isNear(fitted.fit.t, t))
            continue;
        line.x.push_back(n);
        line.y.push_back(fitted.fit.law.at(n, t));
    }
    return line;
}

PlotSeries residualsOf(const ScalingFamily& family, bool alone)
{
    const ScalingStudy& study = *family.study;
    const std::vector<ScalingPoint>& points = study.fitted.points;
    const std::vector<ScalingPoint> costs = scalingPoints(family.data->sweep(), ScalingForm::Compute, study.part);
    PlotSeries series;
    series.name = alone ? ScalingText::tr("runs") : family.name;
    series.slot = family.slot;
    series.mark = PlotMark::Points;
    for (std::size_t i = 0; i < points.size() && i < costs.size(); ++i) {
        series.x.push_back(costs[i].x);
        series.y.push_back(points[i].y - study.fitted.fit.law.at(points[i].x, points[i].t));
    }
    return series;
}

} // namespace

PlotModel equalComputeModel(const ScalingFamily& family, bool alone)
{
    PlotModel plot = scalingPlot(*family.data, ScalingText::tr("Equal compute"), sizeAxisName());
    const SweepFit& fitted = family.study->fitted;
    PlotSeries best = scalingLine(ScalingText::tr("best"), -1, true);
    best.tone = PlotTone::Accent;
    best.mark = PlotMark::LinePoints;
    const std::vector<double> budgets = shownBudgets(fitted.compute);
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        if (PlotSeries line = equalComputeLine(fitted, budgets[i], alone ? slotOfGroup(i) : family.slot);
            !line.x.empty())
            plot.series.push_back(std::move(line));
        const ComputeOptimum optimum = computeOptimum(fitted.fit.law, budgets[i], fitted.cost);
        if (!isNear(fitted.fit.x, optimum.n) || !isNear(fitted.fit.t, optimum.t))
            continue;
        best.x.push_back(optimum.n);
        best.y.push_back(optimum.value);
    }
    if (!best.x.empty())
        plot.series.push_back(std::move(best));
    return plot;
}

PlotModel residualModel(const std::vector<ScalingFamily>& families)
{
    PlotModel plot = scalingPlot(*families.front().data, ScalingText::tr("Residuals"), computeAxisName());
    plot.y.name = ScalingText::tr("observed minus fitted");
    plot.y.logAllowed = false;
    for (const ScalingFamily& family : families)
        if (family.study)
            plot.series.push_back(residualsOf(family, families.size() == 1));
    plot.references.push_back({Qt::Horizontal, 0.0, {}, PlotTone::Neutral, false});
    return plot;
}

} // namespace recoscope
