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
#include "widgets/core/inspected_run.h"

namespace recoscope {

struct AttentionData : InspectedRun {
    bool hasAttention = false;
    // Of a model without such maps: the page that shows what it does instead.
    enum class Elsewhere { Nowhere, State, Tokens } elsewhere = Elsewhere::Nowhere;
    std::shared_ptr<const AttentionMaps> maps;
    std::vector<QString> titles; // [length] of the events in the maps
    std::vector<QString> gaps; // [length], "" for the first; empty without times
    std::vector<AttentionMaps::HeadSummary> heads; // [layers * heads]
    std::int64_t thumbnailSize = 0;
    std::vector<std::vector<float>> thumbnails; // [layers * heads][thumbnailSize²], as pooledHead()
    std::vector<InspectedItem> recommendations;
    // Ranks after the embedding and each layer, items of the history left out as in the list.
    std::vector<double> targetRanks;
    std::vector<std::vector<double>> recommendationRanks; // the same for each recommendation
};

// Error{NotFound} when the user is not in the run's data.
std::shared_ptr<const AttentionData> loadAttention(
    Workspace& workspace, const RunId& run, int datasetUser, Progress& progress);

} // namespace recoscope
