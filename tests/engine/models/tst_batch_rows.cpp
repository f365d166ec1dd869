// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// batchRows() makes of resident histories what training makes of the same windows on the host.
#include "engine/kernels/batch_rows.h"
#include "engine/nn/packed_batch.h"
#include "engine/training/batches.h"
#include "tests/engine/training/marked_histories.h"

#include <gtest/gtest.h>

#include <cstring>

namespace recoscope {
namespace {

template <class T> void expectTensor(const torch::Tensor& expected, const std::vector<T>& actual, const char* what)
{
    ASSERT_EQ(expected.numel(), static_cast<std::int64_t>(actual.size())) << what;
    EXPECT_EQ(std::memcmp(expected.const_data_ptr<T>(), actual.data(), actual.size() * sizeof(T)), 0) << what;
}

template <class T> void expectBytes(const std::vector<T>& expected, const std::vector<T>& actual, const char* what)
{
    ASSERT_EQ(expected.size(), actual.size()) << what;
    EXPECT_EQ(std::memcmp(expected.data(), actual.data(), actual.size() * sizeof(T)), 0) << what;
}

void expectRowsOf(const PreparedData& data, const TrainingBatch& batch, const std::vector<TrainingWindow>& windows)
{
    std::vector<kernels::BatchWindow> given;
    for (const TrainingWindow& window : windows)
        given.push_back({window.user, window.targetBegin, window.targetEnd});
    const PackedBatch packed = makePackedBatch(batch.inputs.view());
    const PackedView all = data.sequences();
    kernels::BatchRows a;
    a.histories
        = {data.users(), all.offsets.data(), all.items.data(), all.times.data(), all.feedback.data(), all.marks.data()};
    a.windows = static_cast<std::int64_t>(given.size());
    a.window = given.data();
    a.prefixes = batch.ofPrefixes;
    a.startToken = data.items();
    const kernels::BatchSizes sizes = kernels::sizesOfBatch(given);
    a.sequences = sizes.sequences;
    a.rows = sizes.rows;
    std::vector<std::int64_t> offsets(a.sequences + 1), times(a.rows), queryTimes(a.rows);
    std::vector<std::int32_t> items(a.rows), positions(a.rows), surfaces(a.rows), kinds(a.rows),
        targets(a.targetCount());
    std::vector<float> feedback(a.rows), targetFeedback(a.targetCount());
    std::vector<EventMark> targetMarks(a.targetCount());
    a.offsets = offsets.data();
    a.items = items.data();
    a.positions = positions.data();
    a.targets = targets.data();
    a.times = times.data();
    a.queryTimes = queryTimes.data();
    a.feedback = feedback.data();
    a.surfaces = surfaces.data();
    a.kinds = kinds.data();
    a.targetFeedback = targetFeedback.data();
    a.targetMarks = targetMarks.data();
    kernels::batchRows(a);
    expectTensor(packed.offsets, offsets, "offsets");
    expectTensor(packed.items, items, "items");
    expectTensor(packed.positions, positions, "positions");
    expectTensor(packed.times, times, "times");
    expectTensor(packed.queryTimes, queryTimes, "queryTimes");
    expectTensor(packed.feedback, feedback, "feedback");
    expectTensor(packed.surfaces, surfaces, "surfaces");
    expectTensor(packed.kinds, kinds, "kinds");
    expectBytes(batch.targets, targets, "targets");
    expectBytes(batch.targetFeedback, targetFeedback, "targetFeedback");
    expectBytes(batch.targetMarks, targetMarks, "targetMarks");
}

TEST(BatchRows, AreTheRowsThatTrainingMakesOfTheSameWindows)
{
    const auto data = test::markedHistories();
    ASSERT_TRUE(data->hasTimes());
    ASSERT_FALSE(data->sequences().marks.empty());
    for (const bool prefixes : {false, true})
        for (const bool beginOfSequence : {false, true}) {
            TrainingBatches::Options options;
            options.maxLength = 8;
            options.batchSize = 7;
            options.beginOfSequence = beginOfSequence;
            options.randomShift = !prefixes;
            options.prefixes = prefixes;
            TrainingBatches batches(data, options);
            batches.startEpoch(2);
            for (std::int64_t i = 0; i < batches.batchesPerEpoch(); ++i)
                expectRowsOf(*data, batches.batch(i), batches.windowsOf(i));
        }
}

} // namespace
} // namespace recoscope
