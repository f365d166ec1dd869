// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training a model that reads its items' words.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/generator.h"
#include "engine/evaluation/ranking.h"
#include "engine/kernels/ops.h"
#include "engine/training/trainer.h"
#include "tests/engine/models/text_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

class TextModel : public testing::Test {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& folder, std::shared_ptr<const PreparedData> on, int epochs,
        const Json& changes = Json::object()) const
    {
        Json parameters = {{"hidden", 16}, {"piece_width", 16}, {"epochs", epochs}, {"patience", 0}, {"batch_size", 16},
            {"learning_rate", 0.01}, {"dropout", 0.1}, {"negatives", 48}};
        parameters.update(changes);
        return test::trainRequest("srt", parameters, std::move(on), scratch / folder);
    }
    TrainResult train(const TrainRequest& r)
    {
        TrainControl control;
        return trainRun(r, control, {}, progress);
    }
    std::string weights(const std::string& folder) const { return readFile(scratch / folder / "weights.safetensors"); }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::textData(scratch);
    Progress progress;
};

// The generator's titles follow taste: words alone tell the cluster, and of a cluster the successor.
TEST_F(TextModel, LearnsFromTheGeneratorsTitles)
{
    const auto generated = generateDataset({{"users", 150}, {"items", 80}, {"clusters", 4}, {"mean_length", 16.0},
                                               {"concentration", 0.8}, {"switch", 0.0}, {"category_noise", 0.0}},
        5, scratch / "generated", "generated", progress);
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", "20");
    const auto prepared = prepare(generated, protocol, progress);
    const auto valid = [&](const TrainRequest& r) { return train(r).valid->at("hr@10"); };
    const double popular = valid(test::trainRequest("most_popular", Json::object(), prepared, scratch / "popular"));
    const double learned = valid(request("srt", prepared, 12));
    EXPECT_GT(learned, 0.5);
    EXPECT_GT(learned, 1.5 * popular);
}

TEST_F(TextModel, FullAndSampledLossesLearn)
{
    for (const char* loss : {"cross_entropy", "bce", "sampled_softmax"}) {
        const TrainResult result = train(request(loss, data, 15, {{"loss", loss}, {"negatives", 16}}));
        EXPECT_GT(result.valid->at("hr@1"), 0.5) << loss; // of 60 items; the successor is certain
    }
}

// Items that training never saw end some histories. Their titles say which shelf they stand on: of 60 items they come
// among the first 15 for at least three users in four; by chance one in four would.
TEST_F(TextModel, AnItemWithoutInteractionsIsRankedByItsWords)
{
    const TrainResult result = train(request("cold", data, 10, {{"popularity_power", 0.5}}));
    const RankingResult ranked = rankAll(*result.best, *data, data->protocol(), {}, progress);
    std::int64_t cold = 0, near = 0;
    for (const UserResult& user : ranked.users) {
        if (user.targetPopularity > 0)
            continue;
        ++cold;
        near += user.rank <= 15.0 ? 1 : 0;
    }
    EXPECT_EQ(cold, 60);
    EXPECT_GE(near * 4, cold * 3) << near << " of " << cold;
}

TEST_F(TextModel, ReopensWithTheSameBytesAndWithoutItsData)
{
    const TrainResult result = train(request("run", data, 2));
    const auto opened = loadTrainedModel(scratch / "run", nullptr);
    const std::vector<std::int32_t> items = {3, 9, 20};
    const std::vector<std::int64_t> offsets = {0, 3};
    const PackedView history{offsets, items, {}};
    std::vector<float> before(static_cast<std::size_t>(result.best->items())), after(before.size());
    result.best->score(history, before);
    opened->score(history, after);
    EXPECT_EQ(before, after);
}

TEST_F(TextModel, CutAnywhereAndResumedGivesTheSameBytes)
{
    train(request("whole", data, 3));
    for (const std::int64_t cut : {4, 20}) {
        const std::string folder = "cut" + std::to_string(cut);
        TrainRequest first = request(folder, data, 3);
        first.maxSteps = cut;
        EXPECT_EQ(train(first).status, TrainStatus::Cancelled);
        TrainRequest rest = request(folder, data, 3);
        rest.resume = true;
        train(rest);
        EXPECT_EQ(weights("whole"), weights(folder));
    }
}

TEST_F(TextModel, ResumingWithOtherTextsIsRefused)
{
    train(request("run", data, 1));
    TrainRequest again = request("run", test::textData(scratch, {}, "the same words elsewhere"), 2);
    again.resume = true;
    EXPECT_EQ(train(again).epochs, 2);
    again.data = test::textData(scratch, {.ending = " Again"}, "other words");
    try {
        train(again);
        FAIL() << "resumed with other titles";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        EXPECT_NE(error.message().find("texts"), std::string::npos);
    }
}

} // namespace
} // namespace recoscope
