// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How long channels remember and what one event changes, against hand-worked values and the recurrence itself.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "engine/core/error.h"
#include "engine/inspection/memory.h"
#include "tests/engine/inspection/trained_model.h"

namespace recoscope {
namespace {

class Memory : public test::TrainedOnSmallData { };

PackedSequences historyOf(const std::vector<std::int32_t>& items)
{
    PackedSequences one;
    one.append(items);
    return one;
}

// Two layers of three channels with |lambda| 0.1, 0.5, 0.9 and 0, 0.8, 1.
Eigenvalues smallRing()
{
    Eigenvalues ring;
    ring.layers = 2;
    ring.channels = 3;
    ring.real = {0.1f, 0.3f, -0.9f, 0.0f, 0.8f, 0.6f};
    ring.imaginary = {0.0f, 0.4f, 0.0f, 0.0f, 0.0f, 0.8f};
    return ring;
}

TEST(MemoryLength, IsTheNumberOfEventsUntilTheShareIsLeft)
{
    EXPECT_DOUBLE_EQ(eventsUntil(0.1), 2.0); // 0.1^2 = 0.01
    EXPECT_DOUBLE_EQ(eventsUntil(0.5, 0.125), 3.0); // 0.5^3
    EXPECT_NEAR(std::pow(0.968, eventsUntil(0.968)), 0.01, 1e-12);
}

TEST(MemoryLength, OfNothingIsNoneAndOfOneIsEndless)
{
    EXPECT_EQ(eventsUntil(0.0), 0.0);
    EXPECT_TRUE(std::isinf(eventsUntil(1.0)));
    EXPECT_GT(eventsUntil(1.0), 0.0);
    EXPECT_TRUE(std::isinf(eventsUntil(1.0000001))) << "rounding must not make it negative";
    const std::vector<float> lengths = memoryLengths(smallRing());
    ASSERT_EQ(lengths.size(), 6u);
    EXPECT_NEAR(lengths[0], 2.0f, 1e-5);
    EXPECT_EQ(lengths[3], 0.0f);
    EXPECT_NEAR(lengths[4], std::log(0.01) / std::log(0.8), 1e-4);
    // 0.6 + 0.8i has length 1 up to rounding: it never forgets, or not for millions of events.
    EXPECT_GT(lengths[5], 1e6f);
}

TEST(ImpulseResponse, IsTheRecurrenceRunOnAnImpulse)
{
    const std::complex<double> lambda = std::polar(0.95, 0.7);
    const std::vector<double> response = impulseResponse(lambda, 40);
    ASSERT_EQ(response.size(), 41u);
    std::complex<double> h = 0.0;
    for (int n = 0; n <= 40; ++n) {
        h = lambda * h + (n == 0 ? 1.0 : 0.0);
        EXPECT_NEAR(response[static_cast<std::size_t>(n)], h.real(), 1e-12) << n;
    }
    EXPECT_EQ(impulseResponse(0.0, 2), (std::vector<double>{1, 0, 0}));
    EXPECT_EQ(impulseResponse(1.0, 2), (std::vector<double>{1, 1, 1}));
    EXPECT_EQ(impulseResponse(-1.0, 2), (std::vector<double>{1, -1, 1}));
}

TEST(LayerMemories, CountWhatOutlastsTheHistory)
{
    const std::vector<LayerMemory> layers = layerMemories(smallRing(), 10);
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_NEAR(layers[0].medianMagnitude, 0.5, 1e-6);
    EXPECT_NEAR(layers[0].medianEvents, std::log(0.01) / std::log(0.5), 1e-4); // 6.64
    EXPECT_EQ(layers[0].channels, 3);
    EXPECT_EQ(layers[0].beyond, 1); // 0.9 lasts 43.7 events, 0.5 lasts 6.6
    EXPECT_EQ(layers[1].beyond, 2); // 0.8 lasts 20.6 events, 1 for ever, 0 not at all
    EXPECT_EQ(layerMemories(smallRing(), 50)[0].beyond, 0);
    EXPECT_TRUE(layerMemories({}, 10).empty());
}

TEST_F(Memory, WithoutTheFirstEventAStateLacksItsDecayedInput)
{
    const auto model = train("lrurec", {{"hidden", 8}, {"epochs", 1}});
    const Eigenvalues ring = readEigenvalues(scratch / "lrurec" / "weights.safetensors");
    const PackedSequences history = historyOf({3, 5, 7});
    Progress progress;
    const EventEffects effects = eventEffects(*model, history.view(), progress);
    ASSERT_EQ(effects.layers, 2);
    ASSERT_EQ(effects.length, 3);
    ASSERT_EQ(effects.change.size(), 6u);
    // In the first layer u depends on the item alone, so leaving out the first event takes lambda^2 u(x_1) away.
    const auto whole = inspectStates(*model, history.view());
    const auto at = [&](std::int64_t t, std::int64_t c) {
        const float* row = whole->values.data() + t * 32;
        return std::complex<double>(row[c], row[16 + c]);
    };
    double lost = 0.0, size = 0.0;
    for (std::int64_t c = 0; c < 16; ++c) {
        const std::complex<double> lambda(ring.real[c], ring.imaginary[c]);
        lost += std::norm(lambda * lambda * at(0, c)); // the state after the first event is u(x_1)
        size += std::norm(at(2, c));
    }
    EXPECT_NEAR(effects.change[0], std::sqrt(lost / size), 1e-4);
    for (const float change : effects.change)
        EXPECT_GT(change, 0.0f);
}

TEST_F(Memory, TheOnlyEventIsTheWholeState)
{
    const auto model = train("gru4rec", {{"hidden", 8}, {"embedding", 8}, {"epochs", 1}});
    Progress progress;
    const EventEffects effects = eventEffects(*model, historyOf({4}).view(), progress);
    EXPECT_EQ(effects.change, std::vector<float>(static_cast<std::size_t>(effects.layers), 1.0f));
    // Ten events, of which the model sees eight.
    EXPECT_EQ(eventEffects(*model, historyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).view(), progress).length, 8);
    progress.requestCancel();
    EXPECT_THROW(eventEffects(*model, historyOf({1, 2}).view(), progress), Error);
}

TEST_F(Memory, IsKeptByRecurrentModelsOnly)
{
    EXPECT_TRUE(keepsState(*train("lrurec", {{"hidden", 8}, {"epochs", 1}})));
    EXPECT_TRUE(keepsState(*train("gru4rec", {{"hidden", 8}, {"embedding", 8}, {"epochs", 1}})));
    EXPECT_FALSE(keepsState(*train("sasrec", {{"hidden", 8}, {"heads", 1}, {"epochs", 1}})));
    EXPECT_FALSE(keepsState(*train("most_popular", Json::object())));
}

} // namespace
} // namespace recoscope
