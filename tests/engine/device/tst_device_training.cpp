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
#include "engine/training/run_files.h"
#include "tests/engine/device/device_cases.h"
#include "tests/engine/device/device_data.h"
#include "tests/engine/device/torch_on_processor.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

using test::DeviceCase;
using test::deviceCases;
using test::TemporaryFolder;

const bool played = (test::playCudaOnProcessor(), true);

struct Trained {
    std::vector<EpochRecord> epochs;
    TrainResult result;
};

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

class DeviceTraining : public testing::TestWithParam<DeviceCase> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& device, const std::string& folder) const
    {
        Json parameters = GetParam().parameters;
        parameters.update({{"hidden", 16}, {"epochs", 3}, {"batch_size", 32}, {"patience", 0}, {"clip", 1.0}});
        TrainRequest r = test::trainRequest(GetParam().model, parameters, data, scratch / folder);
        r.device = device;
        return r;
    }

    TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::deviceData(scratch);
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

// Importance of weights is measured there, held weights are pulled back, and all but the embeddings stay as they are.
TEST(DeviceTrainingOf, WeightsOfAnotherRunGoesOnAsOnTheProcessor)
{
    kernels::setThreads(1);
    const TemporaryFolder scratch;
    const auto data = test::deviceData(scratch);
    const auto request = [&](const std::string& device, const std::string& folder) {
        const Json parameters = {{"hidden", 16}, {"epochs", 2}, {"batch_size", 32}, {"negatives", 16}};
        TrainRequest r = test::trainRequest("srt", parameters, data, scratch / folder);
        r.device = device;
        return r;
    };
    Progress progress;
    std::vector<Trained> runs; // here, there
    for (const std::string device : {"cpu", "cuda"}) {
        train(request(device, device + "-source"));
        TrainRequest measured = request(device, device + "-source");
        measured.initialWeights = weightsFile(measured.runFolder);
        measureImportance(measured, scratch / (device + "-importance"), progress);
        TrainRequest further = request(device, device + "-further");
        further.initialWeights = measured.initialWeights;
        further.importance = scratch / (device + "-importance");
        further.transfer.ewc = 100.0;
        further.transfer.adaptation = Adaptation::Embeddings;
        runs.push_back(train(further));
    }
    for (std::size_t e = 0; e < 2; ++e) {
        EXPECT_NEAR(runs[1].epochs[e].trainLoss, runs[0].epochs[e].trainLoss, 1e-4 * runs[0].epochs[e].trainLoss);
        EXPECT_NEAR(
            runs[1].epochs[e].gradientNorm, runs[0].epochs[e].gradientNorm, 1e-3 * runs[0].epochs[e].gradientNorm);
    }
}

TEST(DeviceTrainingOf, OtherModelsIsRefusedByName)
{
    const TemporaryFolder scratch;
    TrainRequest r = test::trainRequest("sasrec_padded", Json::object(), test::deviceData(scratch), scratch / "run");
    r.device = "cuda";
    TrainControl control;
    Progress progress;
    try {
        trainRun(r, control, {}, progress);
        FAIL() << "was trained";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        EXPECT_NE(error.message().find("sasrec_padded"), std::string::npos);
    }
}

} // namespace
} // namespace recoscope
