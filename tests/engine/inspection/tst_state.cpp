// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Recurrent states and item vectors, against the recurrence worked out again and against plain arithmetic.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/core/peak_memory.h"
#include "engine/inspection/embedding.h"
#include "engine/inspection/state.h"
#include "tests/engine/core/folder_test.h"
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

    test::TemporaryFolder longer; // for data with long windows
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
    EXPECT_NEAR(states->norms[2], std::sqrt(square), 1e-4);
}

// Its observer also wants the vectors of every layer, for which a model reads the whole history at once.
class OnePass : public ModelObserver {
public:
    bool wants(const std::string& name) const override { return name == "state" || name == "hidden"; }
    void onState(int, std::int64_t rows, std::int64_t channels, bool, const float* values) override
    {
        calls.push_back(rows);
        states.insert(states.end(), values, values + rows * channels);
    }
    std::vector<std::int64_t> calls;
    std::vector<float> states;
};

TEST_F(States, OfALongHistoryAreReadInPartsAndThoseOfOnePass)
{
    constexpr int length = 10'000, width = 8;
    data = test::smallData(longer, 60, 25, length);
    const auto model = train("lrurec", {{"hidden", width}, {"epochs", 1}});
    std::vector<std::int32_t> items;
    for (int i = 0; i < length + 10; ++i)
        items.push_back((7 * i + i * i % 11) % 25);
    const PackedSequences history = historyOf(items);
    OnePass whole;
    model->observe(history.view(), whole);
    ASSERT_EQ(whole.calls, (std::vector<std::int64_t>{length, length}));
    const auto states = inspectStates(*model, history.view());
    ASSERT_EQ(states->length, length) << "cut to max_length";
    ASSERT_EQ(states->values.size(), whole.states.size());
    double largest = 0.0, apart = 0.0;
    for (std::size_t i = 0; i < whole.states.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(whole.states[i])));
        apart = std::max(apart, std::abs(static_cast<double>(whole.states[i]) - states->values[i]));
    }
    EXPECT_GT(largest, 0.01);
    EXPECT_LE(apart, 1e-5 * largest);
    const auto norms = inspectStates(*model, history.view(), StateDetail::Norms);
    EXPECT_TRUE(norms->values.empty());
    EXPECT_EQ(norms->norms, states->norms);
    ASSERT_EQ(norms->norms.size(), 2u * length);
    const float* last = whole.states.data() + whole.states.size() - 4 * width; // of the second layer
    double square = 0.0;
    for (int c = 0; c < 4 * width; ++c)
        square += static_cast<double>(last[c]) * last[c];
    EXPECT_NEAR(norms->norms.back(), std::sqrt(square), 1e-5 * std::sqrt(square));
    items[length / 2] = 25;
    EXPECT_EQ(test::kindOf([&] { inspectStates(*model, historyOf(items).view()); }), ErrorKind::Usage);
}

TEST_F(States, NormsOfALongHistoryTakeLittleMemory)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
    constexpr int length = 40'000;
    data = test::smallData(longer, 60, 25, length);
    const auto model = train("lrurec", {{"hidden", 32}, {"epochs", 1}});
    const PackedSequences history = historyOf(std::vector<std::int32_t>(length, 3));
    inspectStates(*model, historyOf(std::vector<std::int32_t>(5000, 3)).view()); // what LibTorch keeps once
    const auto rise = [&](auto read) {
        returnFreedMemory();
        const auto before = static_cast<double>(currentMemoryBytes());
        const PeakMemory peak;
        read();
        return (static_cast<double>(peak.bytes()) - before) / 1e6;
    };
    const double norms = rise([&] { inspectStates(*model, history.view(), StateDetail::Norms); });
    const double values = rise([&] { inspectStates(*model, history.view()); });
    ASSERT_GT(values, 2 * 128 * 4 * length / 1e6) << "two layers of 128 numbers an event: nothing was measured";
    EXPECT_LT(norms, 0.6 * values);
}

TEST_F(States, OfGruAreRealAndHaveNoEigenvalues)
{
    const auto model = train("gru4rec", {{"hidden", 8}, {"embedding", 8}, {"epochs", 1}});
    const auto states = inspectStates(*model, historyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).view());
    EXPECT_FALSE(states->complex);
    EXPECT_EQ(states->length, 8) << "cut to max_length";
    EXPECT_EQ(states->items.front(), 3);
    EXPECT_EQ(states->norms.size(), 8u);
    for (const float value : states->values)
        EXPECT_LE(std::abs(value), 1.0f) << "a GRU's state is a mean of values of tanh";
    EXPECT_EQ(readEigenvalues(scratch / "gru4rec" / "weights.safetensors").layers, 0);
    writeStates(*states, {}, scratch / "states.npz");
    EXPECT_GT(std::filesystem::file_size(scratch / "states.npz"), 8u * 8 * 4);
}

TEST_F(States, AreRefusedWhereThereAreNone)
{
    const auto attention = train("sasrec", {{"hidden", 8}, {"heads", 1}, {"epochs", 1}});
    EXPECT_EQ(test::kindOf([&] { inspectStates(*attention, historyOf({1}).view()); }), ErrorKind::Refused);
    const auto counts = train("most_popular", Json::object());
    EXPECT_EQ(test::kindOf([&] { inspectStates(*counts, historyOf({1}).view()); }), ErrorKind::Refused);
    EXPECT_EQ(test::kindOf([&] { itemVectors(*counts); }), ErrorKind::Refused);
    EXPECT_EQ(test::kindOf([&] { inspectStates(*attention, historyOf({}).view()); }), ErrorKind::Usage);
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
