// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything the Attention page shows of one run and one user, read in one job. Values; shared as
// shared_ptr<const AttentionData> and immutable afterwards.
#pragma once

#include <QString>

#include <memory>
#include <vector>

#include "engine/inspection/attention.h"
#include "engine/serving/session.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

struct AttentionData {
    RunId run;
    QString runName, protocolHash, seed;
    QString userName;
    std::string model;
    int datasetUser = -1;
    bool hasAttention = false;
    std::shared_ptr<const ServingSession> session;
    PackedSequences history; // what the model was given: before the held-out event
    std::shared_ptr<const AttentionMaps> maps;
    std::int64_t historyLength = 0; // before the cut to the model's length
    std::vector<QString> titles; // [length] of the events in the maps
    std::vector<QString> gaps; // [length], "" for the first; empty without times
    std::vector<AttentionMaps::HeadSummary> heads; // [layers * heads]
    std::int64_t thumbnailSize = 0;
    std::vector<std::vector<float>> thumbnails; // [layers * heads][thumbnailSize²], as pooledHead()
    struct Item {
        std::int32_t prepared = -1;
        int dataset = -1;
        QString title;
        float score = 0.0f;
    };
    std::vector<Item> recommendations;
    Item target; // the held-out item, prepared -1 when there is none
    // Ranks after the embedding and each layer, items of the history left out as in the list.
    std::vector<double> targetRanks;
    std::vector<std::vector<double>> recommendationRanks; // the same for each recommendation
};

// Error{NotFound} when the user is not in the run's data.
std::shared_ptr<const AttentionData> loadAttention(
    Workspace& workspace, const RunId& run, int datasetUser, Progress& progress);

} // namespace recoscope
