// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training on a device against training on the processor: the same batches, negatives and dropout masks, so the same
// losses but for the order of sums.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "tests/engine/device/torch_on_processor.h"
#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

using test::smallData;
using test::TemporaryFolder;

const bool played = (test::playCudaOnProcessor(), true);

struct DeviceCase {
    std::string model;
    Json parameters;
};

void PrintTo(const DeviceCase& c, std::ostream* out)
{
    *out << c.model << " " << c.parameters;
}

std::vector<DeviceCase> deviceCases()
{
    return {{"sasrec", Json::object()}, {"sasrec", {{"loss", "bce"}, {"negatives", 4}}},
        {"sasrec", {{"loss", "bce"}, {"negatives", 4}, {"optimiser", "adamw_sparse"}}},
        {"sasrec", {{"heads", 2}, {"attention_dropout", 0.1}, {"norm", "post"}, {"activation", "relu"}}},
        {"gsasrec", {{"negatives", 8}, {"optimiser", "adagrad_rows"}, {"table_learning_rate", 0.01}}},
        {"gsasrec", {{"negatives", 8}}}, {"esasrec", {{"negatives", 8}}}, {"bert4rec", Json::object()},
        {"lrurec", Json::object()}, {"lrurec", {{"loss", "sampled_softmax"}, {"negatives", 10}}},
        {"lrurec", {{"optimiser", "adagrad"}, {"begin_of_sequence", true}}},
        {"sasrec", {{"examples", "prefixes"}, {"label_smoothing", 0.1}}}, {"bsarec", Json::object()},
        {"hstu", Json::object()}, {"hstu", {{"loss", "sampled_softmax"}, {"negatives", 10}, {"ratings", 4}}},
        {"hstu", {{"variant", "production"}, {"concat_ua", true}, {"ratings", 4}}},
        {"hstu", {{"item_width", 8}, {"learned_temperature", true}}}};
}

class DeviceTraining : public testing::TestWithParam<DeviceCase> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    struct Trained {
        std::vector<EpochRecord> epochs;
        TrainResult result;
    };

    TrainRequest request(const std::string& device, const std::string& folder) const
    {
        Json parameters = GetParam().parameters;
        parameters.update({{"hidden", 16}, {"epochs", 3}, {"batch_size", 32}, {"patience", 0}, {"clip", 1.0}});
        TrainRequest r = test::trainRequest(GetParam().model, parameters, data, scratch / folder);
        r.device = device;
        return r;
    }
    Trained train(const TrainRequest& r)
    {
        Trained trained;
        TrainControl control;
        TrainListener listener;
        listener.onEpoch = [&](const EpochRecord& epoch) { trained.epochs.push_back(epoch); };
        Progress progress;
        trained.result = trainRun(r, control, listener, progress);
        return trained;
    }

    TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = smallData(scratch, 60);
};

TEST_P(DeviceTraining, LearnsAsOnTheProcessor)
{
    const Trained here = train(request("cpu", "cpu")), there = train(request("cuda", "cuda"));
    ASSERT_EQ(here.epochs.size(), 3u);
    ASSERT_EQ(there.epochs.size(), 3u);
    for (std::size_t e = 0; e < here.epochs.size(); ++e) {
        EXPECT_NEAR(there.epochs[e].trainLoss, here.epochs[e].trainLoss, 1e-4 * here.epochs[e].trainLoss) << e;
        EXPECT_NEAR(there.epochs[e].gradientNorm, here.epochs[e].gradientNorm, 1e-3 * here.epochs[e].gradientNorm);
        EXPECT_NEAR(there.epochs[e].valid->at("ndcg@10"), here.epochs[e].valid->at("ndcg@10"), 0.02);
    }
    EXPECT_LT(there.epochs[2].trainLoss, there.epochs[0].trainLoss);
}

TEST_P(DeviceTraining, RepeatsItsBytesAndGoesOnFromACheckpoint)
{
    const Trained whole = train(request("cuda", "whole")), again = train(request("cuda", "again"));
    EXPECT_EQ(whole.epochs[2].trainLoss, again.epochs[2].trainLoss);
    TrainRequest stopped = request("cuda", "stopped");
    stopped.maxSteps = 3;
    EXPECT_EQ(train(stopped).result.status, TrainStatus::Cancelled);
    stopped.maxSteps = 0;
    stopped.resume = true;
    const Trained resumed = train(stopped);
    EXPECT_EQ(resumed.epochs.back().trainLoss, whole.epochs.back().trainLoss);
    EXPECT_EQ(resumed.result.valid->values, whole.result.valid->values);
}

INSTANTIATE_TEST_SUITE_P(Models, DeviceTraining, testing::ValuesIn(deviceCases()));

TEST(DeviceTrainingOf, EveryModelThatSaysSoIsTested)
{
    std::set<std::string> tested;
    for (const DeviceCase& tried : deviceCases())
        tested.insert(tried.model);
    for (const ModelDescriptor& model : modelRegistry())
        EXPECT_EQ(model.trainsOnDevice, tested.contains(model.name)) << model.name;
}

TEST(DeviceTrainingOf, OtherModelsIsRefusedByName)
{
    const TemporaryFolder scratch;
    TrainRequest r = test::trainRequest("gru4rec", Json::object(), smallData(scratch, 20), scratch / "run");
    r.device = "cuda";
    TrainControl control;
    Progress progress;
    try {
        trainRun(r, control, {}, progress);
        FAIL() << "was trained";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        EXPECT_NE(error.message().find("gru4rec"), std::string::npos);
    }
}

} // namespace
} // namespace recoscope
