// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a training is said to take, against what it takes. Memory alone: time is the machine's.
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/core/peak_memory.h"
#include "engine/evaluation/ranking.h"
#include "engine/kernels/ops.h"
#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

using test::TemporaryFolder;

struct MemoryCase {
    const char* model;
    Json parameters;
    double least; // MB: less would be lost in what the C library and LibTorch do now and then
};

void PrintTo(const MemoryCase& memory, std::ostream* out)
{
    *out << memory.model << " " << memory.parameters;
}

class EstimatedMemory : public testing::TestWithParam<MemoryCase> {
protected:
    void SetUp() override
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
        kernels::setThreads(1);
    }
    // How far the memory of the process rises, in MB.
    template <class Work> static double riseOf(Work work)
    {
        returnFreedMemory();
        const auto before = static_cast<double>(currentMemoryBytes());
        const PeakMemory peak;
        work();
        return (static_cast<double>(peak.bytes()) - before) / 1e6;
    }
    // A run as a workspace carries it out.
    void trainAndRank(const TrainRequest& request)
    {
        TrainControl control;
        const auto best = trainRun(request, control, {}, progress).best;
        for (const SplitPart part : {SplitPart::Valid, SplitPart::Test}) {
            RankingOptions options;
            options.part = part;
            options.depth = 0;
            rankAll(*best, *request.data, request.data->protocol(), options, progress);
        }
    }

    TemporaryFolder scratch;
    Progress progress;
};

TEST_P(EstimatedMemory, IsWithinAFifthOfWhatARunTakes)
{
    const auto data = test::smallData(scratch, 800, 4000, 50);
    const TrainRequest request = test::trainRequest(GetParam().model, GetParam().parameters, data, scratch / "run");
    estimateTraining(request, progress); // what the process loads once
    const TrainEstimate estimate = estimateTraining(request, progress);
    const auto estimated = static_cast<double>(estimate.peakMemoryBytes - estimate.heldMemoryBytes) / 1e6;
    const double measured = riseOf([&] { trainAndRank(request); });
    EXPECT_GT(measured, GetParam().least);
    EXPECT_NEAR(estimated, measured, 0.2 * measured + 8.0);
    RecordProperty("estimated_mb", std::to_string(estimated));
    RecordProperty("measured_mb", std::to_string(measured));
}

const Json wide = {{"hidden", 96}, {"batch_size", 256}, {"epochs", 2}};

Json with(Json parameters, const Json& more)
{
    parameters.update(more);
    return parameters;
}

INSTANTIATE_TEST_SUITE_P(Kinds, EstimatedMemory,
    testing::Values(MemoryCase{"lrurec", wide, 40.0},
        MemoryCase{"gsasrec", with(wide, {{"negatives", 64}, {"heads", 2}}), 40.0},
        MemoryCase{"esasrec", with(wide, {{"negatives", 64}, {"heads", 2}, {"optimiser", "adagrad_rows"}}), 40.0},
        MemoryCase{"item_knn", Json::object(), 2.0}),
    [](const auto& info) { return std::string(info.param.model); });

} // namespace
} // namespace recoscope
