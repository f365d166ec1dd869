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
    if (run.epochsPlanned > 0 && run.epochs.size() < 2)
        model.x.high = run.epochsPlanned;
    return model;
}

// A line over the epochs; the steps within epochs while there are any.
PlotSeries series(const LiveRun& run, double EpochRecord::*ofEpoch, double LiveStep::*ofStep)
{
    PlotSeries line;
    line.name = run.name;
    line.slot = 0;
    if (!run.steps.empty() && ofStep) {
        for (const LiveStep& step : run.steps) {
            line.x.push_back(step.epoch);
            line.y.push_back(step.*ofStep);
        }
        return line;
    }
    for (const EpochRecord& epoch : run.epochs) {
        line.x.push_back(epoch.epoch);
        line.y.push_back(epoch.*ofEpoch);
    }
    return line;
}

PlotSeries withoutName(PlotSeries line)
{
    line.name.clear();
    return line;
}

} // namespace

PlotModel lossModel(const LiveRun& run)
{
    PlotModel model = byEpoch(run);
    model.y.decimals = 3;
    model.series.push_back(series(run, &EpochRecord::trainLoss, nullptr));
    return model;
}

PlotModel validModel(const LiveRun& run)
{
    PlotModel model = byEpoch(run);
    model.y.decimals = 4;
    model.y.fromZero = true;
    PlotSeries line;
    line.name = run.name;
    line.slot = 0;
    const EpochRecord* best = nullptr;
    for (const EpochRecord& epoch : run.epochs) {
        if (!epoch.valid)
            continue;
        const auto found = epoch.valid->values.find("ndcg@10");
        if (found == epoch.valid->values.end())
            continue;
        line.x.push_back(epoch.epoch);
        line.y.push_back(found->second);
        const auto width = epoch.valid->halfWidth95.find("ndcg@10");
        const double half = width == epoch.valid->halfWidth95.end() ? 0.0 : width->second;
        line.low.push_back(found->second - half);
        line.high.push_back(found->second + half);
        if (epoch.isBest)
            best = &epoch;
    }
    if (best) {
        const double value = best->valid->at("ndcg@10");
        model.notes.push_back({QPointF(best->epoch, value),
            translate("best %1 at epoch %2").arg(format::accuracy(value)).arg(best->epoch), PlotTone::Accent, true});
    }
    model.series.push_back(std::move(line));
    return model;
}

PlotModel rateModel(const LiveRun& run)
{
    PlotModel model = byEpoch(run);
    model.y.fromZero = true;
    model.series.push_back(withoutName(series(run, &EpochRecord::learningRate, &LiveStep::learningRate)));
    return model;
}

PlotModel normModel(const LiveRun& run)
{
    PlotModel model = byEpoch(run);
    model.y.fromZero = true;
    model.series.push_back(withoutName(series(run, &EpochRecord::gradientNorm, &LiveStep::gradientNorm)));
    return model;
}

} // namespace recoscope
