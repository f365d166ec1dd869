// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/attention_data.h"

#include <algorithm>

#include "engine/inspection/state.h"
#include "engine/models/compressed_history.h"
#include "widgets/core/attention_reading.h"

namespace recoscope {

namespace {

constexpr int recommendationCount = 10;
constexpr std::int64_t largestThumbnail = 96;

void readHeads(AttentionData& result, Progress& progress)
{
    const AttentionMaps& maps = *result.maps;
    result.thumbnailSize = std::min(largestThumbnail, maps.length);
    for (std::int64_t layer = 0; layer < maps.layers; ++layer) {
        for (std::int64_t head = 0; head < maps.heads; ++head) {
            progress.checkCancelled();
            result.heads.push_back(maps.summary(layer, head));
            result.thumbnails.push_back(pooledHead(maps, layer, head, largestThumbnail));
        }
    }
}

void readRanks(AttentionData& result, const PackedView& history)
{
    std::vector<std::int32_t> items;
    for (const InspectedItem& item : result.recommendations)
        items.push_back(item.prepared);
    const bool hasTarget = result.target.prepared >= 0;
    if (hasTarget)
        items.push_back(result.target.prepared);
    result.recommendationRanks = ranksByLayer(result.session->model(), history, items, true);
    if (hasTarget) {
        result.targetRanks = std::move(result.recommendationRanks.back());
        result.recommendationRanks.pop_back();
    }
}

} // namespace

std::shared_ptr<const AttentionData> loadAttention(
    Workspace& workspace, const RunId& run, int datasetUser, Progress& progress)
{
    auto result = std::make_shared<AttentionData>();
    static_cast<InspectedRun&>(*result) = openInspected(workspace, run, progress);
    const ServingSession& session = *result->session;
    result->hasAttention = session.model().layers() > 0;
    if (!result->hasAttention) {
        result->elsewhere = keepsState(session.model()) ? AttentionData::Elsewhere::State
            : compressedHistory(session.model())        ? AttentionData::Elsewhere::Tokens
                                                        : AttentionData::Elsewhere::Nowhere;
        return result;
    }
    readUser(*result, datasetUser);
    const PackedView view = result->history.view();
    progress.checkCancelled();
    result->maps = inspectAttention(session.model(), view);
    result->titles = itemTitles(session.data(), result->maps->items);
    result->gaps = timeGaps(result->maps->times);
    readHeads(*result, progress);
    for (const Recommendation& r : session.recommend(view, recommendationCount))
        result->recommendations.push_back(inspectedItem(session.data(), r.item, r.score));
    readRanks(*result, view);
    return result;
}

} // namespace recoscope
