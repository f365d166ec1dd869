// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ranking a model that finds lists: what is outside its list counts as missed, whatever the tie rule.
#include <algorithm>

#include <gtest/gtest.h>

#include "../data/interaction_table.h"
#include "../evaluation/fake_models.h"
#include "engine/core/error.h"
#include "engine/evaluation/ranking.h"

namespace recoscope {
namespace {

constexpr std::int64_t listed = 4;

// User u has items u + 4, u + 3, ..., u of 20; the last is the target.
std::shared_ptr<const PreparedData> neighbours(const Protocol& protocol)
{
    testing::InteractionTable table;
    for (int item = 0; item < 20; ++item)
        table.add("everything", "item " + std::to_string(item));
    for (int user = 0; user < 12; ++user)
        for (int t = 0; t < 5; ++t)
            table.add("user " + std::to_string(user), "item " + std::to_string(user + 4 - t));
    return table.prepare(protocol);
}

TEST(ListingModel, WhatIsOutsideTheListIsMissed)
{
    for (const char* ties : {"optimistic", "expected", "pessimistic", "lowest_id"})
        for (const char* mask : {"history", "none"}) {
            Protocol protocol = testing::plainProtocol();
            protocol.set("score_ties", ties);
            protocol.set("mask_seen", mask);
            const auto data = neighbours(protocol);
            const testing::FirstItems model(data->items(), listed);
            Progress progress;
            const RankingResult result = rankAll(model, *data, protocol, {}, progress);
            ASSERT_FALSE(result.users.empty());
            int hits = 0;
            for (std::size_t u = 0; u < result.users.size(); ++u) {
                const UserResult& user = result.users[u];
                const EvaluationCase c = data->evaluationCase(SplitPart::Test, user.user);
                const std::vector<std::int32_t> hidden = maskedItems(c, protocol);
                std::vector<std::int32_t> list;
                for (std::int32_t item = 0; item < data->items() && std::ssize(list) < listed; ++item)
                    if (!std::binary_search(hidden.begin(), hidden.end(), item))
                        list.push_back(item);
                const std::int32_t* top = result.topItems.data() + u * static_cast<std::size_t>(result.depth);
                EXPECT_TRUE(std::equal(list.begin(), list.end(), top));
                EXPECT_EQ(top[listed], -1); // and nothing behind it
                const auto place = std::find(list.begin(), list.end(), user.target);
                const bool hit = place != list.end();
                hits += hit ? 1 : 0;
                EXPECT_EQ(user.rank,
                    hit ? double(place - list.begin() + 1)
                        : double(std::max<std::int64_t>(data->items() - std::ssize(hidden), 50) + 1))
                    << ties << ", " << mask;
            }
            EXPECT_GT(hits, 0);
            EXPECT_LT(hits, std::ssize(result.users));
        }
}

TEST(ListingModel, CannotRankSampledCandidates)
{
    Protocol protocol = testing::plainProtocol();
    protocol.set("candidates", "uniform:10");
    const auto data = neighbours(protocol);
    const testing::FirstItems model(data->items(), listed);
    Progress progress;
    try {
        rankAll(model, *data, protocol, {}, progress);
        FAIL() << "ranked";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
    }
}

TEST(ListingModel, IsRankedWithListsOfAnotherLength)
{
    const Protocol protocol = testing::plainProtocol();
    const auto data = neighbours(protocol);
    Progress progress;
    const auto found = [&](std::int64_t own, std::int64_t wanted) {
        const testing::FirstItems model(data->items(), own);
        RankingOptions options;
        options.listLength = wanted;
        return rankAll(model, *data, protocol, options, progress);
    };
    EXPECT_EQ(found(listed, 7).topItems, found(7, 0).topItems);
    EXPECT_NE(found(listed, 7).topItems, found(listed, 0).topItems);
    EXPECT_LT(found(listed, 1).metrics.at("hr@10"), found(listed, 0).metrics.at("hr@10"));
    RankingOptions options;
    options.listLength = 7;
    try {
        rankAll(testing::SumModel(data->items(), true), *data, protocol, options, progress);
        FAIL() << "ranked";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
    }
}

} // namespace
} // namespace recoscope
