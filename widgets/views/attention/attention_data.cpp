// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/attention_data.h"

#include <QCoreApplication>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "widgets/core/attention_reading.h"
#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

constexpr int recommendationCount = 10;
constexpr std::int64_t largestThumbnail = 96;

AttentionData::Item itemOf(const PreparedData& data, std::int32_t prepared, float score)
{
    const std::int32_t dataset = data.datasetItem(prepared);
    const std::string& title = data.dataset()->catalogue().titles()[static_cast<std::size_t>(dataset)];
    return {prepared, dataset, QString::fromStdString(title), score};
}

void readEvents(AttentionData& result, const PreparedData& data)
{
    for (const std::int32_t item : result.maps->items)
        result.titles.push_back(itemOf(data, item, 0).title);
    const std::vector<std::int64_t>& times = result.maps->times;
    for (std::size_t i = 0; i < times.size(); ++i)
        result.gaps.push_back(i == 0 ? QString() : format::gap(static_cast<double>(times[i] - times[i - 1])));
}

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
    for (const AttentionData::Item& item : result.recommendations)
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

void readRun(AttentionData& result, const Workspace& workspace)
{
    const RunRecord run = workspace.store().run(result.run);
    result.runName = QString::fromStdString(run.name);
    result.protocolHash = QString::fromStdString(run.protocolHash);
    result.seed = QString::number(run.seed);
}

} // namespace

std::shared_ptr<const AttentionData> loadAttention(
    Workspace& workspace, const RunId& run, int datasetUser, Progress& progress)
{
    auto result = std::make_shared<AttentionData>();
    result->run = run;
    result->datasetUser = datasetUser;
    readRun(*result, workspace);
    result->session = workspace.openSession(run, progress);
    const ServingSession& session = *result->session;
    const PreparedData& data = session.data();
    result->model = session.model().modelName();
    result->hasAttention = session.model().layers() > 0;
    if (!result->hasAttention)
        return result;
    const std::int32_t user = data.preparedUser(UserIndex{datasetUser});
    if (user < 0)
        throw Error(ErrorKind::NotFound, "This user was filtered away by the protocol of the run.",
            "Choose another user or a run with a weaker filter.");
    result->userName
        = QString::fromStdString(data.dataset()->catalogue().rawUsers()[static_cast<std::size_t>(datasetUser)]);
    const std::vector<std::int32_t>& tested = data.evaluatedUsers(SplitPart::Test);
    const bool isTested = std::binary_search(tested.begin(), tested.end(), user);
    if (isTested) {
        const EvaluationCase c = data.evaluationCase(SplitPart::Test, user);
        result->history.append(c.history, c.times);
        result->target = itemOf(data, c.targets.front(), 0);
    } else {
        result->history = session.historyOf(user);
    }
    const PackedView view = result->history.view();
    result->historyLength = view.events();
    progress.checkCancelled();
    result->maps = inspectAttention(session.model(), view);
    readEvents(*result, data);
    readHeads(*result, progress);
    for (const Recommendation& r : session.recommend(view, recommendationCount))
        result->recommendations.push_back(itemOf(data, r.item, r.score));
    readRanks(*result, view);
    return result;
}

} // namespace recoscope
