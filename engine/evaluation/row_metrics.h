// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Metrics of users with several targets in which a target counts as often as it came (docs/metrics.md, Rows of
// targets): what the code of the Yambda benchmark (arXiv 2505.22238) computes, beside the metrics of metrics.h, in
// which it counts once. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/evaluation/metrics.h"
#include "engine/store/records.h"

namespace recoscope {

class RowMetrics {
public:
    explicit RowMetrics(const Protocol& protocol);

    // Of one user: the ranks of the distinct targets, and how many target rows there are, repeats included.
    void add(std::span<const TargetRank> distinct, std::int64_t rows);
    // Adds recall_rows@k, recall_capped@k and ndcg_pooled@k; nothing when no user was added.
    void finish(MetricSummary& summary) const;

private:
    struct Sums {
        double recallRows = 0.0, recallCapped = 0.0, dcg = 0.0, idealDcg = 0.0;
    };

    std::vector<int> m_cuts;
    ScoreTies m_rule;
    std::vector<Sums> m_sums; // [cuts]
    std::int64_t m_users = 0;
};

} // namespace recoscope
