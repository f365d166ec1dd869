// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// ARGUS on data of the generator, whose feedback follows the item and the user's taste.
#include <gtest/gtest.h>

#include "engine/core/error.h"
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
