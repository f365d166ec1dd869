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

struct TextCase {
    std::string name, model;
    Json parameters;
    bool ranksCold = true;
    double sure = 0.5; // hr@1 that every loss reaches on certain successors
};

void PrintTo(const TextCase& c, std::ostream* out)
{
    *out << c.name;
}

class TextModel : public testing::TestWithParam<TextCase> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& folder, std::shared_ptr<const PreparedData> on, int epochs,
        const Json& changes = Json::object()) const
    {
        Json parameters = {{"hidden", 16}, {"epochs", epochs}, {"patience", 0}, {"batch_size", 16},
            {"learning_rate", 0.01}, {"dropout", 0.1}, {"negatives", 48}};
        parameters.update(GetParam().parameters);
        parameters.update(changes);
        return test::trainRequest(GetParam().model, parameters, std::move(on), scratch / folder);
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

const TextCase srt{"srt", "srt", {{"piece_width", 16}}};
// With bce its successor is less often the very first: .42.
const TextCase liteTied{"lite_tied", "lite_llm4rec", {{"item_width", 16}}, true, 0.35};
const TextCase liteResidual{"lite_residual", "lite_llm4rec", {{"item_width", 16}, {"head", "residual"}}};
const TextCase liteFree{"lite_free", "lite_llm4rec", {{"item_width", 16}, {"head", "free"}}, false};
const TextCase hllm{"hllm", "hllm", Json::object()};
const auto caseName = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Models, TextModel, testing::Values(srt, liteTied, liteFree, hllm), caseName);

class ColdItems : public TextModel { };
INSTANTIATE_TEST_SUITE_P(Models, ColdItems, testing::Values(srt, liteTied, liteResidual, liteFree), caseName);

// The generator's titles follow taste: words alone tell the cluster, and of a cluster the successor.
TEST_P(TextModel, LearnsFromTheGeneratorsTitles)
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
    const double learned = valid(request("learned", prepared, 12));
    EXPECT_GT(learned, 0.5);
    EXPECT_GT(learned, 1.5 * popular);
}

TEST_P(TextModel, FullAndSampledLossesLearn)
{
    for (const std::string& loss : findModel(GetParam().model).schema.find("loss")->choices) {
        const TrainResult result = train(request(loss, data, 15, {{"loss", loss}, {"negatives", 16}}));
        EXPECT_GT(result.valid->at("hr@1"), GetParam().sure) << loss; // of 60 items; the successor is certain
    }
}

// Items that training never saw end some histories. Their titles say which shelf they stand on: of 60 items they come
// among the first 15 for at least three users in four; by chance one in four would. A head of its own knows nothing of
// them.
TEST_P(ColdItems, AreRankedByTheirWords)
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
    EXPECT_EQ(near * 4 >= cold * 3, GetParam().ranksCold) << near << " of " << cold;
}

TEST_P(TextModel, TellsBeforeTrainingWhatItNeeds)
{
    const TrainEstimate estimate = estimateTraining(request("estimate", data, 3), progress);
    EXPECT_GT(estimate.peakMemoryBytes, 0);
    EXPECT_GT(estimate.secondsTotal, 0.0);
    const std::int64_t parameters = train(request("run", data, 1)).parameterCount;
    EXPECT_EQ(estimate.parameterCount, parameters);
}

// A zero-shot start on a catalogue with the same words, for models without anything of an item's own.
TEST_P(TextModel, MovesToAnotherCatalogueOrSaysWhyNot)
{
    train(request("source", data, 10));
    const auto others = test::textData(scratch, {.shelves = 4, .perShelf = 8}, "others");
    TrainRequest moved = request("moved", others, 1);
    moved.initialWeights = scratch / "source" / "weights.safetensors";
    moved.transfer.adaptation = Adaptation::ZeroShot;
    if (!findModel(GetParam().model).embeddings.empty()) {
        const TrainResult result = train(moved);
        EXPECT_EQ(result.epochs, 0);
        EXPECT_GT(result.valid->at("hr@1"), 0.15); // of 32 items
        return;
    }
    try {
        train(moved);
        FAIL() << "vectors of other items were taken over";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
    }
}

TEST_P(TextModel, ReopensWithTheSameBytesAndWithoutItsData)
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

TEST_P(TextModel, CutAnywhereAndResumedGivesTheSameBytes)
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

TEST_P(TextModel, ResumingWithOtherTextsIsRefused)
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
