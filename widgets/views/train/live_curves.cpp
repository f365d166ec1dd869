// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/live_curves.h"

#include <QCoreApplication>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("TrainView", text);
}

PlotModel byEpoch(const LiveRun& run)
{
    PlotModel model;
    model.x.name = translate("epoch");
    if (run.steps.empty())
        model.x.decimals = 0;
    if (run.epochsPlanned > 0 && run.epochs.size() < 2)
        model.x.high = run.epochsPlanned;
    return model;
}

PlotSeries emptyLine(const CurveRun& curve)
{
    PlotSeries line;
    line.name = curve.run->name;
    line.slot = curve.slot;
    return line;
}

// A line over the epochs; the steps within epochs while there are any.
PlotSeries lineOf(const CurveRun& curve, double EpochRecord::*ofEpoch, double LiveStep::*ofStep)
{
    PlotSeries line = emptyLine(curve);
    if (!curve.run->steps.empty() && ofStep) {
        for (const LiveStep& step : curve.run->steps) {
            line.x.push_back(step.epoch);
            line.y.push_back(step.*ofStep);
        }
        return line;
    }
    for (const EpochRecord& epoch : curve.run->epochs) {
        line.x.push_back(epoch.epoch);
        line.y.push_back(epoch.*ofEpoch);
    }
    return line;
}

std::optional<double> valueOf(const std::map<std::string, double>& values)
{
    const auto found = values.find("ndcg@10");
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

PlotSeries validLine(const CurveRun& curve)
{
    PlotSeries line = emptyLine(curve);
    for (const EpochRecord& epoch : curve.run->epochs) {
        const auto value = epoch.valid ? valueOf(epoch.valid->values) : std::nullopt;
        if (!value)
            continue;
        const double half = valueOf(epoch.valid->halfWidth95).value_or(0.0);
        line.x.push_back(epoch.epoch);
        line.y.push_back(*value);
        line.low.push_back(*value - half);
        line.high.push_back(*value + half);
    }
    return line;
}

void noteBest(PlotModel& model, const LiveRun& run)
{
    const EpochRecord* best = nullptr;
    for (const EpochRecord& epoch : run.epochs) {
        if (epoch.isBest && epoch.valid && valueOf(epoch.valid->values))
            best = &epoch;
    }
    if (!best)
        return;
    const double value = *valueOf(best->valid->values);
    model.notes.push_back({QPointF(best->epoch, value),
        translate("best %1 at epoch %2").arg(format::accuracy(value)).arg(best->epoch), PlotTone::Accent, true});
}

PlotModel ofOne(const CurveRun& curve, double EpochRecord::*ofEpoch, double LiveStep::*ofStep)
{
    PlotModel model = byEpoch(*curve.run);
    model.y.fromZero = true;
    model.series.push_back(lineOf(curve, ofEpoch, ofStep));
    model.series.back().name.clear();
    return model;
}

} // namespace

PlotModel lossModel(const std::vector<CurveRun>& runs)
{
    PlotModel model = byEpoch(*runs.front().run);
    model.y.decimals = 3;
    for (const CurveRun& curve : runs)
        model.series.push_back(lineOf(curve, &EpochRecord::trainLoss, nullptr));
    return model;
}

PlotModel validModel(const std::vector<CurveRun>& runs, std::optional<double> popularity)
{
    PlotModel model = byEpoch(*runs.front().run);
    model.y.decimals = 4;
    model.y.fromZero = true;
    for (const CurveRun& curve : runs)
        model.series.push_back(validLine(curve));
    noteBest(model, *runs.front().run);
    if (popularity)
        model.references.push_back({Qt::Horizontal, *popularity,
            translate("popularity %1").arg(format::accuracy(*popularity)), PlotTone::Neutral, false});
    return model;
}

PlotModel rateModel(const CurveRun& run)
{
    return ofOne(run, &EpochRecord::learningRate, &LiveStep::learningRate);
}

PlotModel normModel(const CurveRun& run)
{
    return ofOne(run, &EpochRecord::gradientNorm, &LiveStep::gradientNorm);
}

} // namespace recoscope
