// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the Compare page reads in jobs: the users both runs were tested on, and how much their lists share. Values;
// immutable once handed over.
#pragma once

#include <QString>

#include <map>
#include <memory>
#include <vector>

#include "engine/workspace/workspace.h"
#include "widgets/core/compare_summary.h"
#include "widgets/core/latency_tables.h"

namespace recoscope {

// A run ranked again under another protocol. It stands beside the stored run on this page and is never stored.
struct RankedAgain {
    RunRecord run; // with that protocol, its test metrics, and a remark that says so
    std::vector<UserMetricRow> users;
};
using RankedAgainPtr = std::shared_ptr<const RankedAgain>;
// Error{Refused} when more than ranking keys differ.
RankedAgainPtr rankAgain(Workspace& workspace, const RunRecord& run, const Protocol& protocol, Progress& progress);

struct CompareData {
    RunRecord a, b;
    std::vector<PairedUser> users;
    std::vector<int> datasetUser; // [users]
    std::vector<QString> names; // [users] raw ids
};
// `again` is B ranked again under A's protocol, or null to read what is stored of B.
std::shared_ptr<const CompareData> loadComparison(
    Workspace& workspace, const RunRecord& a, const RunRecord& b, const RankedAgainPtr& again, Progress& progress);

// Ranks the top k of every tested user with both runs.
ListOverlap computeOverlap(Workspace& workspace, const RunRecord& a, const RunRecord& b, int k, Progress& progress);

// Every stored latency row of the given runs.
std::map<RunId, std::vector<LatencyRow>> loadLatency(
    const Workspace& workspace, const std::vector<RunId>& runs, Progress& progress);
// The machine most rows come from, newest first among equals; "" without any row.
MachineKey commonMachine(const std::map<RunId, std::vector<LatencyRow>>& rows);

// The metrics that the forest shows.
const std::vector<std::string>& comparedMetrics();

} // namespace recoscope
