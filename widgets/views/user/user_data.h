// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the User page shows, read and computed in jobs: a user's stored events, and what each run answers to a history.
// Values; immutable once handed over.
#pragma once

#include <QString>

#include <memory>
#include <optional>
#include <vector>

#include "engine/serving/session.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/user_history.h"

namespace recoscope {

struct UserEvents {
    int datasetUser = -1;
    QString name; // raw id
    EditedHistory history;
    int target = -1; // held-out dataset item, -1 without one
};
// With a run: the events that its protocol lets the model see before the held-out one. Without: every stored event.
UserEvents loadUserEvents(
    Workspace& workspace, const std::string& dataset, const RunId& run, int datasetUser, Progress& progress);

struct RankedItem {
    std::int32_t prepared = -1;
    int dataset = -1;
    float score = 0.0f;
    int rank = 0; // among all items, from 1, also when only a category is shown
    int before = 0; // rank for the unedited history, 0 = below the ranks looked at
    bool target = false; // the held-out item
};

// What one run answers. `problem` is a sentence when it cannot.
struct UserAnswer {
    RunId run;
    QString problem;
    std::shared_ptr<const ServingSession> session;
    ModelHistory history; // what the model was given
    std::vector<RankedItem> items; // best first
    bool edited = false;
    double milliseconds = 0.0; // of one request, this time
    std::optional<double> targetRank, targetRankBefore;
};
struct UserQuestion {
    std::vector<RunId> runs;
    PackedSequences events; // dataset items
    PackedSequences original; // before any edit; equal to `events` when nothing was edited
    bool edited = false;
    int target = -1;
    int count = 10;
    std::string category; // only items of it; "" = all
};
// Error never: an answer of a run that fails says so in `problem`.
std::vector<UserAnswer> answerUser(Workspace& workspace, const UserQuestion& question, Progress& progress);

// Single categories of "Comedy|Drama".
std::vector<std::string> splitCategories(const std::string& categories);
// The categories of a dataset by how many items have them, at most `most`, in alphabetical order.
std::vector<std::string> commonCategories(const Dataset& dataset, std::size_t most);

} // namespace recoscope
