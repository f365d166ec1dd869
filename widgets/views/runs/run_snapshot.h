// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the Runs page reads in one job: all runs, also those in the bin, the groups they fall into, and the latency of
// the newest ones. Values; immutable once handed over.
#pragma once

#include <QString>

#include <map>
#include <memory>
#include <vector>

#include "engine/workspace/workspace.h"
#include "widgets/views/compare/run_lines.h"

namespace recoscope {

struct RunSnapshot {
    std::shared_ptr<const std::vector<RunRecord>> runs, bin; // newest first
    std::map<std::string, int> folders, tags, datasets; // how many runs each
    std::map<RunId, double> p95Ms;
    RunLines lines; // of the newest tested runs, no more than can be told apart
    std::vector<RunId> lineRuns; // the run of each line
};
// `slotIds`: run ids with a colour, in slot order.
std::shared_ptr<const RunSnapshot> loadRuns(const Workspace& workspace, const QStringList& slotIds, Progress& progress);

// Files of a run's folder with their sizes, by name.
struct RunFile {
    QString name;
    std::uint64_t bytes = 0;
};
std::vector<RunFile> filesOfRun(const Workspace& workspace, const RunId& run);

} // namespace recoscope
