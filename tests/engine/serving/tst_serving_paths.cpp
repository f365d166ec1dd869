// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The ways in which trained models answer requests: what each offers, that ways to the same list give the same list,
// and what is said to whoever asks for a way that a model does not have.
#include "engine/serving/serving_paths.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "../evaluation/fake_models.h"
#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "engine/serving/request_server.h"
#include "engine/training/trainer.h"
#include "tests/engine/models/text_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

using Modes = std::vector<ServingMode>;

class ServingPathsTest : public ::testing::Test {
protected:
    void SetUp() override { kernels::setThreads(1); }

    std::shared_ptr<const TrainedModel> trained(const std::string& model, Json changes = Json::object())
    {
        Json parameters = {{"hidden", 16}, {"epochs", 1}, {"batch_size", 32}, {"learning_rate", 0.01}};
        parameters.update(changes);
        TrainControl control;
        return trainRun(test::trainRequest(model, parameters, data, scratch / model), control, {}, progress).best;
    }
    // Of some users, all but the last event.
    PackedSequences histories(const ServingSession& session) const
    {
        PackedSequences out;
        for (const std::int32_t user : {0, 3, 17, 101, 239})
            out.append(session.historyOf(user, 1).items);
        return out;
    }
    // The lists of every way among these, which must be the same up to scores that rounding cannot tell apart.
    void expectSameLists(const std::shared_ptr<const TrainedModel>& model, const Modes& modes)
    {
        const ServingSession session(model, data);
        const PackedSequences asked = histories(session);
        const std::function<double()> clock = [] { return 0.0; };
        RequestServer server(session, 10, clock);
        std::vector<float> scores(static_cast<std::size_t>(asked.view().sequences() * data->items()));
        model->score(asked.view(), scores);
        for (const ServingPath& path : servingPaths(*model, modes)) {
            server.serve(path, asked.view());
            for (std::int64_t b = 0; b < asked.view().sequences(); ++b) {
                PackedSequences one;
                one.append(asked.view().sequence(b));
                const auto expected = session.recommend(one.view(), 10);
                const auto list = server.list(b);
                ASSERT_EQ(list.size(), expected.size());
                for (std::size_t i = 0; i < list.size(); ++i)
                    EXPECT_NEAR(scores[static_cast<std::size_t>(b * data->items() + list[i])], expected[i].score, 2e-5)
                        << model->modelName() << ", " << servingModeName(path.mode);
            }
        }
    }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::textData(scratch);
    Progress progress;
};

std::string refusal(const TrainedModel& model, const Modes& asked)
{
    try {
        servingPaths(model, asked);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        return error.message() + " | " + error.hint();
    }
    return "not refused";
}

TEST_F(ServingPathsTest, ItemsReadAgainGiveTheListsOfItemsReadOnce)
{
    for (const auto& [name, own] : {std::pair("lite_llm4rec", Json{{"head", "residual"}, {"item_width", 16}}),
             std::pair("srt", Json::object()), std::pair("hllm", Json::object())}) {
        const auto model = trained(name, own);
        const Modes offered = servingModes(*model);
        ASSERT_GE(offered.size(), 2u);
        EXPECT_EQ(offered[0], ServingMode::ItemHead);
        EXPECT_EQ(offered[1], ServingMode::ItemHeadReread);
        expectSameLists(model, offered);
    }
}

TEST_F(ServingPathsTest, AStateGivesTheListsOfTheWholeHistory)
{
    const auto model = trained("sasrec");
    EXPECT_EQ(servingModes(*model), (Modes{ServingMode::Full, ServingMode::Incremental}));
    expectSameLists(model, servingModes(*model));
}

// A wide beam loses nothing, so wider ones change nothing; a narrow one lists items with their true scores.
TEST_F(ServingPathsTest, BeamsOfEveryWidth)
{
    const auto model = trained("tiger", {{"beam", 5}, {"levels", 2}, {"codes", 8}});
    const auto& lists = dynamic_cast<const ListingModel&>(*model);
    const ServingSession session(model, data);
    const PackedSequences asked = histories(session);
    const SeenItems seen(asked.view());
    const auto of = [&](std::int64_t width) {
        const auto other = lists.ofLength(width);
        return dynamic_cast<const ListingModel&>(*other).lists(asked.view(), seen.hidden(), nullptr);
    };
    const auto whole = of(data->items()), wider = of(3 * data->items());
    for (std::size_t b = 0; b < whole.size(); ++b) {
        ASSERT_EQ(std::ssize(whole[b]), data->items() - std::ssize(seen.hidden().of(static_cast<std::int64_t>(b))));
        std::vector<double> scores(static_cast<std::size_t>(data->items()));
        for (std::size_t i = 0; i < whole[b].size(); ++i) {
            EXPECT_EQ(whole[b][i].item, wider[b][i].item);
            scores[static_cast<std::size_t>(whole[b][i].item)] = whole[b][i].score;
        }
        for (const std::int64_t width : usualBeams) {
            const auto narrow = of(width)[b];
            EXPECT_LE(std::ssize(narrow), width);
            for (std::size_t i = 0; i < narrow.size(); ++i) {
                EXPECT_NEAR(narrow[i].score, scores[static_cast<std::size_t>(narrow[i].item)], 1e-5);
                EXPECT_LE(narrow[i].score, whole[b][i].score + 1e-5);
            }
        }
    }
    const auto paths = servingPaths(*model, Modes{ServingMode::Beam});
    ASSERT_EQ(paths.size(), usualBeams.size());
    for (const ServingPath& path : paths)
        EXPECT_EQ(path.asRanked, path.beam == 5);
    const std::function<double()> clock = [] { return 0.0; };
    RequestServer server(session, 10, clock);
    server.serve(servingPaths(*model, Modes{ServingMode::Full}).at(0), asked.view());
    for (std::int64_t b = 0; b < asked.view().sequences(); ++b) {
        PackedSequences one;
        one.append(asked.view().sequence(b));
        std::vector<std::int32_t> expected;
        for (const Recommendation& r : session.recommend(one.view(), 10))
            expected.push_back(r.item);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), server.list(b).begin(), server.list(b).end()));
        EXPECT_EQ(expected.size(), 5u);
    }
    EXPECT_THROW(servingPaths(*model, Modes{ServingMode::Beam}, std::vector<std::int64_t>{5000}), Error);
}

// Whatever the vectors of the items are rounded to, of one user, of as many as are listed from them, and of more.
TEST_F(ServingPathsTest, ListsFromRoundedItemsAreThoseOfTheFloats)
{
    const ServingSession session(trained("sasrec"), data);
    const std::int64_t items = data->items();
    const std::function<double()> clock = [] { return 0.0; };
    RequestServer floats(session, 10, clock, {items + 1, items + 1});
    RequestServer bytes(session, 10, clock, {items, items + 1}), fourBits(session, 10, clock, {items, items});
    const ServingPath full{ServingMode::Full};
    for (const std::int32_t users : {1, 3, 16, 17}) {
        PackedSequences asked;
        for (std::int32_t user = 0; user < users; ++user)
            asked.append(session.historyOf(7 * user, 1).items);
        for (RequestServer* server : {&floats, &bytes, &fourBits})
            server->serve(full, asked.view());
        for (std::int64_t b = 0; b < users; ++b) {
            EXPECT_EQ(floats.list(b).size(), 10u);
            EXPECT_TRUE(std::ranges::equal(floats.list(b), bytes.list(b))) << users << " users, list " << b;
            EXPECT_TRUE(std::ranges::equal(floats.list(b), fourBits.list(b))) << users << " users, list " << b;
        }
    }
}

// Full is had from every model, once.
TEST(ServingPaths, FullIsThePlainWayOfTheModel)
{
    const testing::ReadingSumModel reader(20);
    const testing::FirstItems lister(20, 4);
    for (const TrainedModel* model :
        {static_cast<const TrainedModel*>(&reader), static_cast<const TrainedModel*>(&lister)}) {
        const auto full = servingPaths(*model, Modes{ServingMode::Full});
        ASSERT_EQ(full.size(), 1u);
        EXPECT_EQ(full[0].mode, ServingMode::Full);
        EXPECT_TRUE(full[0].asRanked);
        EXPECT_EQ(full[0].beam, model == &lister ? 4 : 0);
        for (const ServingPath& path : servingPaths(*model, allServingModes))
            EXPECT_NE(path.mode, ServingMode::Full) << "measured under its own name";
    }
}

TEST(ServingPaths, WhatAModelDoesNotOfferIsRefusedByName)
{
    const testing::SumModel head(20, true), scores(20, false);
    const testing::FirstItems lister(20, 4);
    EXPECT_EQ(refusal(head, {ServingMode::Beam, ServingMode::ItemHead}),
        "sum has no mode beam or item_head | it has full and incremental");
    EXPECT_EQ(refusal(scores, {ServingMode::Incremental}), "sum has no mode incremental | it has full");
    EXPECT_EQ(refusal(lister, {ServingMode::Incremental, ServingMode::Compressed, ServingMode::ItemHeadReread}),
        "first has no mode incremental, compressed or item_head_reread | it has beam; full is had from every model");
    EXPECT_EQ(servingPaths(head, Modes{ServingMode::Beam, ServingMode::Full}).size(), 1u);
}

// Long histories are read into states in pieces, between which whoever waits can be let go.
TEST_F(ServingPathsTest, StatesThatAreReadInPiecesGiveTheListsOfOneCall)
{
    const auto model = trained("lrurec");
    const ServingSession session(model, data);
    const PackedSequences some = histories(session);
    PackedSequences asked;
    for (const std::size_t length : {9000u, 1u, 5000u, 2u}) {
        std::vector<std::int32_t> items;
        while (items.size() < length)
            items.push_back(some.items[items.size() * 7 % some.items.size()]);
        asked.append(items);
    }
    const std::function<double()> clock = [] { return 0.0; };
    RequestServer server(session, 10, clock);
    int pieces = 0;
    server.serve({ServingMode::Incremental}, asked.view(), [&] { ++pieces; });
    EXPECT_EQ(pieces, 4); // of the 13,999 events before the last ones 4,096 at a time
    const LinearHead head = *model->linearHead();
    for (std::int64_t b = 0; b < asked.view().sequences(); ++b) {
        PackedSequences one;
        one.append(asked.view().sequence(b));
        const auto state = model->newState();
        UserState* states[] = {state.get()};
        model->appendToStates(states, one.view());
        std::vector<float> vector(static_cast<std::size_t>(head.width));
        state->userVector(vector);
        RequestServer alone(session, 10, clock);
        alone.serve({ServingMode::Incremental}, one.view());
        EXPECT_TRUE(std::ranges::equal(server.list(b), alone.list(0)));
        const auto scoreOf = [&](std::int32_t item) {
            double score = head.bias ? head.bias[item] : 0.0;
            for (std::size_t i = 0; i < vector.size(); ++i)
                score += double(vector[i]) * head.table[static_cast<std::size_t>(item) * vector.size() + i];
            return score;
        };
        const auto list = server.list(b);
        for (std::size_t i = 1; i < list.size(); ++i)
            EXPECT_GE(scoreOf(list[i - 1]) + 1e-6, scoreOf(list[i]));
    }
    EXPECT_THROW(server.serve({ServingMode::Incremental}, asked.view(),
                     [&] {
                         if (--pieces == 3)
                             throw Error(ErrorKind::Cancelled, "cancelled", "");
                     }),
        Error);
    EXPECT_EQ(pieces, 3);
    server.serve({ServingMode::Incremental}, PackedSequences().view()); // nobody asks
}

TEST(ServingPaths, ItemsAreReadAgainOnlyWhereThatIsAskedFor)
{
    test::TemporaryFolder scratch;
    const auto data = test::textData(scratch);
    const auto model = std::make_shared<testing::ReadingSumModel>(data->items());
    const ServingSession session(model, data);
    const PackedSequences history = session.historyOf(1);
    const std::function<double()> clock = [] { return 0.0; };
    RequestServer server(session, 10, clock);
    server.serve({ServingMode::ItemHead}, history.view());
    EXPECT_EQ(model->readings, 0);
    server.serve({ServingMode::ItemHeadReread}, history.view());
    EXPECT_EQ(model->readings, 1);
}

} // namespace
} // namespace recoscope
