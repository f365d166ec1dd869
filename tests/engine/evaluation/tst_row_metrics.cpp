// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/row_metrics.h"

#include <cmath>

#include <gtest/gtest.h>

namespace recoscope {
namespace {

constexpr double rowTolerance = 1e-14;
const double secondPlace = 1.0 / std::log2(3.0); // discount of the secondPlace place

Protocol rowCuts(const std::string& at, const std::string& ties = "pessimistic")
{
    Protocol protocol;
    protocol.set("metrics_at", at);
    protocol.set("score_ties", ties);
    return protocol;
}

// One user with targets at the ranks 1 and 4, the first of them twice; another with one at rank 2.
TEST(RowMetrics, TwoUsersByHand)
{
    RowMetrics rows(rowCuts("2,3,4"));
    const TargetRank several[] = {{0, 0, 0}, {3, 0, 0}}, one[] = {{1, 0, 0}};
    rows.add(several, 3);
    rows.add(one, 1);
    MetricSummary summary;
    rows.finish(summary);
    // Cut 2: one hit of three rows, and one of one; at most two could be hit.
    EXPECT_NEAR(summary.at("recall_rows@2"), (1.0 / 3 + 1) / 2, rowTolerance);
    EXPECT_NEAR(summary.at("recall_capped@2"), (1.0 / 2 + 1) / 2, rowTolerance);
    EXPECT_NEAR(summary.at("ndcg_pooled@2"), (1 + secondPlace) / (1 + secondPlace + 1), rowTolerance);
    // Cut 3: the ideal list of three rows is full.
    EXPECT_NEAR(summary.at("recall_capped@3"), (1.0 / 3 + 1) / 2, rowTolerance);
    EXPECT_NEAR(summary.at("ndcg_pooled@3"), (1 + secondPlace) / (1 + secondPlace + 0.5 + 1), rowTolerance);
    // Cut 4: both items of the first user, yet two of three rows.
    EXPECT_NEAR(summary.at("recall_rows@4"), (2.0 / 3 + 1) / 2, rowTolerance);
    EXPECT_NEAR(summary.at("ndcg_pooled@4"), (1 + 1 / std::log2(5.0) + secondPlace) / (1 + secondPlace + 0.5 + 1),
        rowTolerance);
    EXPECT_EQ(summary.values.size(), 9u);
    EXPECT_TRUE(summary.halfWidth95.empty());
}

// Where every user has one target, all definitions of recall agree, and pooling changes nothing.
TEST(RowMetrics, OneTargetEachIsTheUsualMetric)
{
    for (const std::string ties : {"pessimistic", "optimistic", "expected", "lowest_id"}) {
        RowMetrics rows(rowCuts("3", ties));
        const TargetRank ranks[] = {{0, 0, 0}, {1, 2, 1}, {9, 0, 0}};
        double recall = 0.0, gain = 0.0;
        for (const TargetRank& rank : ranks) {
            rows.add({&rank, 1}, 1);
            recall += hitRate(rank, rowCuts("3", ties).scoreTies, 3) / 3;
            gain += ndcg(rank, rowCuts("3", ties).scoreTies, 3) / 3;
        }
        MetricSummary summary;
        rows.finish(summary);
        EXPECT_NEAR(summary.at("recall_rows@3"), recall, rowTolerance) << ties;
        EXPECT_NEAR(summary.at("recall_capped@3"), recall, rowTolerance) << ties;
        EXPECT_NEAR(summary.at("ndcg_pooled@3"), gain, rowTolerance) << ties;
    }
}

TEST(RowMetrics, NobodyGivesNothing)
{
    MetricSummary summary;
    RowMetrics(rowCuts("3")).finish(summary);
    EXPECT_TRUE(summary.values.empty());
}

} // namespace
} // namespace recoscope
