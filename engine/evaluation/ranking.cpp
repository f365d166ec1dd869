// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/ranking.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <optional>

#include "engine/core/error.h"
#include "engine/evaluation/block_ranking.h"
#include "engine/evaluation/feedback_metrics.h"
#include "engine/evaluation/list_metrics.h"
#include "engine/evaluation/row_metrics.h"
#include "engine/evaluation/targets.h"
#include "engine/models/listing_model.h"

namespace recoscope {

namespace {

std::vector<std::int32_t> usersToRank(const PreparedData& data, const RankingOptions& options)
{
    const std::vector<std::int32_t>& all = data.evaluatedUsers(options.part);
    if (options.onlyUsers.empty())
        return all;
    std::vector<std::int32_t> users = options.onlyUsers;
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    for (std::int32_t user : users)
        if (!std::binary_search(all.begin(), all.end(), user))
            throw Error(ErrorKind::NotFound,
                "user " + std::to_string(user) + " has no target in the " + splitPartName(options.part) + " part",
                "choose a user with at least three events");
    return users;
}

std::vector<std::string> userMetricNames(const Protocol& protocol)
{
    std::vector<std::string> names;
    for (int k : protocol.metricsAt) {
        const std::string at = "@" + std::to_string(k);
        names.push_back("hr" + at);
        if (protocol.targets == Targets::AllInWindow)
            names.push_back("recall" + at);
        names.push_back("ndcg" + at);
    }
    names.push_back("mrr");
    return names;
}

// In the order of userMetricNames.
void appendUserMetrics(std::span<const TargetRank> targets, const Protocol& protocol, double* out)
{
    for (int k : protocol.metricsAt) {
        const TargetMetrics m = targetMetrics(targets, protocol.scoreTies, k);
        *out++ = m.hr;
        if (protocol.targets == Targets::AllInWindow)
            *out++ = m.recall;
        *out++ = m.ndcg;
    }
    *out = targetMetrics(targets, protocol.scoreTies, 0).mrr;
}

double bestRank(std::span<const TargetRank> targets, ScoreTies rule)
{
    double best = targets.front().rank(rule);
    for (const TargetRank& t : targets)
        best = std::min(best, t.rank(rule));
    return best;
}

// Column means over the users whose positions are given.
MetricSummary summarise(const RankingResult& result, std::span<const std::size_t> positions, const Protocol& protocol)
{
    MetricSummary summary;
    summary.users = static_cast<std::int64_t>(positions.size());
    const std::size_t columns = result.userMetricNames.size();
    std::vector<double> values(positions.size());
    for (std::size_t column = 0; column < columns; ++column) {
        for (std::size_t i = 0; i < positions.size(); ++i)
            values[i] = result.userMetrics[positions[i] * columns + column];
        const MeanInterval interval = meanInterval(values);
        summary.values[result.userMetricNames[column]] = interval.mean;
        summary.halfWidth95[result.userMetricNames[column]] = interval.halfWidth95;
    }
    if (protocol.targets == Targets::Next) { // one target: recall is the hit rate
        for (int k : protocol.metricsAt) {
            const std::string at = "@" + std::to_string(k);
            summary.values["recall" + at] = summary.values["hr" + at];
            summary.halfWidth95["recall" + at] = summary.halfWidth95["hr" + at];
        }
    }
    return summary;
}

std::vector<MetricSlice> sliceBy(
    const SliceBins& bins, std::int64_t UserResult::*value, const RankingResult& result, const Protocol& protocol)
{
    std::vector<std::vector<std::size_t>> members(bins.names.size());
    for (std::size_t i = 0; i < result.users.size(); ++i)
        members[bins.bin(result.users[i].*value)].push_back(i);
    std::vector<MetricSlice> slices;
    for (std::size_t b = 0; b < members.size(); ++b)
        if (!members[b].empty())
            slices.push_back({bins.group, bins.names[b], static_cast<std::int64_t>(members[b].size()),
                summarise(result, members[b], protocol)});
    return slices;
}

void addSlices(RankingResult& result, const Protocol& protocol)
{
    std::vector<std::int64_t> lengths;
    for (const UserResult& user : result.users)
        lengths.push_back(user.historyLength);
    result.slices = sliceBy(historyLengthBins(lengths), &UserResult::historyLength, result, protocol);
    const auto more = sliceBy(popularityBins(), &UserResult::targetPopularity, result, protocol);
    result.slices.insert(result.slices.end(), more.begin(), more.end());
}

// One ranking of everyone asked for, block by block.
class Pass {
public:
    Pass(const TrainedModel& model, const PreparedData& data, const Protocol& protocol, const RankingOptions& options)
        : m_model(model)
        , m_data(data)
        , m_protocol(protocol)
        , m_options(options)
        , m_users(usersToRank(data, options))
        , m_ranker(model, data, protocol)
    {
        const bool lists = options.listMetrics && !protocol.metricsAt.empty();
        const int longest = lists ? *std::max_element(protocol.metricsAt.begin(), protocol.metricsAt.end()) : 0;
        m_rankedDepth = std::max<std::int64_t>(options.depth, longest);
        if (lists)
            m_lists.emplace(data, protocol.metricsAt, static_cast<std::int64_t>(m_users.size()));
        if (protocol.targets == Targets::AllInWindow)
            m_rows.emplace(protocol);
    }

    RankingResult run(Progress& progress)
    {
        prepareResult();
        const std::vector<std::size_t> order = shortestFirst();
        for (std::size_t begin = 0; begin < order.size();) {
            progress.checkCancelled();
            const std::size_t end = blockEnd(order, begin);
            rankPositions(std::span(order).subspan(begin, end - begin));
            begin = end;
            progress.update(double(begin) / double(order.size()),
                std::string("Ranking ") + splitPartName(m_options.part) + " · " + std::to_string(begin) + " / "
                    + std::to_string(order.size()) + " users");
        }
        std::vector<std::size_t> everyone(m_users.size());
        std::iota(everyone.begin(), everyone.end(), std::size_t(0));
        m_result.metrics = summarise(m_result, everyone, m_protocol);
        if (m_lists)
            m_lists->finish(m_result.metrics);
        if (m_rows)
            m_rows->finish(m_result.metrics);
        if (m_options.taskMetrics)
            addTaskMetrics(m_result.metrics, m_model, m_data, m_options.part, m_users, progress);
        if (m_options.slices)
            addSlices(m_result, m_protocol);
        return std::move(m_result);
    }

private:
    void prepareResult()
    {
        m_result.userMetricNames = userMetricNames(m_protocol);
        m_result.users.resize(m_users.size());
        m_result.userMetrics.resize(m_users.size() * m_result.userMetricNames.size());
        m_result.depth = m_options.depth;
        const std::size_t kept = m_users.size() * static_cast<std::size_t>(std::max<std::int64_t>(0, m_options.depth));
        m_result.topItems.assign(kept, -1);
        m_result.topScores.assign(kept, -std::numeric_limits<float>::infinity());
    }

    // Histories of one length together keep the encoder's blocks even.
    std::vector<std::size_t> shortestFirst() const
    {
        std::vector<std::int64_t> lengths(m_users.size());
        for (std::size_t i = 0; i < m_users.size(); ++i) {
            const EvaluationCase c = m_data.evaluationCase(m_options.part, m_users[i]);
            lengths[i] = std::min<std::int64_t>(static_cast<std::int64_t>(c.history.size()), m_protocol.maxLength);
        }
        std::vector<std::size_t> order(m_users.size());
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return lengths[a] < lengths[b]; });
        return order;
    }

    std::size_t blockEnd(const std::vector<std::size_t>& order, std::size_t begin) const
    {
        constexpr std::int64_t mostEvents = 32768; // keeps an encoder's block within the cancellation time
        const auto most = static_cast<std::size_t>(std::min(m_options.blockUsers, m_ranker.affordableUsers()));
        std::int64_t events = 0;
        std::size_t end = begin;
        while (end < order.size() && end - begin < std::max<std::size_t>(1, most)) {
            const EvaluationCase c = m_data.evaluationCase(m_options.part, m_users[order[end]]);
            events += std::min<std::int64_t>(static_cast<std::int64_t>(c.history.size()), m_protocol.maxLength);
            if (events > mostEvents && end > begin)
                break;
            ++end;
        }
        return end;
    }

    void rankPositions(std::span<const std::size_t> positions)
    {
        std::vector<EvaluationCase> cases;
        std::vector<std::vector<std::int32_t>> distinct(positions.size());
        std::vector<std::int64_t> rows;
        for (std::size_t i = 0; i < positions.size(); ++i) {
            cases.push_back(m_data.evaluationCase(m_options.part, m_users[positions[i]]));
            rows.push_back(static_cast<std::int64_t>(cases[i].targets.size()));
            distinct[i] = distinctTargets(cases[i].targets);
            cases[i].targets = distinct[i];
            cases[i].targetFeedback = {}; // has a value a row
            cases[i].targetMarks = {}; // likewise
        }
        const std::vector<RankedUser> ranked = m_ranker.rank(cases, m_rankedDepth);
        for (std::size_t i = 0; i < positions.size(); ++i) {
            keep(positions[i], cases[i], ranked[i]);
            if (m_rows)
                m_rows->add(ranked[i].targets, rows[i]);
        }
    }

    void keep(std::size_t position, const EvaluationCase& c, const RankedUser& ranked)
    {
        UserResult& user = m_result.users[position];
        user.user = c.user;
        user.target = c.targets.front();
        user.rank = bestRank(ranked.targets, m_protocol.scoreTies);
        user.historyLength = static_cast<std::int64_t>(c.history.size());
        user.targetPopularity = m_data.trainCounts()[static_cast<std::size_t>(user.target)];
        const std::size_t columns = m_result.userMetricNames.size();
        appendUserMetrics(ranked.targets, m_protocol, m_result.userMetrics.data() + position * columns);
        const auto depth = static_cast<std::size_t>(std::max<std::int64_t>(0, m_options.depth));
        for (std::size_t j = 0; j < std::min(depth, ranked.items.size()); ++j) {
            m_result.topItems[position * depth + j] = ranked.items[j];
            m_result.topScores[position * depth + j] = ranked.scores[j];
        }
        if (m_lists)
            m_lists->add(static_cast<std::int64_t>(position), ranked.items);
    }

    const TrainedModel& m_model;
    const PreparedData& m_data;
    const Protocol& m_protocol;
    const RankingOptions& m_options;
    std::vector<std::int32_t> m_users;
    BlockRanker m_ranker;
    std::int64_t m_rankedDepth = 0;
    std::optional<ListMetrics> m_lists;
    std::optional<RowMetrics> m_rows; // where users have several targets
    RankingResult m_result;
};

std::shared_ptr<const TrainedModel> withLists(const TrainedModel& model, std::int64_t length)
{
    const auto* lists = dynamic_cast<const ListingModel*>(&model);
    if (!lists)
        throw Error(ErrorKind::Refused, model.modelName() + " scores every item and has no beam",
            "leave the width of the beam out");
    return lists->ofLength(length);
}

} // namespace

RankingResult rankAll(const TrainedModel& model, const PreparedData& data, const Protocol& protocol,
    const RankingOptions& options, Progress& progress)
{
    const auto start = std::chrono::steady_clock::now();
    const auto other = options.listLength > 0 ? withLists(model, options.listLength) : nullptr;
    RankingResult result = Pass(other ? *other : model, data, protocol, options).run(progress);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

} // namespace recoscope
