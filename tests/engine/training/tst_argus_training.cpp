// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// ARGUS on data of the generator, whose feedback follows the item and the user's taste, and on events whose surface and
// kind mean something.
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/feedback_factors.h"
#include "engine/data/generator.h"
#include "engine/evaluation/feedback_metrics.h"
#include "engine/evaluation/popularity_baseline.h"
#include "engine/evaluation/ranking.h"
#include "engine/kernels/ops.h"
#include "tests/engine/training/train_request.h"
#include "tests/temporary_folder.h"

namespace recoscope {
namespace {

class ArgusTraining : public testing::Test {
protected:
    void SetUp() override { kernels::setThreads(1); }

    std::shared_ptr<const PreparedData> generated(Json changes)
    {
        Json parameters = {{"users", 400}, {"items", 80}, {"clusters", 4}, {"mean_length", 30.0}};
        parameters.update(changes);
        parameters = generatorSchema().validate(parameters);
        Protocol protocol;
        protocol.set("filter", "none");
        protocol.set("max_length", "40");
        const auto dataset = generateDataset(parameters, 5, scratch / "generated", "generated", progress);
        return prepare(dataset, protocol, progress);
    }

    // What comes next depends on where the last event took place, and of which kind an event is on its item; `heldOut`
    // is the mark of the test targets.
    std::shared_ptr<const PreparedData> placed(const std::string& name, bool tellsSurfaces, EventMark heldOut)
    {
        constexpr int users = 150, length = 18, items = 20;
        DatasetWriter writer(scratch / name, name, "test", "none");
        writer.setMarkNames({"here", "there"}, {"view", "order"});
        RandomStream stream(4, "placed", 0);
        for (int user = 0; user < users; ++user) {
            auto item = static_cast<int>(stream.below(items));
            for (int i = 0; i < length; ++i) {
                const auto surface = static_cast<std::uint8_t>(stream.below(2));
                const EventMark own{
                    tellsSurfaces ? surface : EventMark::unknown, static_cast<std::uint8_t>(item % 3 == 0)};
                writer.addRow(writer.userIndex("u" + std::to_string(user)), writer.itemIndex(std::to_string(item)),
                    1'000'000'000LL + i * 50'000, std::nullopt, i + 1 < length ? own : heldOut);
                item = (item + (surface == 0 ? 1 : 7)) % items;
            }
        }
        Protocol protocol;
        protocol.set("filter", "none");
        protocol.set("mask_seen", "none");
        return prepare(writer.finish({}, progress), protocol, progress);
    }

    test::TemporaryFolder scratch;
    TrainControl control;
    Progress progress;
};

TEST_F(ArgusTraining, LearnsTheNextItemAndItsFeedback)
{
    const auto data = generated({{"feedback", "stars"}});
    const TrainResult trained
        = trainRun(test::trainRequest("argus",
                       {{"hidden", 32}, {"epochs", 12}, {"batch_size", 16}, {"learning_rate", 0.005},
                           {"like_from", 4.0}, {"negatives_in_batch", 64}, {"negatives_uniform", 64}},
                       data, scratch / "run"),
            control, {}, progress);
    ASSERT_NE(trained.best, nullptr);
    const auto metrics = rankAll(*trained.best, *data, data->protocol(), {}, progress).metrics;
    const auto popular = popularityBaseline(*data, SplitPart::Test, PopularityCounts::Train, progress);
    EXPECT_GT(metrics.at("hr@10"), 1.5 * popular.at("hr@10"));
    EXPECT_LT(metrics.at("fp_ne_level"), 0.85);
    EXPECT_LT(metrics.at("fp_ne_like"), 0.8);
    EXPECT_LT(metrics.at("nip_ne"), 0.9);
    EXPECT_GT(metrics.at("pair_accuracy_feedback"), 0.75);
    const auto again = loadTrainedModel(scratch / "run", data);
    ASSERT_NE(again->predictedFeedback(), nullptr);
    EXPECT_EQ(*again->predictedFeedback(), *trained.best->predictedFeedback());
    EXPECT_EQ(rankAll(*again, *data, data->protocol(), {}, progress).metrics.values, metrics.values);
}

// Fine-tuning starts from what was learned and orders pairs better.
TEST_F(ArgusTraining, FineTuningOnPairsImprovesTheirOrder)
{
    const auto data = generated({{"feedback", "stars"}});
    const Json shape = {{"hidden", 32}, {"batch_size", 16}, {"learning_rate", 0.005}, {"negatives_in_batch", 64},
        {"negatives_uniform", 64}, {"patience", 0}};
    Json first = shape, second = shape;
    first["epochs"] = 4;
    second.update(
        {{"epochs", 4}, {"pair_weight", 1.0}, {"pair_delay", 0.0}, {"next_weight", 0.0}, {"feedback_weight", 0.0}});
    const TrainResult trained
        = trainRun(test::trainRequest("argus", first, data, scratch / "first"), control, {}, progress);
    TrainRequest tuning = test::trainRequest("argus", second, data, scratch / "second");
    tuning.initialWeights = scratch / "first" / "weights.safetensors";
    std::vector<double> losses;
    TrainListener listener;
    listener.onEpoch = [&](const EpochRecord& epoch) { losses.push_back(epoch.trainLoss); };
    const TrainResult tuned = trainRun(tuning, control, listener, progress);
    const auto accuracy = [&](const TrainedModel& model) {
        return rankAll(model, *data, data->protocol(), {}, progress).metrics.at("pair_accuracy");
    };
    EXPECT_GT(accuracy(*tuned.best), accuracy(*trained.best) + 0.05);
    EXPECT_LT(losses.back(), losses.front());
    tuning.parameters["hidden"] = 16;
    tuning.runFolder = scratch / "third";
    EXPECT_THROW(trainRun(tuning, control, {}, progress), Error) << "weights of another shape";
}

TEST_F(ArgusTraining, LearnsFromSurfacesAndKindsAndNeverSeesThoseOfTheTarget)
{
    const Json shape = {{"hidden", 32}, {"epochs", 20}, {"patience", 0}, {"batch_size", 8}, {"learning_rate", 0.01},
        {"negatives_in_batch", 64}, {"negatives_uniform", 64}};
    const auto data = placed("data", true, {0, 0});
    const TrainResult told
        = trainRun(test::trainRequest("argus", shape, data, scratch / "told"), control, {}, progress);
    const auto without = placed("without", false, {});
    const TrainResult untold
        = trainRun(test::trainRequest("argus", shape, without, scratch / "untold"), control, {}, progress);
    const auto measure = [&](const TrainedModel& model, const std::shared_ptr<const PreparedData>& of,
                             SplitPart part = SplitPart::Test) {
        RankingOptions options;
        options.part = part;
        return rankAll(model, *of, of->protocol(), options, progress).metrics;
    };
    const MetricSummary metrics = measure(*told.best, data);
    EXPECT_GT(metrics.at("hr@1"), 0.85);
    EXPECT_LT(measure(*untold.best, without).at("hr@1"), 0.7) << "two items are as likely";
    EXPECT_EQ(told.best->predictedFeedback()->names, std::vector<std::string>{"kind"});
    EXPECT_LT(measure(*told.best, data, SplitPart::Valid).at("fp_ne_kind"), 0.3);
    EXPECT_FALSE(metrics.values.contains("pair_accuracy_feedback")) << "kinds have no order";

    // The same data, but for what the held-out events turned out to be.
    const auto loaded = loadTrainedModel(scratch / "told", data);
    EXPECT_EQ(measure(*loaded, placed("there", true, {1, 0})).values, metrics.values) << "where the target takes place";
    EXPECT_EQ(measure(*loaded, placed("order", true, {0, 1})).values, metrics.values) << "of which kind it is";
}

TEST_F(ArgusTraining, WithoutFeedbackTheTwoTasksAreRefusedAndNothingIsWritten)
{
    const auto data = generated({{"feedback", "none"}});
    TrainRequest request = test::trainRequest("argus", {{"hidden", 8}, {"epochs", 1}}, data, scratch / "run");
    try {
        trainRun(request, control, {}, progress);
        FAIL() << "trained without feedback";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.message().find("feedback"), std::string::npos);
    }
    EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
    request.parameters["tasks"] = "next_item";
    EXPECT_EQ(trainRun(request, control, {}, progress).status, TrainStatus::Finished);
}

} // namespace
} // namespace recoscope
