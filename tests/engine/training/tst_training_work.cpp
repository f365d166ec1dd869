// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What an epoch costs, by hand.

#include <array>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/data/dataset_writer.h"
#include "engine/training/training_work.h"
#include "tests/engine/training/train_request.h"
#include "tests/temporary_folder.h"

using namespace recoscope;

namespace {

// Users 0 -> 1 and 2 -> 3, and one with item 4 alone: two windows of one event, five items.
std::shared_ptr<const PreparedData> fiveItems()
{
    const std::array<std::int32_t, 5> users = {0, 0, 1, 1, 2}, items = {0, 1, 2, 3, 4};
    const std::array<std::int64_t, 5> order = {0, 1, 2, 3, 4};
    const std::array<std::int64_t, 4> offsets = {0, 2, 4, 5};
    InteractionView view;
    view.users = users;
    view.items = items;
    view.order = order;
    view.offsets = offsets;
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", "7");
    Progress progress;
    return prepareInteractions(view, {}, protocol, progress);
}

EpochWork epochWork(const std::string& model, const Json& parameters, std::shared_ptr<const PreparedData> data)
{
    return trainingCost(test::trainRequest(model, parameters, std::move(data), {})).epoch;
}
// The same events of items with titles.
std::shared_ptr<const PreparedData> fiveTitles(const test::TemporaryFolder& scratch)
{
    DatasetWriter writer(scratch / "titles", "titles", "test", "none");
    const std::array<const char*, 5> items = {"a", "b", "c", "d", "e"};
    const std::array<const char*, 5> users = {"u", "u", "v", "v", "w"};
    for (std::size_t i = 0; i < items.size(); ++i)
        writer.addRow(writer.userIndex(users[i]), writer.itemIndex(items[i]), std::nullopt, std::nullopt);
    for (const char* item : items) {
        ItemAttributes attributes;
        attributes.title = item;
        writer.setItem(item, attributes);
    }
    Progress progress;
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", "7");
    return prepare(writer.finish({}, progress), protocol, progress);
}

} // namespace

TEST(TrainingWork, CountsMatrixProductsAttentionAndScoresOfTheRealWindows)
{
    const EpochWork work = epochWork("sasrec", {{"hidden", 4}, {"layers", 1}}, fiveItems());
    EXPECT_EQ(work.interactions, 2);
    // Two events of width 4, inner 16: projections 8 D^2, feed-forward 4 D I, one pair of each event 4 D, five items
    // and the start token as candidates 2 D each. Backward is twice that.
    const double forward = 2.0 * (8 * 16 + 4 * 4 * 16 + 4 * 4 + 6 * 2 * 4);
    EXPECT_DOUBLE_EQ(work.flops, 3.0 * forward);
    EXPECT_EQ(work.paperCompute, 0.0);
}

TEST(TrainingWork, SrtEncodesEachItemOfAStepOnce)
{
    const Json shape
        = {{"hidden", 4}, {"layers", 1}, {"inner", 8}, {"piece_width", 6}, {"negatives", 2}, {"popularity_power", 0.0}};
    const test::TemporaryFolder scratch;
    const auto data = fiveTitles(scratch);
    const auto flops = [&](Json changes) {
        changes.update(shape, true);
        return epochWork("srt", changes, data).flops;
    };
    // Items 0 to 3 stand in the only batch; item 4 is among two negatives of five items with 1 - (4/5)^2.
    const double layers = 2.0 * (8 * 16 + 4 * 4 * 8 + 4 * 4);
    const double shared = layers + 2.0 * 3 * 2 * 4 + (4.0 + 0.36) * 2 * 12 * 4;
    EXPECT_NEAR(flops(Json::object()), 3.0 * shared, 1e-6);
    // With the full softmax all items and the start token.
    const double full = layers + 2.0 * 6 * 2 * 4 + 6.0 * 2 * 12 * 4;
    EXPECT_NEAR(flops({{"loss", "cross_entropy"}}), 3.0 * full, 1e-6);
    // Four draws where each of the two targets has negatives of its own.
    const double position = layers + 2.0 * 3 * 2 * 4 + (4.0 + 1.0 - 0.8 * 0.8 * 0.8 * 0.8) * 2 * 12 * 4;
    EXPECT_NEAR(flops({{"negatives_per", "position"}}), 3.0 * position, 1e-6);
}

TEST(TrainingWork, ThePapersUnitCountsPaddedSamples)
{
    const Json shape = {{"hidden", 4}, {"layers", 1}, {"inner", 8}, {"piece_width", 6}, {"negatives", 2}};
    const test::TemporaryFolder scratch;
    const EpochWork work = epochWork("srt", shape, fiveTitles(scratch));
    // Two samples of seven slots: linear layers 4 D^2 + 2 D I each, items 2 E D each (slots, target, negatives), three
    // LayerNorms of 4 an element, a softmax of seven per slot.
    const double sample = 7.0 * (4 * 16 + 2 * 4 * 8) + (7 + 1 + 2) * 2.0 * 6 * 4 + 4.0 * 3 * 7 * 4 + 7.0 * (3 * 7 - 1);
    EXPECT_DOUBLE_EQ(work.paperCompute, 2.0 * sample);
    EXPECT_DOUBLE_EQ(work.paperSize, (4 * 16 + 2 * 4 * 8 + 9 * 4 + 8) + 7 * 4 + (2 * 6 * 4 + 4) + 2 * 4.0);
}

TEST(TrainingWork, OfAMaskedModelTheHiddenEventsAreAsked)
{
    const Json shape = {{"hidden", 4}, {"layers", 1}, {"mask_ratio", 0.25}};
    const EpochWork work = epochWork("bert4rec", shape, fiveItems());
    // A window of one event and its target are two events that see each other; of them 2 / 4 are hidden, and one where
    // none is, 9 / 16. The dense head is computed for every row.
    const double forward = 4.0 * (8 * 16 + 4 * 4 * 16 + 2 * 16) + 8.0 * 4 * 4 + 2.0 * (0.5 + 0.5625) * 6 * 2 * 4;
    EXPECT_DOUBLE_EQ(work.flops, 3.0 * forward);
}

TEST(TrainingWork, CountingModelsAreRefused)
{
    EXPECT_THROW(epochWork("itemknn", Json::object(), fiveItems()), Error);
}

TEST(TrainingWork, CountsTheTrainableNumbers)
{
    const TrainingCost cost
        = trainingCost(test::trainRequest("sasrec", {{"hidden", 4}, {"layers", 1}}, fiveItems(), {}));
    // Items and start token, seven positions, a layer of 12 D^2 with its biases and two norms, the last norm.
    EXPECT_EQ(cost.parameterCount, (6 + 7) * 4 + 12 * 16 + (12 + 4 + 16 + 4) + 4 * 4 + 2 * 4);
}
