// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/popularity_baseline.h"

#include <algorithm>
#include <numeric>

#include "engine/evaluation/metrics.h"
#include "engine/evaluation/row_metrics.h"
#include "engine/evaluation/targets.h"

namespace recoscope {

namespace {

std::vector<std::int64_t> countEvents(const PreparedData& data, SplitPart part, PopularityCounts mode)
{
    std::vector<std::int64_t> counts = data.trainCounts();
    if (mode == PopularityCounts::Train)
        return counts;
    for (const std::int32_t user : data.evaluatedUsers(part)) {
        const auto history = data.evaluationCase(part, user).history;
        const auto trained = static_cast<std::size_t>(data.trainLength(user));
        for (std::size_t event = trained; event < history.size(); ++event)
            ++counts[history[event]];
    }
    return counts;
}

// Where a count stands among those of all items.
class PopularityOrder {
public:
    explicit PopularityOrder(std::vector<std::int64_t> counts)
        : m_counts(std::move(counts))
        , m_order(m_counts.size())
        , m_place(m_counts.size())
    {
        std::iota(m_order.begin(), m_order.end(), 0);
        std::stable_sort(m_order.begin(), m_order.end(),
            [this](std::int32_t a, std::int32_t b) { return m_counts[a] > m_counts[b]; });
        for (std::size_t place = 0; place < m_order.size(); ++place)
            m_place[m_order[place]] = static_cast<std::int64_t>(place);
    }

    std::int64_t items() const { return static_cast<std::int64_t>(m_order.size()); }

    // How the unmasked items compare with `target`, which is unmasked itself.
    TargetRank rank(std::int32_t target, std::span<const std::int32_t> masked) const
    {
        const auto more = [this](std::int32_t item, std::int64_t count) { return m_counts[item] > count; };
        const std::int64_t count = m_counts[target];
        const auto first = std::lower_bound(m_order.begin(), m_order.end(), count, more);
        const auto last = std::lower_bound(first, m_order.end(), count - 1, more);
        TargetRank rank{first - m_order.begin(), last - first - 1, m_place[target] - (first - m_order.begin())};
        for (const std::int32_t item : masked) {
            rank.greater -= m_counts[item] > count;
            rank.equal -= m_counts[item] == count;
            rank.equalBefore -= m_counts[item] == count && item < target;
        }
        return rank;
    }

private:
    std::vector<std::int64_t> m_counts;
    std::vector<std::int32_t> m_order; // items, most popular first, equal counts by index
    std::vector<std::int64_t> m_place; // position of each item in m_order
};

void addMean(MetricSummary& summary, const std::string& name, std::span<const double> values)
{
    const MeanInterval interval = meanInterval(values);
    summary.values[name] = interval.mean;
    summary.halfWidth95[name] = interval.halfWidth95;
}

MetricSummary summarise(const std::vector<std::vector<TargetRank>>& ranks, const Protocol& protocol)
{
    MetricSummary summary;
    summary.users = static_cast<std::int64_t>(ranks.size());
    std::vector<double> hr(ranks.size()), recall(ranks.size()), ndcg(ranks.size()), mrr(ranks.size());
    const auto compute = [&](int k) {
        for (std::size_t user = 0; user < ranks.size(); ++user) {
            const TargetMetrics metrics = targetMetrics(ranks[user], protocol.scoreTies, k);
            hr[user] = metrics.hr;
            recall[user] = metrics.recall;
            ndcg[user] = metrics.ndcg;
            mrr[user] = metrics.mrr;
        }
    };
    for (const int k : protocol.metricsAt) {
        compute(k);
        const std::string at = "@" + std::to_string(k);
        addMean(summary, "hr" + at, hr);
        addMean(summary, "recall" + at, recall);
        addMean(summary, "ndcg" + at, ndcg);
    }
    compute(0);
    addMean(summary, "mrr", mrr);
    return summary;
}

} // namespace

MetricSummary popularityBaseline(const PreparedData& data, SplitPart part, PopularityCounts counts, Progress& progress)
{
    const PopularityOrder order(countEvents(data, part, counts));
    std::vector<std::vector<TargetRank>> ranks;
    RowMetrics rows(data.protocol());
    for (const std::int32_t user : data.evaluatedUsers(part)) {
        if (ranks.size() % 1024 == 0)
            progress.checkCancelled();
        const EvaluationCase c = data.evaluationCase(part, user);
        const auto masked = hiddenItems(c, data, data.protocol());
        auto& ofUser = ranks.emplace_back();
        std::int64_t missed = missPlace(order.items() - static_cast<std::int64_t>(masked.size()), data.protocol());
        for (const std::int32_t target : distinctTargets(c.targets)) {
            const bool hidden = std::binary_search(masked.begin(), masked.end(), target);
            ofUser.push_back(hidden ? TargetRank{missed++, 0, 0} : order.rank(target, masked));
        }
        rows.add(ofUser, static_cast<std::int64_t>(c.targets.size()));
    }
    MetricSummary summary = summarise(ranks, data.protocol());
    if (data.protocol().targets == Targets::AllInWindow)
        rows.finish(summary);
    return summary;
}

} // namespace recoscope
