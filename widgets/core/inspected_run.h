// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every page that looks into a model starts from: a run opened for serving, and what it was given of one user.
// Values; read in a job, immutable afterwards.
#pragma once

#include <QString>

#include <memory>
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

// Without a user: fields from `datasetUser` on stay empty.
InspectedRun openInspected(Workspace& workspace, const RunId& run, Progress& progress);
// Error{NotFound} when the user is not in the run's data.
void readUser(InspectedRun& run, int datasetUser);

InspectedItem inspectedItem(const PreparedData& data, std::int32_t prepared, float score);
std::vector<QString> itemTitles(const PreparedData& data, std::span<const std::int32_t> prepared);
// Between each event and the one before: "" for the first; empty without times.
std::vector<QString> timeGaps(std::span<const std::int64_t> times);

} // namespace recoscope
