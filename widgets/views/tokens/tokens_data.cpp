// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/tokens_data.h"

#include <QCoreApplication>

#include <filesystem>

#include "engine/data/catalogue.h"
#include "engine/inspection/token_population.h"
#include "engine/models/compressed_history.h"
#include "engine/training/run_files.h"

namespace recoscope {

namespace {

constexpr int listLength = 10;

QString translate(const char* text)
{
    return QCoreApplication::translate("TokensData", text);
}

int longestUserOf(const PreparedData& data)
{
    const std::span<const std::int64_t> offsets = data.sequences().offsets;
    std::int64_t most = 0;
    int longest = -1;
    for (const std::int32_t user : data.evaluatedUsers(SplitPart::Test)) {
        const auto at = static_cast<std::size_t>(user);
        if (offsets[at + 1] - offsets[at] <= most)
            continue;
        most = offsets[at + 1] - offsets[at];
        longest = data.datasetUser(user);
    }
    return longest;
}

} // namespace

QString tokenName(const TokenMaps& maps, std::int64_t token)
{
    if (maps.segments < 2)
        return translate("token %1").arg(token + 1);
    return translate("token %1 of segment %2").arg(token % maps.shape.tokens + 1).arg(token / maps.shape.tokens + 1);
}

QString TokensData::rowTitle(int row) const
{
    const std::int32_t token = maps->rows.token[static_cast<std::size_t>(row)];
    return token >= 0 ? tokenName(*maps, token)
                      : titles[static_cast<std::size_t>(maps->rows.event[static_cast<std::size_t>(row)])];
}

ExportHeader TokensData::header(const QString& title) const
{
    return {title, run->protocolHash, run->seed};
}

std::shared_ptr<const TokensData> loadTokens(Workspace& workspace, const InspectRequest& request, Progress& progress)
{
    auto result = std::make_shared<TokensData>();
    lookInto(request, [&](int slot, const RunId& id) {
        result->slot = slot;
        InspectedRun run = openInspected(workspace, id, progress);
        const bool compresses = compressedHistory(run.session->model()) != nullptr;
        if (compresses) {
            readUser(run, request.user);
            progress.checkCancelled();
            if (run.historyLength > 0)
                result->maps = inspectTokens(run.session->model(), run.history.view());
        }
        result->run = std::make_shared<const InspectedRun>(std::move(run));
        return result->maps != nullptr;
    });
    if (!result->maps)
        return result;
    const PreparedData& data = result->run->data();
    if (result->maps->segments == 0)
        result->longestUser = longestUserOf(data);
    result->validationUsers = usersOfTokenPopulation(*result->run->session);
    result->sawValidation = std::filesystem::exists(refitWeightsFile(workspace.runFolder(result->run->run)));
    result->titles = itemTitles(data, result->maps->items);
    const std::vector<std::string>& categories = data.dataset()->catalogue().categories();
    for (const std::int32_t item : result->maps->items)
        result->categories.push_back(
            QString::fromStdString(categories[static_cast<std::size_t>(data.datasetItem(item))]));
    return result;
}

std::shared_ptr<const TokensWorth> loadWorth(const TokensData& data, Progress& progress)
{
    auto worth = std::make_shared<TokensWorth>();
    const InspectedRun& run = *data.run;
    const PackedView history = run.history.view();
    worth->readings = tokenReadings(*run.session, history, run.target.prepared, listLength, progress);
    for (const TokenReading& reading : worth->readings) {
        worth->lists.emplace_back();
        for (const Recommendation& one : reading.list)
            worth->lists.back().push_back(inspectedItem(run.data(), one.item, one.score));
    }
    worth->savings = tokenSavings(*run.session, history, progress);
    return worth;
}

} // namespace recoscope
