// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/popularity_baseline.h"

#include <cmath>

#include <gtest/gtest.h>

#include "../data/interaction_table.h"

namespace recoscope {
namespace {

// Training counts under leave-one-out: a 3, b 1, c 1, d 0, e 0. Test targets: u -> c, v -> d, w -> b.
testing::InteractionTable sample()
{
    testing::InteractionTable table;
    for (const auto& [user, items] : {std::pair<const char*, const char*>{"u", "abdc"}, {"v", "aced"}, {"w", "aeb"}}) {
        for (const char* item = items; *item; ++item)
            table.add(user, std::string(1, *item));
    }
    return table;
}

Protocol protocolWith(const char* ties, const char* mask = "history")
{
    Protocol protocol = testing::plainProtocol();
    protocol.set("score_ties", ties);
    protocol.set("mask_seen", mask);
    protocol.set("metrics_at", "1,2,3");
    return protocol;
}

MetricSummary baseline(const Protocol& protocol, SplitPart part, PopularityCounts counts)
{
    Progress progress;
    return popularityBaseline(*sample().prepare(protocol), part, counts, progress);
}

TEST(PopularityBaseline, ranksFollowTheTieRule)
{
    // u: c against e (0): 1. v: d against b (1): 2. w: b against c (1) and d (0): 2 pessimistic, 1 optimistic.
    const auto pessimistic = baseline(protocolWith("pessimistic"), SplitPart::Test, PopularityCounts::Train);
    EXPECT_EQ(pessimistic.users, 3);
    EXPECT_NEAR(pessimistic.values.at("hr@1"), 1.0 / 3.0, 1e-12);
    EXPECT_NEAR(pessimistic.values.at("hr@2"), 1.0, 1e-12);
    EXPECT_NEAR(pessimistic.values.at("ndcg@2"), (1.0 + 2.0 / std::log2(3.0)) / 3.0, 1e-12);
    EXPECT_NEAR(pessimistic.values.at("mrr"), 2.0 / 3.0, 1e-12);
    const auto optimistic = baseline(protocolWith("optimistic"), SplitPart::Test, PopularityCounts::Train);
    EXPECT_NEAR(optimistic.values.at("hr@1"), 2.0 / 3.0, 1e-12);
    const auto expected = baseline(protocolWith("expected"), SplitPart::Test, PopularityCounts::Train);
    EXPECT_NEAR(expected.values.at("hr@1"), 0.5, 1e-12);
    const auto lowest = baseline(protocolWith("lowest_id"), SplitPart::Test, PopularityCounts::Train);
    EXPECT_NEAR(lowest.values.at("hr@1"), 2.0 / 3.0, 1e-12); // b comes before c
}

TEST(PopularityBaseline, historyCountsTheValidationTargetsToo)
{
    // d, e and e become 1, 2: u: c against e: 2. v: d against b: 2 (tie). w: b against c and d: 3 (ties).
    const auto summary = baseline(protocolWith("pessimistic"), SplitPart::Test, PopularityCounts::History);
    EXPECT_NEAR(summary.values.at("hr@1"), 0.0, 1e-12);
    EXPECT_NEAR(summary.values.at("hr@2"), 2.0 / 3.0, 1e-12);
    EXPECT_NEAR(summary.values.at("mrr"), (0.5 + 0.5 + 1.0 / 3.0) / 3.0, 1e-12);
}

TEST(PopularityBaseline, nothingIsMaskedWithoutAMask)
{
    // a (3) stands before everything: u: c after a, tied with b: 3; v: d last of five; w: b tied with c: 3.
    const auto summary = baseline(protocolWith("pessimistic", "none"), SplitPart::Test, PopularityCounts::Train);
    EXPECT_NEAR(summary.values.at("hr@2"), 0.0, 1e-12);
    EXPECT_NEAR(summary.values.at("hr@3"), 2.0 / 3.0, 1e-12);
    EXPECT_NEAR(summary.values.at("mrr"), (2.0 / 3.0 + 1.0 / 5.0) / 3.0, 1e-12);
}

TEST(PopularityBaseline, aMaskedTargetIsAMiss)
{
    testing::InteractionTable table;
    for (const char* item : {"a", "b", "c", "a"})
        table.add("u", item);
    Progress progress;
    const auto summary = popularityBaseline(
        *table.prepare(protocolWith("optimistic")), SplitPart::Test, PopularityCounts::Train, progress);
    // All three items are masked, and nothing is a hit where there is nothing to list.
    EXPECT_EQ(summary.values.at("hr@1"), 0.0);
    EXPECT_EQ(summary.values.at("hr@3"), 0.0);
    EXPECT_EQ(summary.values.at("mrr"), 1.0 / 11.0); // epochs are chosen by ndcg@10
    table.add("v", "d");
    const auto more = popularityBaseline(
        *table.prepare(protocolWith("optimistic")), SplitPart::Test, PopularityCounts::Train, progress);
    EXPECT_EQ(more.values.at("hr@3"), 0.0);
}

} // namespace
} // namespace recoscope
