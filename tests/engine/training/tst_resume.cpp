// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A training that was cut anywhere and resumed gives the bytes of the uninterrupted one.
#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/core/safetensors.h"
#include "engine/kernels/ops.h"
#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

using test::smallData;
using test::TemporaryFolder;

class Resume : public testing::TestWithParam<std::pair<std::string, Json>> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& folder, int epochs) const
    {
        Json parameters = GetParam().second;
        parameters.update({{"epochs", epochs}, {"batch_size", 8}, {"dropout", 0.3}});
        return test::trainRequest(GetParam().first, std::move(parameters), data, scratch / folder);
    }

    std::string weights(const std::string& folder) const { return readFile(scratch / folder / "weights.safetensors"); }

    TrainResult train(const TrainRequest& r)
    {
        TrainControl control;
        Progress progress;
        return trainRun(r, control, {}, progress);
    }

    TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = smallData(scratch);
};

TEST_P(Resume, TwoPlusTwoEpochsAreFour)
{
    train(request("whole", 4));
    train(request("halves", 2));
    TrainRequest second = request("halves", 4);
    second.resume = true;
    const TrainResult result = train(second);
    EXPECT_EQ(result.epochs, 4);
    EXPECT_EQ(weights("whole"), weights("halves"));
}

TEST_P(Resume, CancelledAtAnyStepGoesOnWithTheSameBytes)
{
    const TrainResult whole = train(request("whole", 3));
    for (const std::int64_t cut : {1, 9, 15}) {
        const std::string folder = "cut" + std::to_string(cut);
        TrainRequest first = request(folder, 3);
        first.maxSteps = cut;
        EXPECT_EQ(train(first).status, TrainStatus::Cancelled);
        TrainRequest rest = request(folder, 3);
        rest.resume = true;
        const TrainResult resumed = train(rest);
        EXPECT_EQ(weights("whole"), weights(folder)) << "cut at step " << cut;
        EXPECT_EQ(resumed.bestEpoch, whole.bestEpoch);
        ASSERT_TRUE(resumed.valid && whole.valid);
        EXPECT_EQ(resumed.valid->values, whole.valid->values);
    }
}

// kill -9 in the middle: only what is on disk remains. The child is this program started afresh (torch does not survive
// a fork), so the run folder has a fixed place.
TEST_P(Resume, KilledProcessGoesOnWithTheSameBytes)
{
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    TrainRequest killed = request("unused", 4);
    killed.runFolder = Path(RECOSCOPE_BINARY_DIR)
        / ("killed-" + GetParam().first + (GetParam().second.contains("memory") ? "-chained" : ""));
    std::filesystem::remove_all(killed.runFolder);
    TrainListener listener;
    listener.onEpoch = [this](const EpochRecord& record) {
        if (record.epoch != 2)
            return;
        std::filesystem::remove_all(scratch.path()); // the killed program's own, which nobody else removes
        kill(getpid(), SIGKILL);
    };
    TrainControl control;
    Progress progress;
    EXPECT_EXIT(trainRun(killed, control, listener, progress), testing::KilledBySignal(SIGKILL), "");
    killed.resume = true;
    std::vector<int> epochs;
    listener.onEpoch = [&](const EpochRecord& record) { epochs.push_back(record.epoch); };
    trainRun(killed, control, listener, progress);
    // Killed while its record was being kept, before the checkpoint: epoch 2 is trained and told again.
    EXPECT_EQ(epochs, (std::vector<int>{2, 3, 4}));
    train(request("whole", 4));
    EXPECT_EQ(weights("whole"), readFile(killed.runFolder / "weights.safetensors"));
    std::filesystem::remove_all(killed.runFolder);
}

INSTANTIATE_TEST_SUITE_P(Models, Resume,
    testing::Values(std::pair("lrurec", Json{{"hidden", 8}}),
        std::pair("sasrec", Json{{"hidden", 8}, {"attention_dropout", 0.2}}),
        std::pair(
            "argus", Json{{"hidden", 8}, {"negatives_in_batch", 6}, {"negatives_uniform", 6}, {"sketch_width", 64}}),
        std::pair("persrec", Json{{"hidden", 8}, {"segment", 3}, {"recent", 3}, {"tokens", 2}}),
        std::pair(
            "persrec", Json{{"hidden", 8}, {"segment", 3}, {"recent", 3}, {"tokens", 2}, {"memory", "recursive"}}),
        std::pair("gru4rec", Json{{"hidden", 8}, {"loss", "sampled_softmax"}, {"negatives", 6}}),
        std::pair("gsasrec",
            Json{{"hidden", 8}, {"inner", 8}, {"negatives", 3}, {"optimiser", "adamw_sparse"}, {"warmup", 7}}),
        std::pair("esasrec",
            Json{{"hidden", 8}, {"negatives", 3}, {"optimiser", "adagrad_rows"}, {"table_learning_rate", 0.05}})),
    [](const auto& info) { return info.param.first + (info.param.second.contains("memory") ? "_chained" : ""); });

TEST(ResumeChecks, OtherSettingsAreRefused)
{
    TemporaryFolder scratch;
    TrainRequest r = test::trainRequest("lrurec", {{"hidden", 8}, {"epochs", 1}}, smallData(scratch), scratch / "run");
    TrainControl control;
    Progress progress;
    trainRun(r, control, {}, progress);
    r.resume = true;
    r.seed = 43;
    try {
        trainRun(r, control, {}, progress);
        FAIL() << "resumed with another seed";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        EXPECT_NE(error.message().find("seed"), std::string::npos);
    }
}

// As a build that knew no such setting would have left it; what it was made with counts as the setting's default.
TEST(ResumeChecks, SettingsThatCameLaterHaveTheirDefaultsInOlderCheckpoints)
{
    TemporaryFolder scratch;
    TrainRequest r = test::trainRequest("lrurec", {{"hidden", 8}, {"epochs", 1}}, smallData(scratch), scratch / "run");
    TrainControl control;
    Progress progress;
    trainRun(r, control, {}, progress);
    const Path file = r.runFolder / "checkpoint-last.safetensors";
    {
        const SafetensorsFile written(file);
        auto metadata = written.metadata();
        Json print = Json::parse(metadata.at("fingerprint"));
        ASSERT_EQ(print.at("parameters").erase("window_shift"), 1u);
        metadata["fingerprint"] = print.dump();
        writeSafetensors(scratch / "older", written.tensors(), metadata);
    }
    std::filesystem::rename(scratch / "older", file);
    r.resume = true;
    r.parameters["epochs"] = 2;
    r.parameters["window_shift"] = "random";
    try {
        trainRun(r, control, {}, progress);
        FAIL() << "resumed with other windows";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
    }
    r.parameters.erase("window_shift");
    EXPECT_EQ(trainRun(r, control, {}, progress).epochs, 2);
}

} // namespace
} // namespace recoscope
