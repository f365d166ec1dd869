// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ranking a model that finds lists: what is outside its list counts as missed, whatever the tie rule.
#include <algorithm>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "../data/interaction_table.h"
#include "engine/core/error.h"
#include "engine/evaluation/ranking.h"
#include "engine/models/listing_model.h"
#include "engine/models/trained_model.h"

namespace recoscope {
namespace {

constexpr std::int64_t listed = 4;

// The first four items that are not hidden, the lowest index first.
class FirstItems : public TrainedModel, public ListingModel {
public:
    explicit FirstItems(std::int64_t items)
        : m_items(items)
    {
    }
    std::string modelName() const override { return "first"; }
    std::int64_t items() const override { return m_items; }
    std::int64_t parameterCount() const override { return 0; }
    std::int64_t maxLength() const override { return 100; }
    std::int64_t listLength() const override { return listed; }
    void score(const PackedView& histories, std::span<float> out) const override { scoreHiding(histories, {}, out); }
    void scoreHiding(const PackedView& histories, const HiddenItems& hidden, std::span<float> out) const override
    {
        std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
        for (std::int64_t b = 0; b < histories.sequences(); ++b) {
            const auto left = hidden.of(b);
            for (std::int32_t item = 0, found = 0; item < m_items && found < listed; ++item)
                if (std::find(left.begin(), left.end(), item) == left.end())
                    out[static_cast<std::size_t>(b * m_items + item)] = -static_cast<float>(++found);
        }
    }

private:
    std::int64_t m_items;
};

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
            const FirstItems model(data->items());
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
                EXPECT_EQ(
                    user.rank, hit ? double(place - list.begin() + 1) : double(data->items() - std::ssize(hidden) + 1))
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
    const FirstItems model(data->items());
    Progress progress;
    try {
        rankAll(model, *data, protocol, {}, progress);
        FAIL() << "ranked";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
    }
}

} // namespace
} // namespace recoscope
