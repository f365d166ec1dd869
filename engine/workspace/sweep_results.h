// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What came of a sweep: its runs, found again by their tag, a law through them and the compute-optimal front. Used by
// one thread; values are free to be read from any.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/scaling/front.h"
#include "engine/workspace/sweep.h"

namespace recoscope {

// Of runs that are newest first: the sweeps that they belong to, newest first.
std::vector<std::string> sweepNames(const std::vector<RunRecord>& runs);
bool isOfSweep(const RunRecord& run, const std::string& sweep);

// Every run on the dataset that carries the sweep's tag, also one that waits, with what its training costs. Runs that
// could not stand in one table with the newest one (other events under that name, another model, or a protocol that
// differs in more than the users trained on) are left out. `known`: the same sweep read before, or null; what its runs
// cost is not counted again. Error{NotFound} without any.
struct SweepOfRuns {
    Sweep sweep;
    int leftOut = 0;
};
SweepOfRuns sweepOfRuns(Workspace& workspace, const std::string& dataset, const std::string& name, Progress& progress,
    const Sweep* known = nullptr);

// Operations up to the best epoch, and the metric that chose it; nothing before there is one.
double bestCompute(const SweepPoint& point);
std::optional<double> sweepValue(const SweepPoint& point, SplitPart part);
const std::string& sweepMetric(const Sweep& sweep);
// Under which every run is evaluated: that of the points, without their shares of the users.
Protocol sweepProtocol(const Sweep& sweep);
// Interactions of an epoch when every user is trained on, as the runs on shares tell.
double dataOfAllUsers(const Sweep& sweep);
// The median over the runs, as this machine or the one that made them trained them; 0 without one.
double secondsPerOperation(const Sweep& sweep);

// Points of the runs that are done: N and T for the joint form, operations up to the best epoch for the others.
std::vector<ScalingPoint> scalingPoints(const Sweep& sweep, ScalingForm form, SplitPart part);

// What an interaction of the runs cost, all epochs up to the best one counted: k N + k0 by least squares of relative
// differences, neither negative. Error{Input} without runs that are done.
ComputeCost interactionCost(const Sweep& sweep);

struct SweepFit {
    std::vector<ScalingPoint> points;
    ScalingFit fit;
    BootstrapFit bootstrap; // over points: each is a run
    ComputeCost cost;
    SizeRange compute; // of the runs
    LogLogLine sizeByCompute, dataByCompute; // how the runs grew, where the law does not tell size from data
};
// Errors as fitScalingLaw() and bootstrapScalingLaw(); Error{Input} where a joint law has no best split.
SweepFit fitSweep(
    const Sweep& sweep, ScalingForm form, SplitPart part, const BootstrapSettings& settings, Progress& progress);

// The best that each budget reaches. `extrapolated`: outside of the runs. Intervals of n and t for the joint form only.
std::vector<FrontPoint> frontOf(const SweepFit& fitted, std::span<const double> budgets);

} // namespace recoscope
