// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/row_metrics.h"

#include <algorithm>
#include <cmath>

namespace recoscope {

namespace {

// DCG of a list whose first `targets` places, at most k, are hits.
double fullDcg(std::int64_t targets, int k)
{
    double sum = 0.0;
    for (std::int64_t rank = 1; rank <= std::min<std::int64_t>(targets, k); ++rank)
        sum += 1.0 / std::log2(static_cast<double>(rank) + 1.0);
    return sum;
}

} // namespace

RowMetrics::RowMetrics(const Protocol& protocol)
    : m_cuts(protocol.metricsAt)
    , m_rule(protocol.scoreTies)
    , m_sums(m_cuts.size())
{
}

void RowMetrics::add(std::span<const TargetRank> distinct, std::int64_t rows)
{
    const auto targets = static_cast<std::int64_t>(distinct.size());
    for (std::size_t cut = 0; cut < m_cuts.size(); ++cut) {
        const int k = m_cuts[cut];
        const TargetMetrics m = targetMetrics(distinct, m_rule, k);
        const double hits = m.recall * static_cast<double>(targets);
        m_sums[cut].recallRows += hits / static_cast<double>(rows);
        m_sums[cut].recallCapped += hits / static_cast<double>(std::min<std::int64_t>(rows, k));
        m_sums[cut].dcg += m.ndcg * fullDcg(targets, k);
        m_sums[cut].idealDcg += fullDcg(rows, k);
    }
    ++m_users;
}

void RowMetrics::finish(MetricSummary& summary) const
{
    for (std::size_t cut = 0; m_users > 0 && cut < m_cuts.size(); ++cut) {
        const std::string at = "@" + std::to_string(m_cuts[cut]);
        summary.values["recall_rows" + at] = m_sums[cut].recallRows / static_cast<double>(m_users);
        summary.values["recall_capped" + at] = m_sums[cut].recallCapped / static_cast<double>(m_users);
        summary.values["ndcg_pooled" + at] = m_sums[cut].dcg / m_sums[cut].idealDcg;
    }
}

} // namespace recoscope
