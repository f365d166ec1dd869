// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training a model that spells its recommendations, and serving its lists.
#include <algorithm>
#include <tuple>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/evaluation/ranking.h"
#include "engine/kernels/ops.h"
#include "engine/serving/serving_paths.h"
#include "engine/serving/session.h"
#include "engine/training/trainer.h"
#include "tests/engine/models/text_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

class TigerTraining : public testing::Test {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& folder, int epochs, const Json& changes = Json::object()) const
    {
        Json parameters = {{"hidden", 16}, {"epochs", epochs}, {"patience", 0}, {"batch_size", 16}, {"beam", 5},
            {"levels", 2}, {"codes", 8}, {"learning_rate", 0.01}};
        parameters.update(changes);
        return test::trainRequest("tiger", parameters, data, scratch / folder);
    }
    TrainResult train(const TrainRequest& r)
    {
        TrainControl control;
        return trainRun(r, control, {}, progress);
    }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::textData(scratch);
    Progress progress;
};

// The successor of an item is certain, but for the last event of one history in four. Titles share their words with
// other items and are learned more slowly; by chance one list in 60 would be right.
TEST_F(TigerTraining, LearnsToSpellTheSuccessor)
{
    for (const auto& [names, epochs, least] : {std::tuple("semantic", 12, 0.5), std::tuple("title", 20, 0.25)}) {
        const TrainResult result = train(request(names, epochs, {{"names", names}}));
        EXPECT_GT(result.valid->at("hr@1"), least) << names; // of 60 items
        const auto opened = loadTrainedModel(scratch / names, nullptr);
        const RankingResult before = rankAll(*result.best, *data, data->protocol(), {}, progress);
        const RankingResult after = rankAll(*opened, *data, data->protocol(), {}, progress);
        EXPECT_EQ(before.topItems, after.topItems);
        EXPECT_EQ(before.topScores, after.topScores);
    }
}

TEST_F(TigerTraining, CutAndResumedGivesTheSameBytes)
{
    train(request("whole", 2));
    TrainRequest first = request("cut", 2);
    first.maxSteps = 7;
    EXPECT_EQ(train(first).status, TrainStatus::Cancelled);
    TrainRequest rest = request("cut", 2);
    rest.resume = true;
    train(rest);
    EXPECT_EQ(readFile(scratch / "whole" / "weights.safetensors"), readFile(scratch / "cut" / "weights.safetensors"));
}

TEST_F(TigerTraining, ServesItsLists)
{
    const TrainResult result = train(request("run", 1));
    const ServingSession session(result.best, data);
    const PackedSequences history = session.historyOf(3, 1);
    const auto list = session.recommend(history.view(), 20);
    ASSERT_EQ(list.size(), 5u); // as wide as the beam
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto rank = session.rankOf(history.view(), list[i].item);
        EXPECT_EQ(rank.rank, double(i + 1));
        EXPECT_EQ(rank.score, list[i].score);
        EXPECT_EQ(std::count(history.items.begin(), history.items.end(), list[i].item), 0);
    }
    EXPECT_THROW(session.explain(history.view(), {list[0].item}, progress), Error);
    EXPECT_EQ(servingModes(*result.best), (std::vector<ServingMode>{ServingMode::Beam}));
}

TEST_F(TigerTraining, NeedsTitles)
{
    data = test::textData(scratch, {.titles = false}, "nameless");
    EXPECT_THROW(train(request("nameless", 1)), Error);
}

} // namespace
} // namespace recoscope
