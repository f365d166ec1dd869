// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A scaling sweep: a model in several sizes on several shares of a dataset's users, every point a stored run. All
// points are checked before the first is trained; points whose run exists are not trained again, so a sweep that was
// interrupted goes on where it was. Used by one thread.
//
// The file: {"dataset", "model", "sizes": [{parameter: value, ...}, ...]} and optionally "name" (of the runs; the
// file's), "parameters" (of all points), "protocol", "train_users" (shares, [1]), "users_seed" (42), "seeds" ([42]),
// "max_minutes" (of a point).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/training/training_work.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

inline const std::string sweepTag = "sweep:"; // before the name of a sweep: the tag of its runs
inline constexpr int sweepUsersSeed = 42; // of the shares, where a sweep names none

bool hasResult(const RunRecord& run); // it ended with one: not trained again

struct SweepPoint {
    Workspace::NewRun request;
    double share = 1.0; // of the users
    std::int64_t parameterCount = 0;
    EpochWork work;
    std::optional<RunRecord> run; // nothing before it is begun

    bool isDone() const { return run && hasResult(*run); }
    double flops(int epochs) const { return work.flops * epochs; }
};

struct Sweep {
    std::string name;
    std::vector<SweepPoint> points; // cheapest first
};

// Error{Input} naming the file and the key for a file that is none; for points that cannot be, the error that their run
// would end with, and Error{Resource} for one that does not fit into memory. Writes nothing.
Sweep planSweep(Workspace& workspace, const Path& file, Progress& progress);
// The same for what such a file says. `source` stands before the errors; its stem is the name where none is given.
Sweep planSweep(Workspace& workspace, const Json& description, const Path& source, Progress& progress);

// Every check that the point's training would make, and what it will cost.
void assessPoint(Workspace& workspace, SweepPoint& point, Progress& progress);
bool cheaper(const SweepPoint& a, const SweepPoint& b);

// Gives the sweep's tag to runs that were made without it, so that its runs are found by their tag.
void tagRuns(Workspace& workspace, Sweep& sweep);

// Begins the point's run, or goes on with it; `point.run` is what became of it, also when this throws. Errors as
// Workspace::execute() and resume().
void trainPoint(
    Workspace& workspace, SweepPoint& point, TrainControl& control, const TrainListener& listener, Progress& progress);

// Tables for fits, CSV with the columns run, n, t, compute, the metric of validation, and more. `sweepTable`: a line a
// run that is done, work up to its best epoch. `curveTable`: a line a validation, work up to it.
std::string sweepTable(const Sweep& sweep);
std::string curveTable(const Sweep& sweep, const Store& store);

} // namespace recoscope
