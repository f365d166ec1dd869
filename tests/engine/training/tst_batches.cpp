// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/training/batches.h"
#include "tests/engine/training/small_data.h"

namespace recoscope {
namespace {

using test::TemporaryFolder;

// One user with `length` training events 0, 1, 2, ... (two more are held out).
std::shared_ptr<const PreparedData> oneUser(const TemporaryFolder& scratch, int length, int maxLength)
{
    Progress progress;
    DatasetWriter writer(scratch / "one", "one", "test", "none");
    for (int i = 0; i < length + 2; ++i)
        writer.addRow(writer.userIndex("u"), writer.itemIndex(std::to_string(i)), std::nullopt, std::nullopt);
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", std::to_string(maxLength));
    return prepare(writer.finish({}, progress), protocol, progress);
}

TrainingBatch onlyBatch(const std::shared_ptr<const PreparedData>& data, bool beginOfSequence)
{
    TrainingBatches::Options options;
    options.maxLength = data->protocol().maxLength;
    options.beginOfSequence = beginOfSequence;
    return TrainingBatches(data, options).batch(0);
}

using Items = std::vector<std::int32_t>;

// Data whose epochs are several batches of windows.
struct SmallBatches {
    TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::smallData(scratch);
    TrainingBatches::Options options;

    SmallBatches()
    {
        options.maxLength = 8;
        options.batchSize = 7;
    }
};

TEST(Batches, ShortHistoryIsOneShiftedWindow)
{
    const TemporaryFolder scratch;
    const TrainingBatch batch = onlyBatch(oneUser(scratch, 5, 8), false);
    EXPECT_EQ(batch.inputs.items, (Items{0, 1, 2, 3}));
    EXPECT_EQ(batch.targets, (Items{1, 2, 3, 4}));
}

TEST(Batches, BeginOfSequenceIsASequenceOfItsOwn)
{
    const TemporaryFolder scratch;
    const TrainingBatch batch = onlyBatch(oneUser(scratch, 4, 8), true);
    const std::int32_t start = 6; // the catalogue has six items
    EXPECT_EQ(batch.inputs.items, (Items{start, 0, 1, 2}));
    EXPECT_EQ(batch.inputs.offsets, (std::vector<std::int64_t>{0, 1, 4}));
    EXPECT_EQ(batch.targets, (Items{0, 1, 2, 3}));
}

// Every target once, with at most three events before it.
TEST(Batches, PrefixesAreExamplesOfTheirOwn)
{
    const TemporaryFolder scratch;
    const auto data = oneUser(scratch, 5, 3);
    for (const bool fromStart : {false, true}) {
        TrainingBatches::Options options;
        options.maxLength = 3;
        options.prefixes = true;
        options.beginOfSequence = fromStart;
        const TrainingBatches batches(data, options);
        EXPECT_EQ(batches.windows(), fromStart ? 5 : 4);
        EXPECT_EQ(batches.targetsPerEpoch(), batches.windows());
        const TrainingBatch batch = batches.batch(0);
        ASSERT_EQ(batch.inputs.view().sequences(), batches.windows());
        EXPECT_TRUE(batch.ofPrefixes);
        EXPECT_EQ(batches.targetsOf(0), batches.windows());
        std::map<std::int32_t, Items> found;
        for (std::int64_t b = 0; b < batches.windows(); ++b) {
            const auto events = batch.inputs.view().sequence(b);
            found[batch.targets[static_cast<std::size_t>(b)]] = Items(events.begin(), events.end());
        }
        std::map<std::int32_t, Items> expected{{1, {0}}, {2, {0, 1}}, {3, {0, 1, 2}}, {4, {1, 2, 3}}};
        if (fromStart)
            expected[0] = {data->items()};
        EXPECT_EQ(found, expected);
    }
}

// Inputs have the marks of their own events, targets theirs: nothing of a target is among the inputs of its row.
TEST(Batches, MarksGoWithTheirEvents)
{
    const TemporaryFolder scratch;
    DatasetWriter writer(scratch / "marked", "marked", "test", "none");
    writer.setMarkNames(std::vector<std::string>(6, "surface"), std::vector<std::string>(16, "kind"));
    for (std::uint8_t i = 0; i < 6; ++i) // the last two are held out
        writer.addRow(writer.userIndex("u"), writer.itemIndex(std::to_string(i)), std::nullopt, std::nullopt,
            {i, static_cast<std::uint8_t>(10 + i)});
    Progress progress;
    Protocol protocol;
    protocol.set("filter", "none");
    const TrainingBatch batch = onlyBatch(prepare(writer.finish({}, progress), protocol, progress), true);
    using Marks = std::vector<EventMark>;
    EXPECT_EQ(batch.inputs.marks, (Marks{{}, {0, 10}, {1, 11}, {2, 12}})) << "nobody knows where the start is";
    EXPECT_EQ(batch.targetMarks, (Marks{{0, 10}, {1, 11}, {2, 12}, {3, 13}}));
}

TEST(Batches, HistoryUnderTwiceTheLengthGivesItsLastTargets)
{
    const TemporaryFolder scratch;
    const TrainingBatch batch = onlyBatch(oneUser(scratch, 7, 4), true);
    EXPECT_EQ(batch.inputs.items, (Items{2, 3, 4, 5}));
    EXPECT_EQ(batch.targets, (Items{3, 4, 5, 6}));
}

TEST(Batches, LongHistoryIsCutFromTheEndWithoutOverlap)
{
    const TemporaryFolder scratch;
    const auto data = oneUser(scratch, 9, 4);
    TrainingBatches::Options options;
    options.maxLength = 4;
    TrainingBatches batches(data, options);
    EXPECT_EQ(batches.windows(), 2); // targets 5..8 and 1..4; nothing left over but event 0
    std::multiset<std::int32_t> targets;
    for (const std::int32_t target : batches.batch(0).targets)
        targets.insert(target);
    EXPECT_EQ(targets, (std::multiset<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Batches, ARandomShiftReachesEveryTargetWithAsManyInEachEpoch)
{
    const TemporaryFolder scratch;
    TrainingBatches::Options options;
    options.maxLength = 4;
    options.randomShift = true;
    TrainingBatches batches(oneUser(scratch, 11, 4), options); // targets 1..10: two windows, two left over
    const auto targets = [&](int epoch) {
        batches.startEpoch(epoch);
        const Items drawn = batches.batch(0).targets;
        return std::set<std::int32_t>(drawn.begin(), drawn.end());
    };
    std::set<std::int32_t> reached;
    for (int epoch = 1; epoch <= 40; ++epoch) {
        const std::set<std::int32_t> epochs = targets(epoch);
        ASSERT_EQ(epochs.size(), 8U) << "windows overlap in epoch " << epoch;
        ASSERT_EQ(*epochs.rbegin() - *epochs.begin(), 7) << "a gap in epoch " << epoch;
        EXPECT_EQ(epochs, targets(epoch));
        reached.insert(epochs.begin(), epochs.end());
    }
    EXPECT_EQ(reached, (std::set<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(Batches, TargetsAreCountedWithoutMakingTheBatch)
{
    const SmallBatches small;
    for (const bool begins : {false, true}) {
        TrainingBatches::Options options = small.options;
        options.beginOfSequence = begins;
        TrainingBatches batches(small.data, options);
        for (const int epoch : {1, 2}) {
            batches.startEpoch(epoch);
            for (std::int64_t b = 0; b < batches.batchesPerEpoch(); ++b)
                EXPECT_EQ(batches.targetsOf(b), static_cast<std::int64_t>(batches.batch(b).targets.size()));
        }
    }
}

TEST(Batches, EpochsVisitEveryWindowOnceInTheirOwnOrder)
{
    const SmallBatches small;
    TrainingBatches batches(small.data, small.options);
    const auto epoch = [&](int number) {
        batches.startEpoch(number);
        std::vector<Items> all;
        std::int64_t targets = 0;
        for (std::int64_t i = 0; i < batches.batchesPerEpoch(); ++i) {
            const TrainingBatch batch = batches.batch(i);
            EXPECT_EQ(batch.inputs.items.size(), batch.targets.size());
            targets += static_cast<std::int64_t>(batch.targets.size());
            all.push_back(batch.inputs.items);
        }
        EXPECT_EQ(targets, batches.targetsPerEpoch());
        return all;
    };
    const auto first = epoch(1), second = epoch(2);
    EXPECT_NE(first, second);
    EXPECT_EQ(first, epoch(1));
}

} // namespace
} // namespace recoscope
