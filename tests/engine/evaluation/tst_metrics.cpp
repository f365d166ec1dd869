// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/metrics.h"

#include <cmath>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/evaluation/score_ranking.h"

namespace recoscope {
namespace {

constexpr double tiny = 1e-14;

TEST(Metrics, OneTargetWithoutTies)
{
    const TargetRank third{2, 0, 0};
    for (ScoreTies rule : {ScoreTies::Pessimistic, ScoreTies::Optimistic, ScoreTies::Expected, ScoreTies::LowestId}) {
        EXPECT_DOUBLE_EQ(third.rank(rule), 3.0);
        EXPECT_DOUBLE_EQ(hitRate(third, rule, 2), 0.0);
        EXPECT_DOUBLE_EQ(hitRate(third, rule, 3), 1.0);
        EXPECT_NEAR(ndcg(third, rule, 3), 0.5, tiny); // 1 / log2(4)
        EXPECT_NEAR(reciprocalRank(third, rule), 1.0 / 3.0, tiny);
        EXPECT_DOUBLE_EQ(reciprocalRank(third, rule, 2), 0.0);
    }
}

// One item above, three equal, one of them with a lower index: ranks 2 to 5 are possible.
TEST(Metrics, TieRulesByHand)
{
    const TargetRank tied{1, 3, 1};
    EXPECT_DOUBLE_EQ(tied.rank(ScoreTies::Optimistic), 2.0);
    EXPECT_DOUBLE_EQ(tied.rank(ScoreTies::Pessimistic), 5.0);
    EXPECT_DOUBLE_EQ(tied.rank(ScoreTies::LowestId), 3.0);
    EXPECT_DOUBLE_EQ(tied.rank(ScoreTies::Expected), 3.5);
    EXPECT_DOUBLE_EQ(hitRate(tied, ScoreTies::Expected, 3), 0.5); // ranks 2 and 3 of 2..5
    EXPECT_NEAR(reciprocalRank(tied, ScoreTies::Expected), (1.0 / 2 + 1.0 / 3 + 1.0 / 4 + 1.0 / 5) / 4, tiny);
    EXPECT_NEAR(ndcg(tied, ScoreTies::Expected, 3), (1.0 / std::log2(3.0) + 0.5) / 4, tiny);
}

TEST(Metrics, ExpectedLiesBetweenOptimisticAndPessimistic)
{
    for (std::int64_t greater : {0, 3, 9, 40})
        for (std::int64_t equal : {0, 1, 5, 30})
            for (int k : {1, 5, 10, 50}) {
                const TargetRank r{greater, equal, 0};
                const double low = ndcg(r, ScoreTies::Pessimistic, k), high = ndcg(r, ScoreTies::Optimistic, k);
                EXPECT_LE(low, ndcg(r, ScoreTies::Expected, k) + tiny);
                EXPECT_GE(high, ndcg(r, ScoreTies::Expected, k) - tiny);
            }
}

TEST(Metrics, SeveralTargetsByHand)
{
    // Targets at ranks 1 and 4, cut 3: one of two found.
    const TargetRank targets[] = {{0, 0, 0}, {3, 0, 0}};
    const TargetMetrics m = targetMetrics(targets, ScoreTies::LowestId, 3);
    EXPECT_DOUBLE_EQ(m.hr, 1.0);
    EXPECT_DOUBLE_EQ(m.recall, 0.5);
    EXPECT_DOUBLE_EQ(m.mrr, 1.0);
    EXPECT_NEAR(m.ndcg, 1.0 / (1.0 + 1.0 / std::log2(3.0)), tiny);
}

// Every order of a tie, counted out: the expected metrics must be the plain mean over the orders.
TEST(Metrics, SeveralTiedTargetsAreTheMeanOverAllOrders)
{
    // Two items above; a block of five equal items holds two targets; a third target stands at rank 9.
    const TargetRank tied{2, 4, 0}, last{8, 0, 0};
    const TargetRank targets[] = {tied, tied, last};
    for (int k : {1, 3, 4, 5, 8, 10}) {
        TargetMetrics sum;
        int orders = 0;
        for (int first = 0; first < 5; ++first)
            for (int second = first + 1; second < 5; ++second, ++orders) {
                const TargetRank a{2 + first, 0, 0}, b{2 + second, 0, 0};
                const TargetRank order[] = {a, b, last};
                const TargetMetrics m = targetMetrics(order, ScoreTies::LowestId, k);
                sum.hr += m.hr;
                sum.recall += m.recall;
                sum.ndcg += m.ndcg;
                sum.mrr += m.mrr;
            }
        const TargetMetrics expected = targetMetrics(targets, ScoreTies::Expected, k);
        EXPECT_NEAR(expected.hr, sum.hr / orders, tiny) << k;
        EXPECT_NEAR(expected.recall, sum.recall / orders, tiny) << k;
        EXPECT_NEAR(expected.ndcg, sum.ndcg / orders, tiny) << k;
        EXPECT_NEAR(expected.mrr, sum.mrr / orders, tiny) << k;
    }
}

TEST(Metrics, TiedTargetsTakeConsecutiveRanks)
{
    const TargetRank tied{0, 3, 0}, tiedLater{0, 3, 2};
    const TargetRank targets[] = {tied, tiedLater}; // two targets among four equal items
    EXPECT_DOUBLE_EQ(targetMetrics(targets, ScoreTies::Optimistic, 2).recall, 1.0);
    EXPECT_DOUBLE_EQ(targetMetrics(targets, ScoreTies::Pessimistic, 2).recall, 0.0);
    EXPECT_DOUBLE_EQ(targetMetrics(targets, ScoreTies::Pessimistic, 3).recall, 0.5);
    EXPECT_DOUBLE_EQ(targetMetrics(targets, ScoreTies::LowestId, 2).recall, 0.5);
}

TEST(Metrics, NamesAndStoredRanks)
{
    EXPECT_DOUBLE_EQ(metricAtRank("hr@10", 10), 1.0);
    EXPECT_DOUBLE_EQ(metricAtRank("hr@10", 11), 0.0);
    EXPECT_NEAR(metricAtRank("ndcg@10", 3), 0.5, tiny);
    EXPECT_DOUBLE_EQ(metricAtRank("mrr", 4), 0.25);
    for (const char* name : {"coverage@10", "ndcg", "hr@", "hr@x", "hr@0", "hr@-1", "", "@5"})
        EXPECT_THROW(metricAtRank(name, 1), Error) << name;
}

TEST(Metrics, IntervalOfTheMean)
{
    const double values[] = {1, 2, 3, 4};
    const MeanInterval m = meanInterval(values);
    EXPECT_DOUBLE_EQ(m.mean, 2.5);
    EXPECT_NEAR(m.halfWidth95, 1.96 * std::sqrt(5.0 / 3.0 / 4.0), tiny);
    EXPECT_DOUBLE_EQ(meanInterval(std::span(values, 1)).halfWidth95, 0.0);
    EXPECT_DOUBLE_EQ(meanInterval({}).mean, 0.0);
}

TEST(Metrics, SliceEdges)
{
    const std::int64_t longHistories[] = {40, 60, 300};
    const SliceBins bins = historyLengthBins(longHistories);
    EXPECT_EQ(bins.names, (std::vector<std::string>{"≤ 50", "51–100", "101–200", "201–500", "> 500"}));
    EXPECT_EQ(bins.bin(50), 0u);
    EXPECT_EQ(bins.bin(51), 1u);
    EXPECT_EQ(bins.bin(500), 3u);
    EXPECT_EQ(bins.bin(501), 4u);
    const std::int64_t shortHistories[] = {3, 4, 8};
    EXPECT_EQ(historyLengthBins(shortHistories).names.front(), "≤ 5");
    EXPECT_EQ(popularityBins().names, (std::vector<std::string>{"0", "1–9", "10–99", "100–999", "> 999"}));
}

TEST(ScoreRanking, MasksTiesAndInfinities)
{
    const float inf = std::numeric_limits<float>::infinity();
    const float scores[] = {1.0f, 3.0f, 3.0f, -0.0f, 0.0f, -inf, 9.0f};
    const std::int32_t masked[] = {6};
    std::vector<std::int32_t> order;
    for (const ScoredItem& s : topItems(scores, masked, 10))
        order.push_back(s.item);
    EXPECT_EQ(order, (std::vector<std::int32_t>{1, 2, 0, 3, 4, 5}));
    EXPECT_EQ(topItems(scores, masked, 2).size(), 2u);
    EXPECT_TRUE(topItems(scores, masked, 0).empty());
    const TargetRank second = rankInScores(scores, masked, 2);
    EXPECT_EQ(second.greater, 0);
    EXPECT_EQ(second.equal, 1);
    EXPECT_EQ(second.equalBefore, 1);
    EXPECT_EQ(rankInScores(scores, masked, 4).greater, 3);
    EXPECT_EQ(rankInScores(scores, masked, 4).equalBefore, 1);
}

} // namespace
} // namespace recoscope
