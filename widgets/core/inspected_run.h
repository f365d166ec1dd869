// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every page that looks into a model starts from: a run opened for serving, and what it was given of one user.
// Values; read in a job, immutable afterwards.
#pragma once

#include <QString>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/serving/session.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

struct InspectedItem {
    std::int32_t prepared = -1;
    int dataset = -1;
    QString title;
    float score = 0.0f;
};

struct InspectedRun {
    RunId run;
    QString runName, protocolHash, seed;
    std::string model, dataset;
    std::shared_ptr<const ServingSession> session;
    int datasetUser = -1;
    QString userName;
    PackedSequences history; // what the model is given: before the held-out event
    std::int64_t historyLength = 0; // before the cut to the model's length
    InspectedItem target; // the held-out item, prepared -1 when there is none

    const PreparedData& data() const { return session->data(); }
};

// What a page wants to look into.
struct InspectRequest {
    std::array<RunId, 2> runs; // A and B; "" = none
    int user = -1; // of the dataset
    std::optional<int> slot; // 0 = A, 1 = B; unset = the first run that has what the page shows
};
// Calls `look(slot, run)` for the chosen run, or for A and then B, until it returns true.
template <class Look> void lookInto(const InspectRequest& request, Look look)
{
    for (int slot = request.slot.value_or(0); slot <= request.slot.value_or(1); ++slot) {
        const RunId& run = request.runs[static_cast<std::size_t>(slot)];
        if (!run.empty() && look(slot, run))
            return;
    }
}

// Without a user: fields from `datasetUser` on stay empty.
InspectedRun openInspected(Workspace& workspace, const RunId& run, Progress& progress);
// Error{NotFound} when the user is not in the run's data.
void readUser(InspectedRun& run, int datasetUser);

InspectedItem inspectedItem(const PreparedData& data, std::int32_t prepared, float score);
std::vector<QString> itemTitles(const PreparedData& data, std::span<const std::int32_t> prepared);
// Between each event and the one before: "" for the first; empty without times.
std::vector<QString> timeGaps(std::span<const std::int64_t> times);

} // namespace recoscope
