// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// With `refit` a model is trained a second time, on train + validation, for as many epochs as validation chose.
#include <gtest/gtest.h>

#include "engine/kernels/ops.h"
#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

class Refit : public testing::Test {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& folder, bool refit = true) const
    {
        return test::trainRequest("lrurec",
            {{"hidden", 8}, {"epochs", 12}, {"batch_size", 8}, {"learning_rate", 0.02}, {"patience", 2},
                {"dropout", 0.3}, {"schedule", "cosine"}, {"refit", refit}},
            data, scratch / folder);
    }

    TrainResult train(const TrainRequest& r)
    {
        TrainControl control;
        Progress progress;
        return trainRun(r, control, {}, progress);
    }

    std::string bytes(const std::string& folder, const char* file) const { return readFile(scratch / folder / file); }
    std::string chosen(const std::string& folder) const { return bytes(folder, "weights.safetensors"); }
    std::string refitted(const std::string& folder) const { return bytes(folder, "weights-refit.safetensors"); }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::smallData(scratch);
};

TEST_F(Refit, LearnsFromValidationTargetsAndNeverFromTestTargets)
{
    const auto all = data->withValidationInTraining();
    std::int64_t more = 0;
    for (std::int32_t user = 0; user < data->users(); ++user) {
        const auto test = data->evaluationCase(SplitPart::Test, user);
        EXPECT_EQ(all->trainLength(user), std::ssize(test.history));
        EXPECT_EQ(all->evaluationCase(SplitPart::Test, user).targets.data() - all->sequences().sequence(user).data(),
            all->trainLength(user)); // the test target is the first event that training does not see
        more += all->trainLength(user) - data->trainLength(user);
    }
    EXPECT_EQ(more, std::ssize(data->evaluatedUsers(SplitPart::Valid)));
    EXPECT_TRUE(all->evaluatedUsers(SplitPart::Valid).empty());
    EXPECT_EQ(all->evaluatedUsers(SplitPart::Test), data->evaluatedUsers(SplitPart::Test));
}

TEST_F(Refit, ChangesTheTestedModelAndNothingThatValidationSees)
{
    const TrainResult once = train(request("once", false)), twice = train(request("twice"));
    ASSERT_EQ(once.status, TrainStatus::StoppedEarly); // so that the chosen epoch is none of the last
    EXPECT_FALSE(once.refitted);
    EXPECT_EQ(once.tested, once.best);
    EXPECT_TRUE(twice.refitted);
    EXPECT_EQ(twice.bestEpoch, once.bestEpoch);
    EXPECT_EQ(twice.valid->values, once.valid->values);
    const auto tensors = [this](const std::string& folder) { // the settings in the file's metadata differ
        const std::string file = chosen(folder);
        return file.substr(file.find("\"data_offsets\""));
    };
    EXPECT_EQ(tensors("twice"), tensors("once"));
    EXPECT_NE(refitted("twice"), chosen("twice"));
}

TEST_F(Refit, IsATrainingOfItsOwnThatEndsAtTheChosenEpoch)
{
    const TrainResult result = train(request("twice"));
    TrainRequest plain = request("plain");
    plain.data = data->withValidationInTraining();
    plain.parameters["refit"] = false;
    plain.lastEpoch = result.bestEpoch;
    EXPECT_EQ(train(plain).status, TrainStatus::Finished);
    const auto tail = [](const std::string& file) { return file.substr(file.size() / 2); };
    EXPECT_EQ(tail(refitted("twice")), tail(chosen("plain")));
}

TEST_F(Refit, CancelledAtAnyStepGoesOnWithTheSameBytes)
{
    const TrainResult whole = train(request("whole"));
    const std::int64_t steps = 8 * (whole.epochs + whole.bestEpoch); // of both trainings, some 8 an epoch
    bool inRefit = false;
    for (const std::int64_t cut : {steps / 4, steps * 3 / 5, steps - 9}) {
        const std::string folder = "cut" + std::to_string(cut);
        TrainRequest first = request(folder);
        first.maxSteps = cut;
        EXPECT_EQ(train(first).status, TrainStatus::Cancelled);
        inRefit |= std::filesystem::exists(scratch / folder / "refit" / "checkpoint-last.safetensors");
        TrainRequest rest = request(folder);
        rest.resume = true;
        EXPECT_TRUE(train(rest).refitted);
        EXPECT_EQ(refitted(folder), refitted("whole")) << "cut at step " << cut;
        EXPECT_EQ(chosen(folder), chosen("whole")) << "cut at step " << cut;
    }
    EXPECT_TRUE(inRefit) << "no cut lay in the second training";
}

TEST_F(Refit, StoppedBeforeItIsThroughItLeavesTheChosenModel)
{
    TrainControl control;
    Progress progress([&](const ProgressReport& report) {
        if (report.text.find("train + validation") != std::string::npos)
            control.stopKeepBest = true;
    });
    const TrainResult result = trainRun(request("stopped"), control, {}, progress);
    EXPECT_EQ(result.status, TrainStatus::StoppedByUser);
    EXPECT_FALSE(result.refitted);
    EXPECT_EQ(result.tested, result.best);
    EXPECT_FALSE(std::filesystem::exists(scratch / "stopped" / "weights-refit.safetensors"));
}

} // namespace
} // namespace recoscope
