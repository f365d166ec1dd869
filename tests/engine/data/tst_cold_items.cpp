// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// cold_items: items that nobody has met before they are to be predicted.

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "interaction_table.h"

namespace recoscope {
namespace {

constexpr int users = 300, events = 6, items = 200;

std::shared_ptr<const PreparedData> prepared(const std::string& share, const std::string& split = "leave_one_out")
{
    testing::InteractionTable table;
    for (int user = 0; user < users; ++user)
        for (int i = 0; i < events; ++i)
            table.add("u" + std::to_string(user), "i" + std::to_string((user * 7 + i * i * 3) % items),
                1000 + user + i * 500);
    Protocol protocol = testing::plainProtocol();
    protocol.set("split", split);
    protocol.set("cold_items", share);
    return table.prepare(protocol);
}

// Those that no training event names.
std::set<std::int32_t> coldOf(const PreparedData& data)
{
    std::set<std::int32_t> cold;
    for (std::int32_t item = 0; item < data.items(); ++item)
        if (data.trainCounts()[static_cast<std::size_t>(item)] == 0)
            cold.insert(item);
    return cold;
}

TEST(ColdItems, StandNowhereButAmongTheTestTargets)
{
    const auto all = prepared("none"), held = prepared("0.1:5");
    ASSERT_TRUE(coldOf(*all).empty());
    ASSERT_EQ(held->items(), all->items()) << "they can be recommended";
    const std::set<std::int32_t> cold = coldOf(*held);
    EXPECT_NEAR(static_cast<double>(cold.size()), 20.0, 17.0); // four standard deviations
    ASSERT_FALSE(cold.empty());
    const auto isCold = [&](std::int32_t item) { return cold.contains(item); };
    std::int64_t coldTargets = 0;
    ASSERT_EQ(held->evaluatedUsers(SplitPart::Test), all->evaluatedUsers(SplitPart::Test));
    for (const std::int32_t user : held->evaluatedUsers(SplitPart::Test)) {
        const EvaluationCase before = all->evaluationCase(SplitPart::Test, user),
                             now = held->evaluationCase(SplitPart::Test, user);
        ASSERT_EQ(now.targets[0], before.targets[0]) << "the question is the same";
        ASSERT_EQ(now.targetTime, before.targetTime);
        coldTargets += isCold(now.targets[0]);
        std::vector<std::int32_t> left;
        std::vector<std::int64_t> times;
        for (std::size_t i = 0; i < before.history.size(); ++i)
            if (!isCold(before.history[i])) {
                left.push_back(before.history[i]);
                times.push_back(before.times[i]);
            }
        ASSERT_TRUE(std::equal(left.begin(), left.end(), now.history.begin(), now.history.end()));
        ASSERT_TRUE(std::equal(times.begin(), times.end(), now.times.begin(), now.times.end()));
    }
    EXPECT_GT(coldTargets, 0);
    for (const std::int32_t user : held->evaluatedUsers(SplitPart::Valid)) {
        const EvaluationCase valid = held->evaluationCase(SplitPart::Valid, user);
        ASSERT_FALSE(isCold(valid.targets[0]));
        ASSERT_EQ(valid.targets[0], all->evaluationCase(SplitPart::Valid, user).targets[0]);
    }
    EXPECT_LT(held->evaluatedUsers(SplitPart::Valid).size(), all->evaluatedUsers(SplitPart::Valid).size());
}

TEST(ColdItems, AreDroppedFromBothSidesOfACutInTime)
{
    const auto held = prepared("0.1:5", "global_time:0.8");
    const std::set<std::int32_t> cold = coldOf(*held);
    ASSERT_FALSE(cold.empty());
    std::int64_t coldTargets = 0;
    for (const std::int32_t user : held->evaluatedUsers(SplitPart::Test)) {
        const EvaluationCase one = held->evaluationCase(SplitPart::Test, user);
        ASSERT_FALSE(one.history.empty());
        for (const std::int32_t item : one.history)
            ASSERT_FALSE(cold.contains(item));
        coldTargets += cold.contains(one.targets[0]);
    }
    EXPECT_GT(coldTargets, 0);
}

TEST(ColdItems, WhoHasMetNothingElseIsNotAsked)
{
    const auto held = prepared("1");
    EXPECT_TRUE(held->evaluatedUsers(SplitPart::Test).empty());
    EXPECT_EQ(held->interactions(), users) << "the targets alone";
}

TEST(ColdItems, SeedsDiffer)
{
    EXPECT_EQ(coldOf(*prepared("0.1:5")), coldOf(*prepared("0.1:5")));
    EXPECT_NE(coldOf(*prepared("0.1:5")), coldOf(*prepared("0.1:6")));
}

} // namespace
} // namespace recoscope
