// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a step on a device does not wait for, and that nothing goes wrong unseen because of it.
#include <gtest/gtest.h>

#include <limits>

#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/torch_device.h"
#include "engine/training/training_run.h"
#include "tests/engine/device/device_cases.h"
#include "tests/engine/device/device_data.h"
#include "tests/engine/device/torch_on_processor.h"
#include "tests/engine/training/marked_histories.h"
#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

using test::bytesSentToPlayedCuda;
using test::waitsForPlayedCuda;
using torch::Tensor;

const torch::Device cuda(torch::kCUDA, 0);

class DeviceSteps : public testing::TestWithParam<test::DeviceCase> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    TrainRequest request(const std::string& model, Json parameters, const std::string& device)
    {
        parameters.update({{"hidden", 16}, {"epochs", 3}, {"batch_size", 16}, {"clip", 1.0}});
        TrainRequest r = test::trainRequest(model, parameters, data, scratch / device);
        r.device = device;
        std::filesystem::create_directories(r.runFolder);
        return r;
    }
    TrainRequest plainRequest(const std::string& device) { return request("sasrec", Json::object(), device); }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::smallData(scratch, 60);
};

template <class Work> std::string messageOf(const Work& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return "nothing was thrown";
}

TEST_P(DeviceSteps, WaitForNothing)
{
    const test::TemporaryFolder titled;
    data = test::deviceData(titled);
    TrainingRun run(request(GetParam().model, GetParam().parameters, "cuda"));
    run.batches.startEpoch(1);
    ASSERT_GE(run.batches.batchesPerEpoch(), 4);
    const std::int64_t before = waitsForPlayedCuda();
    for (int step = 0; step < 4; ++step)
        run.step();
    run.catchUp();
    EXPECT_EQ(waitsForPlayedCuda(), before);
    run.checkpoint();
    EXPECT_GT(waitsForPlayedCuda(), before) << "the weights came to the processor without waiting?";
}

// All but those that compute the items of a batch, of whose texts the device has to tell which rows they are.
std::vector<test::DeviceCase> casesWithTables()
{
    std::vector<test::DeviceCase> cases = test::deviceCases();
    std::erase_if(cases, [](const test::DeviceCase& c) {
        return c.model == "srt" || c.model == "lite_llm4rec" || c.model == "hllm"
            || c.parameters.value("backbone", std::string()) == "hllm";
    });
    return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, DeviceSteps, testing::ValuesIn(casesWithTables()));

using DeviceStepsOf = DeviceSteps;

TEST_F(DeviceStepsOf, SendWindowsAndOffsetsWhereTheProcessorReadsNoRows)
{
    for (const auto& [model, changes] :
        {std::pair("sasrec", Json::object()), std::pair("hstu", Json{{"ratings", 4}})}) {
        TrainingRun run(request(model, changes, "cuda"));
        run.batches.startEpoch(1);
        const auto windows = static_cast<std::int64_t>(run.batches.windowsOf(0).size());
        const std::int64_t before = bytesSentToPlayedCuda();
        run.step();
        EXPECT_EQ(bytesSentToPlayedCuda() - before, 24 * windows) << model;
    }
    TrainingRun masked(request("bert4rec", Json::object(), "cuda"));
    masked.batches.startEpoch(1);
    const std::int64_t before = bytesSentToPlayedCuda();
    masked.step();
    EXPECT_GT(bytesSentToPlayedCuda() - before, 4 * masked.batches.targetsOf(0)) << "who masks reads the rows";
}

TEST_F(DeviceStepsOf, AreReportedWhenTheirValuesHaveCome)
{
    TrainingRun here(plainRequest("cpu")), there(plainRequest("cuda"));
    here.batches.startEpoch(1);
    there.batches.startEpoch(1);
    std::vector<StepReport> known, late;
    for (int step = 0; step < 3; ++step) {
        const std::optional<StepReport> first = here.step(), second = there.step();
        ASSERT_TRUE(first);
        known.push_back(*first);
        ASSERT_EQ(second.has_value(), step > 0);
        if (second)
            late.push_back(*second);
    }
    EXPECT_FALSE(here.catchUp());
    const std::optional<StepReport> last = there.catchUp();
    ASSERT_TRUE(last);
    late.push_back(*last);
    for (std::size_t i = 0; i < known.size(); ++i) {
        EXPECT_EQ(late[i].step, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(known[i].step, late[i].step);
        EXPECT_EQ(known[i].learningRate, late[i].learningRate);
        EXPECT_NEAR(late[i].loss, known[i].loss, 1e-5 * known[i].loss);
        EXPECT_NEAR(late[i].gradientNorm, known[i].gradientNorm, 1e-4 * known[i].gradientNorm);
    }
    EXPECT_EQ(there.cursor.targets, here.cursor.targets);
    EXPECT_NEAR(there.cursor.lossSum, here.cursor.lossSum, 1e-5 * here.cursor.lossSum);
    EXPECT_NEAR(there.cursor.gradientMax, here.cursor.gradientMax, 1e-4 * here.cursor.gradientMax);
}

TEST_F(DeviceStepsOf, KeepNothingOnceALossIsInfinite)
{
    const std::string expected = "the loss is not finite at step 2";
    for (const char* device : {"cpu", "cuda"}) {
        const TrainRequest r = plainRequest(device);
        TrainingRun run(r);
        run.batches.startEpoch(1);
        run.step();
        run.step();
        run.checkpoint();
        const std::string kept = readFile(checkpointFile(r.runFolder));
        run.trained->parameters().values().fill_(std::numeric_limits<float>::infinity());
        const auto go = [&run] {
            for (int step = 0; step < 3; ++step)
                run.step();
        };
        EXPECT_EQ(messageOf(go), expected) << device;
        if (run.trained == run.model)
            continue; // the processor knows at once, and the run ends there
        Progress progress;
        EXPECT_EQ(messageOf([&] { run.checkpoint(); }), expected);
        EXPECT_EQ(messageOf([&] { run.validate(progress); }), expected);
        EXPECT_EQ(messageOf([&] { run.keepIfBest({}); }), expected);
        EXPECT_EQ(readFile(checkpointFile(r.runFolder)), kept);
        EXPECT_FALSE(std::filesystem::exists(weightsFile(r.runFolder)));
    }
}

TEST_F(DeviceStepsOf, TellAnInfiniteLossOfTheLastStepBeforeItIsSaved)
{
    const TrainRequest r = plainRequest("cuda");
    TrainingRun run(r);
    run.batches.startEpoch(1);
    run.trained->parameters().values().fill_(std::numeric_limits<float>::infinity());
    run.step();
    EXPECT_EQ(messageOf([&] { run.checkpoint(); }), "the loss is not finite at step 0");
    EXPECT_FALSE(std::filesystem::exists(checkpointFile(r.runFolder)));
}

TEST_F(DeviceStepsOf, TellAFaultOfAKernel)
{
    TrainingRun run(plainRequest("cuda"));
    run.batches.startEpoch(1);
    run.step();
    nn::deviceFault(cuda).fill_(1);
    run.step();
    const std::string told = messageOf([&run] { run.step(); });
    EXPECT_EQ(told, nn::torchDevice().api->faultText(1));
    EXPECT_EQ(nn::deviceFault(cuda).item<std::int32_t>(), 0) << "the next run begins without it";
}

TEST_F(DeviceStepsOf, AreRefusedByNumberWhereGradientsAloneAreWanted)
{
    const TrainRequest r = plainRequest("cuda");
    TrainingRun run(r);
    run.batches.startEpoch(1);
    run.trained->parameters().values().fill_(std::numeric_limits<float>::infinity());
    const Tensor loss = run.gradients(0, 5);
    EXPECT_EQ(messageOf([&] { StepValues(5, loss, {}).loss(); }), "the loss is not finite at step 5");
}

void expectSame(const Tensor& expected, const Tensor& actual, const char* what)
{
    ASSERT_EQ(expected.defined(), actual.defined()) << what;
    if (!expected.defined())
        return;
    const Tensor numbers = actual.cpu();
    ASSERT_EQ(expected.sizes(), numbers.sizes()) << what;
    ASSERT_EQ(expected.scalar_type(), numbers.scalar_type()) << what;
    EXPECT_EQ(std::memcmp(expected.data_ptr(), numbers.data_ptr(), expected.nbytes()), 0) << what;
}

TEST(DeviceBatchesOf, WindowsHaveTheBytesOfThoseOfTheProcessor)
{
    const auto data = test::markedHistories();
    ASSERT_TRUE(data->hasTimes());
    const DeviceBatches device(*data, cuda);
    for (const bool prefixes : {false, true})
        for (const bool beginOfSequence : {false, true}) {
            TrainingBatches batches(data,
                {.maxLength = 8,
                    .batchSize = 7,
                    .beginOfSequence = beginOfSequence,
                    .randomShift = !prefixes,
                    .prefixes = prefixes});
            batches.startEpoch(2);
            for (std::int64_t i = 0; i < batches.batchesPerEpoch(); ++i) {
                const TrainingBatch batch = batches.batch(i);
                const PackedBatch expected = makePackedBatch(batch.inputs.view());
                const std::int64_t waited = waitsForPlayedCuda();
                const BatchTensors made = device.make(batches.windowsOf(i), prefixes);
                const Tensor offsets = nn::copyOn(cuda, made.inputs.offsets);
                EXPECT_EQ(waitsForPlayedCuda(), waited);
                EXPECT_EQ(made.ofPrefixes, prefixes);
                EXPECT_TRUE(made.inputs.offsets.is_cpu() && made.inputs.items.is_cuda());
                expectSame(expected.offsets, made.inputs.offsets, "offsets");
                expectSame(expected.offsets, offsets, "offsets on the device");
                expectSame(expected.items, made.inputs.items, "items");
                expectSame(expected.positions, made.inputs.positions, "positions");
                expectSame(expected.times, made.inputs.times, "times");
                expectSame(expected.queryTimes, made.inputs.queryTimes, "queryTimes");
                expectSame(expected.feedback, made.inputs.feedback, "feedback");
                expectSame(expected.surfaces, made.inputs.surfaces, "surfaces");
                expectSame(expected.kinds, made.inputs.kinds, "kinds");
                expectSame(torch::tensor(batch.targets, torch::kInt32), made.targets, "targets");
            }
        }
}

TEST(GradientClipOf, ADeviceIsThatOfTheProcessor)
{
    kernels::setThreads(1);
    for (const std::int64_t count : {1, 127, 128, 129, 20'000})
        for (const double clipNorm : {0.0, 0.5, 1e6}) {
            const Tensor flat = torch::sin(1.7 * torch::arange(1.0f, static_cast<float>(count) + 1.0f));
            const Tensor matrix = torch::cos(1.3 * torch::arange(45.0f)).view({9, 5});
            for (const Tensor& rows : {torch::tensor({0, 3, 8}, torch::kInt32), torch::empty({0}, torch::kInt32)}) {
                const GradientClip here = clipOf({{flat, {}}, {matrix, rows}}, clipNorm);
                const std::vector<GradientPart> there = {{flat.to(cuda), {}}, {matrix.to(cuda), rows.to(cuda)}};
                const std::int64_t waited = waitsForPlayedCuda();
                const GradientClip clip = clipOf(there, clipNorm);
                EXPECT_EQ(waitsForPlayedCuda(), waited);
                const double norm = torch::cat({flat, matrix.index_select(0, rows).flatten()})
                                        .to(torch::kFloat64)
                                        .norm()
                                        .item<double>();
                EXPECT_NEAR(here.norm.item<double>(), norm, 1e-12 * norm);
                EXPECT_NEAR(clip.norm.item<double>(), norm, 1e-12 * norm);
                const double scale = clipNorm > 0.0 ? std::min(1.0, clipNorm / (norm + 1e-6)) : 1.0;
                EXPECT_NEAR(here.scale.item<double>(), scale, 1e-12);
                EXPECT_EQ(clip.scale.item<float>(), static_cast<float>(here.scale.item<double>()));
            }
        }
}

TEST(LateNumbersOf, ADeviceAreThoseOfTheMomentThatTheyWereAskedFor)
{
    Tensor numbers = torch::tensor({1.5, -2.0}, torch::kFloat64).to(cuda);
    const nn::LateNumbers first(numbers);
    numbers.fill_(7.0);
    const nn::LateNumbers second(numbers);
    const std::int64_t waited = waitsForPlayedCuda();
    EXPECT_EQ(first.at(0), 1.5);
    EXPECT_EQ(first.at(1), -2.0);
    EXPECT_EQ(second.at(1), 7.0);
    EXPECT_EQ(waitsForPlayedCuda(), waited);
    EXPECT_EQ(nn::LateNumbers(torch::tensor({3.0}, torch::kFloat64)).at(0), 3.0);
}

TEST(SentTo, ADeviceAreTheNumbersOfTheMomentThatTheyWereSent)
{
    Tensor host = torch::arange(6, torch::kInt32).view({2, 3});
    const std::int64_t waited = waitsForPlayedCuda();
    const Tensor sent = nn::sentTo(cuda, host), turned = nn::sentTo(cuda, host.t());
    host.fill_(9);
    EXPECT_EQ(waitsForPlayedCuda(), waited);
    EXPECT_TRUE(torch::equal(sent.cpu(), torch::arange(6, torch::kInt32).view({2, 3})));
    EXPECT_TRUE(torch::equal(turned.cpu(), torch::arange(6, torch::kInt32).view({2, 3}).t()));
    EXPECT_TRUE(nn::sentTo(cuda, sent).is_same(sent));
    EXPECT_TRUE(nn::sentTo(torch::kCPU, host).is_same(host));
    EXPECT_FALSE(nn::sentTo(cuda, Tensor()).defined());
    EXPECT_EQ(nn::sentTo(cuda, torch::empty({0, 2})).sizes(), (std::vector<std::int64_t>{0, 2}));
}

} // namespace
} // namespace recoscope
