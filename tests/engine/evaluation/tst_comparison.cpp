// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/comparison.h"

#include <map>

#include <gtest/gtest.h>

#include "engine/core/error.h"

namespace recoscope {
namespace {

std::vector<UserPair> samplePairs()
{
    std::vector<UserPair> pairs;
    for (int i = 0; i < 60; ++i)
        pairs.push_back({3 + i, i % 30, double(1 + i % 20), double(1 + (i * 7) % 15)});
    return pairs;
}

TEST(Comparison, MeansDifferencesAndSlicesAgree)
{
    const auto pairs = samplePairs();
    const Comparison c = comparePairs(pairs, "hr@10");
    double a = 0.0, b = 0.0;
    for (const UserPair& p : pairs) {
        a += p.rankA <= 10 ? 1 : 0;
        b += p.rankB <= 10 ? 1 : 0;
    }
    EXPECT_DOUBLE_EQ(c.meanA, a / 60);
    EXPECT_DOUBLE_EQ(c.meanB, b / 60);
    EXPECT_NEAR(c.test.meanDifference, (b - a) / 60, 1e-12);
    std::map<std::string, double> difference;
    std::map<std::string, std::int64_t> users;
    for (const SliceComparison& s : c.slices) {
        difference[s.group] += s.test.mean * double(s.users);
        users[s.group] += s.users;
        EXPECT_GE(s.holmP, s.test.p);
    }
    for (const char* group : {"history length", "target popularity"}) {
        EXPECT_EQ(users[group], 60) << group;
        EXPECT_NEAR(difference[group], b - a, 1e-9) << group;
    }
}

TEST(Comparison, OfARunWithItself)
{
    std::vector<UserPair> pairs = samplePairs();
    for (UserPair& p : pairs)
        p.rankB = p.rankA;
    const Comparison c = comparePairs(pairs, "mrr");
    EXPECT_EQ(c.test.meanDifference, 0.0);
    EXPECT_EQ(c.test.tP, 1.0);
    EXPECT_EQ(c.test.wilcoxonP, 1.0);
    EXPECT_EQ(c.test.permutationP, 1.0);
}

TEST(Comparison, RefusesMetricsOfWholeRuns)
{
    EXPECT_THROW(comparePairs(samplePairs(), "coverage@10"), Error);
}

} // namespace
} // namespace recoscope
