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
    std::vector<double> compute, value; // a point each validation; operations up to it
};

struct ScalingData {
    SweepOfRuns runs;
    std::vector<LearningCurve> curves; // of the points, in their order; without validations empty
    QString model, metric; // "SASRec", "NDCG@10"

    const Sweep& sweep() const { return runs.sweep; }
    ExportHeader header(const QString& title) const; // of the largest run
};
// Error{NotFound} without a run of that sweep.
std::shared_ptr<const ScalingData> loadScaling(Workspace& workspace, const std::string& sweep, Progress& progress);

struct ScalingStudy {
    SplitPart part = SplitPart::Valid;
    SweepFit fitted;
    std::vector<double> budgets; // of `front`, ascending, from the cheapest run to far beyond the dearest
    std::vector<FrontPoint> front;
};
// The law of `form`, or without one the first of joint, power and compute that these runs determine. Errors as
// fitSweep(); of the last form tried.
std::shared_ptr<const ScalingStudy> fitScaling(
    const ScalingData& data, std::optional<ScalingForm> form, SplitPart part, Progress& progress);

QString formName(ScalingForm form); // "Size and data"
QString powerText(double value); // "3.2 × 10¹³"; small numbers grouped

} // namespace recoscope
