// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Feedback on its way from the file to a model: it stays with its event, and becomes classes.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/data/feedback_factors.h"
#include "interaction_table.h"

namespace recoscope {
namespace {

using testing::InteractionTable;
using testing::plainProtocol;

std::vector<float> values(std::span<const float> feedback)
{
    return {feedback.begin(), feedback.end()};
}

TEST(PreparedFeedback, staysWithItsEventThroughFilterTiesAndDuplicates)
{
    InteractionTable table;
    table.add("a", "2", 100, 2.0f);
    table.add("a", "1", 100, 1.0f); // ties go by item
    table.add("a", "1", 100, 5.0f); // exact duplicate: the first stays
    table.add("a", "9", 150, 9.0f); // item 9 has one event: filtered away
    table.add("a", "3", 200, 3.0f);
    table.add("b", "3", 50, 3.5f);
    table.add("b", "1", 10, 1.5f);
    table.add("b", "2", 90, 2.5f);
    Protocol protocol = plainProtocol();
    protocol.set("filter", "core:2");
    protocol.set("order_ties", "item");
    protocol.set("duplicates", "exact");
    const auto data = table.prepare(protocol);
    ASSERT_TRUE(data->hasFeedback());
    EXPECT_EQ(values(data->sequences().feedback), (std::vector<float>{1.0f, 2.0f, 3.0f, 1.5f, 3.5f, 2.5f}));
    const EvaluationCase c = data->evaluationCase(SplitPart::Test, 1);
    EXPECT_EQ(values(c.feedback), (std::vector<float>{1.5f, 3.5f}));
    EXPECT_EQ(values(c.targetFeedback), (std::vector<float>{2.5f}));
}

TEST(PreparedFeedback, isEmptyForDataWithout)
{
    InteractionTable table;
    for (const char* item : {"1", "2", "3", "4"})
        table.add("a", item, 1);
    const auto data = table.prepare(plainProtocol());
    EXPECT_FALSE(data->hasFeedback());
    EXPECT_TRUE(data->evaluationCase(SplitPart::Test, 0).feedback.empty());
    EXPECT_TRUE(FeedbackFactors::of(*data, 10, 4.0).empty());
}

// One user whose training events have the given feedback; two held-out events follow.
std::shared_ptr<const PreparedData> rated(const std::vector<float>& training, float heldOut)
{
    InteractionTable table;
    std::int64_t time = 0;
    for (const float value : training)
        table.add("a", std::to_string(time), time, value), ++time;
    for (int i = 0; i < 2; ++i, ++time)
        table.add("a", std::to_string(time), time, heldOut);
    return table.prepare(plainProtocol());
}

TEST(FeedbackFactors, everyValueIsALevelWhileTheyAreFew)
{
    const auto data = rated({3.0f, 1.0f, 3.0f, std::nanf(""), 4.5f}, 7.0f);
    const FeedbackFactors factors = FeedbackFactors::of(*data, 3, 0.0);
    ASSERT_EQ(factors.count(), 1u);
    EXPECT_EQ(factors.edges[0], (std::vector<float>{3.0f, 4.5f})) << "held-out values make no classes";
    EXPECT_EQ(factors.classes(0), 3);
    EXPECT_EQ(factors.classOf(0, 1.0f), 0);
    EXPECT_EQ(factors.classOf(0, 3.0f), 1);
    EXPECT_EQ(factors.classOf(0, 4.0f), 1);
    EXPECT_EQ(factors.classOf(0, 7.0f), 2);
    EXPECT_EQ(factors.classOf(0, std::nanf("")), -1);
}

TEST(FeedbackFactors, manyValuesBecomeClassesOfEqualSize)
{
    std::vector<float> plays;
    for (int i = 0; i < 100; ++i)
        plays.push_back(static_cast<float>(i));
    const FeedbackFactors even = FeedbackFactors::of(*rated(plays, 0.0f), 4, 0.0);
    EXPECT_EQ(even.edges[0], (std::vector<float>{25.0f, 50.0f, 75.0f}));
    std::fill_n(plays.begin(), 60, 1.0f); // one value fills more than two classes
    const FeedbackFactors skewed = FeedbackFactors::of(*rated(plays, 0.0f), 4, 0.0);
    EXPECT_EQ(skewed.edges[0], (std::vector<float>{75.0f}));
}

TEST(FeedbackFactors, aMarkIsASecondFactor)
{
    const auto data = rated({1.0f, 2.0f, 5.0f}, 3.0f);
    const FeedbackFactors factors = FeedbackFactors::of(*data, 10, 4.0);
    EXPECT_EQ(factors.names, (std::vector<std::string>{"level", "like"}));
    EXPECT_EQ(factors.classOf(1, 4.0f), 1);
    EXPECT_EQ(factors.classOf(1, 3.9f), 0);
    EXPECT_EQ(factors.allClasses(), 5);
    EXPECT_EQ(FeedbackFactors::of(*data, 10, 6.0).count(), 1u) << "nothing reaches the mark";
}

TEST(FeedbackFactors, theSameEverywhereIsNothingToLearn)
{
    EXPECT_TRUE(FeedbackFactors::of(*rated({1.0f, 1.0f, 1.0f}, 5.0f), 10, 1.0).empty());
}

} // namespace
} // namespace recoscope
