// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the Scaling page shows of a sweep, read in jobs. Values; shared as shared_ptr<const ...> and immutable
// afterwards.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QString>

#include "engine/workspace/sweep_results.h"
#include "widgets/frame/exportable.h"

namespace recoscope {

struct LearningCurve {
    std::vector<int> epochs; // validated
    std::vector<double> values; // there
};

struct ScalingData {
    SweepOfRuns runs;
    std::vector<LearningCurve> curves; // of the points, in their order; without validations empty
    QString model, metric; // "SASRec", "NDCG@10"
    QString protocol, protocolWords; // hash, and what it says; of all users

    const Sweep& sweep() const { return runs.sweep; }
    int done() const;
    bool hasPaperUnit() const; // SRT: compute as its paper counts it is known
    ExportHeader header(const QString& title) const; // protocol, and the seed of the largest run
};
// `known`: the same sweep read before, or null. Error{NotFound} without a run of that sweep on the dataset.
std::shared_ptr<const ScalingData> loadScaling(Workspace& workspace, const std::string& dataset,
    const std::string& sweep, const std::shared_ptr<const ScalingData>& known, Progress& progress);

struct ScalingStudy {
    SplitPart part = SplitPart::Valid;
    SweepFit fitted;
    std::vector<double> budgets; // of `front`, ascending, from the cheapest run to far beyond the largest
    std::vector<FrontPoint> front;
};
// The law of `form`, or without one the first of joint, power and compute that these runs determine. Errors as
// fitSweep(); of the last form tried.
std::shared_ptr<const ScalingStudy> fitScaling(
    const ScalingData& data, std::optional<ScalingForm> form, SplitPart part, Progress& progress);

QString formName(ScalingForm form); // "Size and data"
QString powerText(double value); // "3.2 × 10¹³"; under a million "73,536"

} // namespace recoscope
