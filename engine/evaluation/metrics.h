// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ranking metrics. Formulas and tie rules: docs/metrics.md. With one target of (1-based) rank r:
// HR@k = [r <= k], NDCG@k = [r <= k] / log2(r + 1), MRR = 1 / r, recall@k = HR@k. With several targets: recall =
// hits / targets, HR = any hit, NDCG = DCG with gain 1 over the ideal DCG of min(k, targets), MRR = 1 / rank of the
// first hit. Value types and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/data/protocol.h"
#include "engine/store/records.h"

namespace recoscope {

// Rank of a target from how many items score above it and equal to it; `expected` averages the metric over the ranks
// it could have, so it is handled where metrics are computed.
struct TargetRank {
    std::int64_t greater = 0;
    std::int64_t equal = 0; // the target itself not counted
    std::int64_t equalBefore = 0; // with a lower item index
    // 1-based; for Expected the mean rank.
    double rank(ScoreTies rule) const;
};

double hitRate(const TargetRank& rank, ScoreTies rule, int k);
double ndcg(const TargetRank& rank, ScoreTies rule, int k);
// k = 0: no cut.
double reciprocalRank(const TargetRank& rank, ScoreTies rule, int k = 0);

struct TargetMetrics {
    double hr = 0.0, recall = 0.0, ndcg = 0.0, mrr = 0.0;
};
// All targets of one user. Tied targets take consecutive ranks: before the other tied items (optimistic), after them
// (pessimistic), by item index (lowest_id), or in any order (expected: the exact mean of each metric). k = 0: no cut.
TargetMetrics targetMetrics(std::span<const TargetRank> targets, ScoreTies rule, int k);

// Value of "hr@10", "recall@10", "ndcg@10", "mrr" or "mrr@10" at a stored 1-based rank. Error{NotFound} for a name
// that is not a function of the rank.
double metricAtRank(const std::string& metric, double rank);

// The parts of a metric's name: "ndcg@10" -> {"ndcg", 10}; "mrr" -> {"mrr", 0}. Nothing for other text.
struct MetricName {
    std::string base;
    int k = 0;
};
std::optional<MetricName> parseMetricName(const std::string& text);

// Mean and the half width of its 95 % interval: 1.96 * s / sqrt(n), s with n - 1.
struct MeanInterval {
    double mean = 0.0, halfWidth95 = 0.0;
};
MeanInterval meanInterval(std::span<const double> values);

// Groups of users by a whole number (history length, training count of the target).
struct SliceBins {
    std::string group; // "history length"
    std::vector<std::int64_t> upper; // inclusive upper ends, ascending; one open bin follows
    std::vector<std::string> names; // [upper + 1]
    std::size_t bin(std::int64_t value) const;
};
// <= 50, 51-100, 101-200, 201-500, > 500; data whose median is 20 or less gets <= 5, 6-10, 11-20, 21-50 first.
SliceBins historyLengthBins(std::span<const std::int64_t> lengths);
// 0, 1-9, 10-99, 100-999, >= 1000 training events of the target.
SliceBins popularityBins();

} // namespace recoscope
