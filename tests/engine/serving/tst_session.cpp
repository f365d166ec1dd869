// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/serving/session.h"

#include <gtest/gtest.h>

#include "../data/interaction_table.h"
#include "../evaluation/fake_models.h"
#include "engine/core/error.h"

namespace recoscope {
namespace {

using testing::SumModel;

std::shared_ptr<const PreparedData> sampleData(bool timed = false)
{
    testing::InteractionTable table;
    for (int user = 0; user < 6; ++user)
        for (int t = 0; t < 5 + user; ++t) {
            const std::string item = "item " + std::to_string((user * 3 + t * 5) % 20);
            if (timed)
                table.add("user " + std::to_string(user), item, 1000 * t);
            else
                table.add("user " + std::to_string(user), item);
        }
    return table.prepare(testing::plainProtocol());
}

ServingSession sessionOf(const std::shared_ptr<const PreparedData>& data, bool head)
{
    return ServingSession(std::make_shared<SumModel>(data->items(), head), data);
}

class Session : public ::testing::TestWithParam<bool> { };

TEST_P(Session, HistoryHidesTheLastEvents)
{
    const auto data = sampleData(true);
    const ServingSession session = sessionOf(data, GetParam());
    const auto whole = session.historyOf(2), cut = session.historyOf(2, 2);
    ASSERT_EQ(whole.items.size(), 7u);
    EXPECT_EQ(std::vector<std::int32_t>(whole.items.begin(), whole.items.begin() + 5), cut.items);
    EXPECT_EQ(cut.times.size(), 5u);
    EXPECT_EQ(cut.offsets, (std::vector<std::int64_t>{0, 5}));
    EXPECT_TRUE(session.historyOf(2, 100).items.empty());
    EXPECT_THROW(session.historyOf(-1), Error);
    EXPECT_THROW(session.historyOf(99), Error);
}

// Refuses histories whose events lost their mark: item k takes place on surface k.
class MarkedSumModel : public SumModel {
public:
    using SumModel::SumModel;
    void encodeLast(const PackedView& histories, std::span<float> out) const override
    {
        ASSERT_EQ(histories.marks.size(), histories.items.size());
        for (std::size_t event = 0; event < histories.items.size(); ++event)
            EXPECT_EQ(histories.marks[event].surface, histories.items[event]) << "event " << event;
        SumModel::encodeLast(histories, out);
    }
};

TEST_P(Session, MarksStayWithTheirEvents)
{
    testing::InteractionTable table;
    for (const std::uint8_t item : {3, 0, 4, 1, 2})
        table.add("user", std::to_string(item), 10 - item, 1.0f, {item, 0});
    const auto data = table.prepare(testing::plainProtocol());
    const ServingSession session(std::make_shared<MarkedSumModel>(data->items(), GetParam()), data);
    const PackedSequences history = session.historyOf(0, 1);
    ASSERT_EQ(history.marks.size(), 4u);
    Progress progress;
    const auto explained = session.explain(history.view(), {0}, progress);
    EXPECT_EQ(explained.size(), 1u);
}

TEST_P(Session, ListAndRankAgree)
{
    const auto data = sampleData();
    const ServingSession session = sessionOf(data, GetParam());
    const PackedSequences history = session.historyOf(3, 1);
    for (bool mask : {true, false}) {
        const auto list = session.recommend(history.view(), 1000, mask);
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto rank = session.rankOf(history.view(), list[i].item, mask);
            EXPECT_EQ(rank.score, list[i].score);
            EXPECT_GE(rank.rank, double(i + 1)); // pessimistic: never before its place in the list
            const bool seen
                = std::find(history.items.begin(), history.items.end(), list[i].item) != history.items.end();
            EXPECT_FALSE(mask && seen);
            if (i > 0) {
                EXPECT_GE(list[i - 1].score, list[i].score);
            }
        }
        EXPECT_EQ(session.recommend(history.view(), 3, mask).size(), 3u);
    }
}

// The score of a sum model is linear in the events, so each contribution is the event's own product.
TEST_P(Session, ContributionsOfALinearModelAddUp)
{
    const auto data = sampleData();
    const ServingSession session = sessionOf(data, GetParam());
    const PackedSequences history = session.historyOf(5);
    const SumModel model(data->items(), true);
    Progress progress;
    const auto explained = session.explain(history.view(), {4, 0}, progress);
    ASSERT_EQ(explained.size(), 2u);
    for (const Explanation& e : explained) {
        ASSERT_EQ(e.contributions.size(), history.items.size());
        EXPECT_DOUBLE_EQ(e.residual, 0.0);
        for (std::size_t j = 0; j < history.items.size(); ++j) {
            PackedSequences alone;
            alone.append(std::span(history.items).subspan(j, 1));
            std::vector<float> scores(static_cast<std::size_t>(data->items()));
            model.score(alone.view(), scores);
            EXPECT_DOUBLE_EQ(e.contributions[j], scores[std::size_t(e.item)]) << j;
        }
    }
}

TEST_P(Session, ChecksWhatItIsGiven)
{
    const auto data = sampleData();
    const ServingSession session = sessionOf(data, GetParam());
    PackedSequences strange;
    strange.append(std::vector<std::int32_t>{0, data->items()});
    EXPECT_THROW(session.recommend(strange.view(), 5), Error);
    EXPECT_THROW(session.rankOf(session.historyOf(0).view(), -1), Error);
    PackedSequences empty;
    empty.append({});
    EXPECT_EQ(session.recommend(empty.view(), 5).size(), 5u); // a cold start has a list too
    EXPECT_THROW(sessionOf(data, GetParam()).recommend(PackedView(), 5), Error);
    EXPECT_THROW(ServingSession(std::make_shared<SumModel>(data->items() + 1, true), data), Error);
}

INSTANTIATE_TEST_SUITE_P(Heads, Session, ::testing::Bool());

} // namespace
} // namespace recoscope
