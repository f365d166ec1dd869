// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// train_users: fewer users to train on, the same ones evaluated.

#include <algorithm>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "interaction_table.h"

namespace recoscope {
namespace {

constexpr int users = 2000, events = 5;

std::shared_ptr<const PreparedData> prepared(const std::string& share)
{
    testing::InteractionTable table;
    for (int user = 0; user < users; ++user)
        for (int i = 0; i < events; ++i)
            table.add("u" + std::to_string(user), "i" + std::to_string((user + i * i) % 40));
    Protocol protocol = testing::plainProtocol();
    protocol.set("train_users", share);
    return table.prepare(protocol);
}

std::set<std::int32_t> trainedOn(const PreparedData& data)
{
    const std::vector<std::int32_t>& list = data.evaluatedUsers(SplitPart::Train);
    return {list.begin(), list.end()};
}

TEST(TrainUsers, AShareTrainsAndEveryoneIsEvaluated)
{
    const auto all = prepared("all"), quarter = prepared("0.25:7");
    // 500 expected; four standard deviations are 77.
    EXPECT_NEAR(static_cast<double>(trainedOn(*quarter).size()), 500.0, 77.0);
    EXPECT_EQ(trainedOn(*all).size(), static_cast<std::size_t>(users));
    EXPECT_EQ(quarter->items(), all->items());
    for (const SplitPart part : {SplitPart::Valid, SplitPart::Test}) {
        ASSERT_EQ(quarter->evaluatedUsers(part), all->evaluatedUsers(part));
        for (const std::int32_t user : all->evaluatedUsers(part)) {
            const EvaluationCase a = all->evaluationCase(part, user), b = quarter->evaluationCase(part, user);
            ASSERT_TRUE(std::equal(a.history.begin(), a.history.end(), b.history.begin(), b.history.end()));
            ASSERT_EQ(a.targets[0], b.targets[0]);
        }
    }
    const std::vector<std::int64_t>& counts = quarter->trainCounts();
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}),
        static_cast<std::int64_t>(trainedOn(*quarter).size()) * (events - 2));
}

TEST(TrainUsers, SmallerSharesArePartsOfLargerOnesAndSeedsDiffer)
{
    const auto tenth = trainedOn(*prepared("0.1:3")), half = trainedOn(*prepared("0.5:3"));
    EXPECT_TRUE(std::includes(half.begin(), half.end(), tenth.begin(), tenth.end()));
    EXPECT_EQ(tenth, trainedOn(*prepared("0.1:3")));
    EXPECT_NE(tenth, trainedOn(*prepared("0.1:4")));
    EXPECT_EQ(trainedOn(*prepared("1:3")).size(), static_cast<std::size_t>(users));
}

// What a last training may see, with times: all before the gap, also of users whom nobody validates or tests, and never
// less than train.
TEST(TrainUsers, BeforeTheTestLiesAllButTheGapAndTheTestPart)
{
    testing::InteractionTable table;
    for (int day = 0; day < 100; ++day) {
        table.add("both", "i" + std::to_string(day % 7), day * 86400);
        if (day >= 55)
            table.add("late", "i" + std::to_string(day % 5), day * 86400);
        if (day < 70)
            table.add("left", "i" + std::to_string(day % 3), day * 86400);
    }
    Protocol protocol = testing::plainProtocol();
    protocol.set("split", "time_window:1970-03-22:10d:5d"); // day 80: valid from 65 to 75, train before 60
    const auto data = table.prepare(protocol), last = data->withValidationInTraining();
    const auto lengths = [](const PreparedData& d) {
        return std::vector<std::int64_t>(d.trainLengths().begin(), d.trainLengths().end());
    };
    EXPECT_EQ(lengths(*data), (std::vector<std::int64_t>{60, 60, 5}));
    EXPECT_EQ(lengths(*last), (std::vector<std::int64_t>{75, 70, 20}));
    const std::vector<std::int64_t>& counts = last->trainCounts();
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), 75 + 70 + 20);
    protocol.set("train_users", "0.5:1");
    const auto half = table.prepare(protocol), lastHalf = half->withValidationInTraining();
    EXPECT_EQ(half->evaluatedUsers(SplitPart::Train), lastHalf->evaluatedUsers(SplitPart::Train));
}

} // namespace
} // namespace recoscope
