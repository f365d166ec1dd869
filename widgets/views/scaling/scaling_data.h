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
using ScalingRead = std::vector<std::shared_ptr<const ScalingData>>;
// Each of `sweeps`. `known`: what was read before. Error{NotFound} for one without a run on the dataset.
ScalingRead loadScaling(Workspace& workspace, const std::string& dataset, const std::vector<std::string>& sweeps,
    const ScalingRead& known, Progress& progress);

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

// A sweep among those of one chart, the chosen one first. Only sweeps of one metric and protocol stand together.
struct ScalingFamily {
    std::shared_ptr<const ScalingData> data;
    int slot = -1; // its colour and shape
    QString name; // "SASRec", with the sweep's name where two families are of one model
    std::shared_ptr<const ScalingStudy> study; // null: no fit
    QString problem; // why there is none
};
bool standTogether(const ScalingData& a, const ScalingData& b);
// Studies and problems of all; one that cannot be fitted does not keep others from it. Error{Cancelled} alone.
std::vector<ScalingFamily> fitFamilies(
    std::vector<ScalingFamily> families, std::optional<ScalingForm> form, SplitPart part, Progress& progress);

// What the family reaches with a budget; nothing without a fit, or beyond what its study looks at.
std::optional<FrontPoint> atBudget(const ScalingFamily& family, double budget);

QString formName(ScalingForm form); // "Size and data"
QString powerText(double value); // "3.2 × 10¹³"; under a million "73,536"

} // namespace recoscope
