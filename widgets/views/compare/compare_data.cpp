// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/compare_data.h"

#include <QCoreApplication>

#include <algorithm>

#include "engine/data/catalogue.h"

namespace recoscope {

namespace {

void nameUsers(CompareData& result, Workspace& workspace, Progress& progress)
{
    const auto data = workspace.prepareData(result.a.dataset, Protocol::fromJson(result.a.protocol), progress);
    const std::vector<std::string>& raw = data->dataset()->catalogue().rawUsers();
    for (const PairedUser& user : result.users) {
        result.datasetUser.push_back(data->datasetUser(user.user));
        result.names.push_back(QString::fromStdString(raw[static_cast<std::size_t>(result.datasetUser.back())]));
    }
}

std::vector<UserMetricRow> rowsOf(const std::vector<UserResult>& users)
{
    std::vector<UserMetricRow> rows;
    for (const UserResult& user : users)
        rows.push_back({user.user, user.target, user.rank, static_cast<std::int32_t>(user.historyLength),
            static_cast<std::int32_t>(user.targetPopularity)});
    return rows;
}

RankingOptions listsOnly(int k)
{
    RankingOptions options;
    options.depth = k;
    options.listMetrics = false;
    options.slices = false;
    options.taskMetrics = false;
    return options;
}

} // namespace

const std::vector<std::string>& comparedMetrics()
{
    static const std::vector<std::string> metrics{"ndcg@10", "hr@10", "ndcg@50", "hr@50", "mrr"};
    return metrics;
}

RankedAgainPtr rankAgain(Workspace& workspace, const RunRecord& run, const Protocol& protocol, Progress& progress)
{
    auto again = std::make_shared<RankedAgain>();
    RankingOptions options;
    options.depth = 0;
    options.slices = false;
    const RankingResult result = workspace.evaluate(run.id, protocol, options, progress);
    again->run = run;
    again->run.protocol = protocol.toJson();
    again->run.protocolHash = protocol.hash();
    again->run.test = result.metrics.values;
    again->run.testHalfWidth = result.metrics.halfWidth95;
    const std::string words = QCoreApplication::translate("Compare", "evaluated again").toStdString();
    again->run.remark = run.remark.empty() ? words : run.remark + ", " + words;
    again->users = rowsOf(result.users);
    return again;
}

std::shared_ptr<const CompareData> loadComparison(
    Workspace& workspace, const RunRecord& a, const RunRecord& b, const RankedAgainPtr& again, Progress& progress)
{
    auto result = std::make_shared<CompareData>();
    result->a = a;
    result->b = b;
    const Store& store = workspace.store();
    result->users = pairUsers(
        store.userMetrics(a.id, SplitPart::Test), again ? again->users : store.userMetrics(b.id, SplitPart::Test));
    progress.checkCancelled();
    nameUsers(*result, workspace, progress);
    return result;
}

ListOverlap computeOverlap(Workspace& workspace, const RunRecord& a, const RunRecord& b, int k, Progress& progress)
{
    const RankingResult first = workspace.evaluate(a.id, Protocol::fromJson(a.protocol), listsOnly(k), progress);
    const RankingResult second = workspace.evaluate(b.id, Protocol::fromJson(b.protocol), listsOnly(k), progress);
    return listOverlap(first.topItems, second.topItems, first.depth, k);
}

std::map<RunId, std::vector<LatencyRow>> loadLatency(
    const Workspace& workspace, const std::vector<RunId>& runs, Progress& progress)
{
    std::map<RunId, std::vector<LatencyRow>> result;
    for (const RunId& run : runs) {
        progress.checkCancelled();
        auto rows = latestRows(run, workspace.store().latency(run));
        if (!rows.empty())
            result.emplace(run, std::move(rows));
    }
    return result;
}

MachineKey commonMachine(const std::map<RunId, std::vector<LatencyRow>>& rows)
{
    struct Votes {
        std::size_t runs = 0;
        std::string newest;
    };
    std::map<std::string, Votes> votes;
    for (const auto& [run, list] : rows) {
        for (const LatencyRow& row : list) {
            Votes& vote = votes[row.machine.text];
            ++vote.runs;
            vote.newest = std::max(vote.newest, row.measured);
        }
    }
    const auto best = std::max_element(votes.begin(), votes.end(), [](const auto& x, const auto& y) {
        return std::tie(x.second.runs, x.second.newest) < std::tie(y.second.runs, y.second.newest);
    });
    return best == votes.end() ? MachineKey() : MachineKey{best->first};
}

} // namespace recoscope
