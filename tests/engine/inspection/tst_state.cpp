// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Recurrent states and item vectors, against the recurrence worked out again and against plain arithmetic.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "engine/core/error.h"
#include "engine/inspection/embedding.h"
#include "engine/inspection/state.h"
#include "tests/engine/inspection/trained_model.h"

namespace recoscope {
namespace {

class States : public test::TrainedOnSmallData {
protected:
    static PackedSequences historyOf(const std::vector<std::int32_t>& items)
    {
        PackedSequences one;
        one.append(items);
        return one;
    }
    template <class Call> static ErrorKind kindOf(Call call)
    {
        try {
            call();
        } catch (const Error& error) {
            EXPECT_FALSE(error.hint().empty());
            return error.kind();
        }
        return ErrorKind::Internal;
    }
};

TEST_F(States, OfLruRecFollowItsEigenvalues)
{
    const auto model = train("lrurec", {{"hidden", 8}, {"epochs", 1}});
    const Eigenvalues ring = readEigenvalues(scratch / "lrurec" / "weights.safetensors");
    ASSERT_EQ(ring.layers, 2);
    ASSERT_EQ(ring.channels, 16);
    const auto halfLives = ring.halfLives();
    for (std::size_t c = 0; c < halfLives.size(); ++c) {
        const double size = ring.magnitudes()[c];
        EXPECT_GT(size, 0.0);
        EXPECT_LT(size, 1.0) << "the recurrence is stable";
        EXPECT_NEAR(std::pow(size, halfLives[c]), 0.5, 1e-4);
    }
    // h_t = lambda h_(t-1) + u(x_t), and u depends on the item alone in the first layer. So with the item of the second
    // event equal to that of the first, h_2 - lambda h_1 = h_1.
    const auto states = inspectStates(*model, historyOf({3, 3, 3}).view());
    ASSERT_EQ(states->layers, 2);
    ASSERT_EQ(states->length, 3);
    ASSERT_EQ(states->channels, 16);
    ASSERT_TRUE(states->complex);
    const auto at = [&](std::int64_t t, std::int64_t c) {
        const float* row = states->values.data() + t * 32;
        return std::complex<double>(row[c], row[16 + c]);
    };
    for (std::int64_t c = 0; c < 16; ++c) {
        const std::complex<double> lambda(ring.real[c], ring.imaginary[c]);
        EXPECT_LT(std::abs(at(1, c) - lambda * at(0, c) - at(0, c)), 1e-4);
        EXPECT_LT(std::abs(at(2, c) - lambda * at(1, c) - at(0, c)), 1e-4);
    }
    double square = 0.0;
    for (std::int64_t c = 0; c < 16; ++c)
        square += std::norm(at(2, c));
    EXPECT_NEAR(states->norms()[2], std::sqrt(square), 1e-4);
}

TEST_F(States, OfGruAreRealAndHaveNoEigenvalues)
{
    const auto model = train("gru4rec", {{"hidden", 8}, {"embedding", 8}, {"epochs", 1}});
    const auto states = inspectStates(*model, historyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).view());
    EXPECT_FALSE(states->complex);
    EXPECT_EQ(states->length, 8) << "cut to max_length";
    EXPECT_EQ(states->items.front(), 3);
    EXPECT_EQ(states->norms().size(), 8u);
    for (const float value : states->values)
        EXPECT_LE(std::abs(value), 1.0f) << "a GRU's state is a mean of values of tanh";
    EXPECT_EQ(readEigenvalues(scratch / "gru4rec" / "weights.safetensors").layers, 0);
    writeStates(*states, {}, scratch / "states.npz");
    EXPECT_GT(std::filesystem::file_size(scratch / "states.npz"), 8u * 8 * 4);
}

TEST_F(States, AreRefusedWhereThereAreNone)
{
    const auto attention = train("sasrec", {{"hidden", 8}, {"heads", 1}, {"epochs", 1}});
    EXPECT_EQ(kindOf([&] { inspectStates(*attention, historyOf({1}).view()); }), ErrorKind::Refused);
    const auto counts = train("most_popular", Json::object());
    EXPECT_EQ(kindOf([&] { inspectStates(*counts, historyOf({1}).view()); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { itemVectors(*counts); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { inspectStates(*attention, historyOf({}).view()); }), ErrorKind::Usage);
}

TEST(Embedding, NeighboursAreThoseOfTheSmallestAngle)
{
    ItemVectors vectors;
    vectors.items = 5;
    vectors.width = 2;
    vectors.vectors = {1, 0, 10, 1, 0, 2, -3, 0, 0, 0};
    vectors.norms = {1.0f, std::sqrt(101.0f), 2.0f, 3.0f, 0.0f};
    Progress progress;
    const Neighbours near = nearestItems(vectors, {0, 4}, 9, progress);
    ASSERT_EQ(near.count, 4) << "all others";
    EXPECT_EQ(
        std::vector<std::int32_t>(near.items.begin(), near.items.begin() + 4), (std::vector<std::int32_t>{1, 2, 4, 3}));
    EXPECT_FLOAT_EQ(near.cosines[0], 10.0f / std::sqrt(101.0f)) << "length does not count";
    EXPECT_FLOAT_EQ(near.cosines[3], -1.0f);
    EXPECT_EQ(std::vector<float>(near.cosines.begin() + 4, near.cosines.end()), std::vector<float>(4, 0.0f));
}

TEST_F(States, VectorsOfAModelAreThoseItRanksWith)
{
    const auto model = train("sasrec", {{"hidden", 8}, {"heads", 1}, {"epochs", 1}});
    const ItemVectors vectors = itemVectors(*model);
    ASSERT_EQ(vectors.items, model->items());
    ASSERT_EQ(vectors.width, 8);
    double square = 0.0;
    for (int d = 0; d < 8; ++d)
        square += std::pow(vectors.vectors[8 * 3 + d], 2.0);
    EXPECT_NEAR(vectors.norms[3], std::sqrt(square), 1e-5);
    Progress progress;
    writeEmbedding(vectors, nearestItems(vectors, {0, 1}, 3, progress), scratch / "e.npz");
    EXPECT_GT(std::filesystem::file_size(scratch / "e.npz"), 0u);
}

} // namespace
} // namespace recoscope
