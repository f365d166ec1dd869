// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>

#include "engine/core/error.h"
#include "engine/inspection/attention.h"
#include "tests/engine/inspection/trained_model.h"

namespace recoscope {
namespace {

class Attention : public test::TrainedOnSmallData {
protected:
    PackedSequences history(std::int64_t user) const
    {
        PackedSequences one;
        one.append(data->sequences().sequence(user));
        return one;
    }
};

TEST_F(Attention, PointwiseWeightsAreCausalAndSaidNotToSumToOne)
{
    const auto model = train("hstu", {{"hidden", 8}, {"heads", 2}, {"epochs", 1}});
    const auto maps = inspectAttention(*model, history(3).view());
    EXPECT_FALSE(maps->rowsSumToOne);
    ASSERT_EQ(maps->layers, 2);
    for (std::int64_t row = 0; row < maps->length; ++row)
        for (std::int64_t column = row + 1; column < maps->length; ++column)
            EXPECT_EQ(maps->head(1, 1)[row * maps->length + column], 0.0f);
    EXPECT_NE(maps->head(1, 1)[0], 0.0f);
}

TEST_F(Attention, EveryHeadIsCausalAndSumsToOne)
{
    const auto model = train("sasrec", {{"hidden", 8}, {"heads", 2}, {"epochs", 1}});
    PackedSequences longOne;
    longOne.append(std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    const auto maps = inspectAttention(*model, longOne.view());
    ASSERT_EQ(maps->layers, 2);
    ASSERT_EQ(maps->heads, 2);
    ASSERT_EQ(maps->length, 8); // cut to max_length
    EXPECT_EQ(maps->items.front(), 4);
    for (std::int64_t layer = 0; layer < 2; ++layer)
        for (std::int64_t head = 0; head < 2; ++head)
            for (std::int64_t row = 0; row < 8; ++row) {
                double sum = 0.0;
                for (std::int64_t column = 0; column < 8; ++column) {
                    const float weight = maps->head(layer, head)[row * 8 + column];
                    EXPECT_TRUE(column <= row || weight == 0.0f);
                    sum += weight;
                }
                EXPECT_NEAR(sum, 1.0, 1e-5);
            }
}

TEST(AttentionSummary, ByHand)
{
    AttentionMaps maps;
    maps.layers = maps.heads = 1;
    maps.length = 2;
    maps.weights = {1.0f, 0.0f, 0.5f, 0.5f};
    const auto summary = maps.summary(0, 0);
    EXPECT_NEAR(summary.entropy, std::log(2.0) / 2, 1e-12); // rows: 0 and ln 2
    EXPECT_NEAR(summary.reach, 0.25, 1e-12); // rows: 0 and 1/2 event back
}

TEST_F(Attention, ModelsWithoutItRefuse)
{
    const auto model = train("lrurec", {{"hidden", 8}, {"epochs", 1}});
    try {
        inspectAttention(*model, history(0).view());
        FAIL() << "LRURec has no attention";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
    }
}

TEST_F(Attention, ArraysAreWritten)
{
    const auto model = train("sasrec", {{"hidden", 8}, {"epochs", 1}});
    const Path file = scratch / "maps.npz";
    writeAttention(*inspectAttention(*model, history(0).view()), file);
    EXPECT_GT(std::filesystem::file_size(file), 2u * 64 * sizeof(float));
}

class RankByLayer : public Attention, public testing::WithParamInterface<std::string> { };

// The last layer, read through the head, ranks as the model itself does.
TEST_P(RankByLayer, EndsAtTheModelsOwnRank)
{
    const auto model = train(GetParam(), {{"hidden", 8}, {"epochs", 2}});
    const PackedSequences one = history(3);
    const auto ranks = rankByLayer(*model, one.view(), 7);
    ASSERT_GE(ranks.size(), 2u);
    std::vector<float> scores(model->items());
    model->score(one.view(), scores);
    double rank = 1.0;
    for (const float score : scores)
        rank += score > scores[7];
    EXPECT_EQ(ranks.back(), rank);
    EXPECT_THROW(rankByLayer(*model, one.view(), 1000), Error);
}

// Without the items of the history, the last layer ranks the best unseen item first.
TEST_P(RankByLayer, LeavesOutWhatWasSeen)
{
    const auto model = train(GetParam(), {{"hidden", 8}, {"epochs", 2}});
    const PackedSequences one = history(3);
    std::vector<float> scores(model->items());
    model->score(one.view(), scores);
    const auto seen = one.view().items;
    const auto isSeen = [&](std::int32_t item) { return std::find(seen.begin(), seen.end(), item) != seen.end(); };
    std::int32_t best = -1;
    for (std::int32_t item = 0; item < static_cast<std::int32_t>(scores.size()); ++item) {
        if (!isSeen(item) && (best < 0 || scores[item] > scores[best]))
            best = item;
    }
    const std::vector<std::int32_t> asked{best, seen.front()};
    const auto ranks = ranksByLayer(*model, one.view(), asked, true);
    EXPECT_EQ(ranks[0].back(), 1.0);
    double rankOfSeen = 1.0; // an asked item of the history is ranked among the unseen ones
    for (std::int32_t item = 0; item < static_cast<std::int32_t>(scores.size()); ++item)
        rankOfSeen += !isSeen(item) && scores[item] >= scores[seen.front()];
    EXPECT_EQ(ranks[1].back(), rankOfSeen);
}

INSTANTIATE_TEST_SUITE_P(Models, RankByLayer, testing::Values("sasrec", "lrurec", "gru4rec"));

} // namespace
} // namespace recoscope
