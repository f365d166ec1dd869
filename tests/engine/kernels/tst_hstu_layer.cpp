// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A whole HSTU layer in one call against the three operations that it stands for.
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/hstu_layer_case.h"

#include <gmock/gmock.h>

namespace recoscope::kernels {
namespace {

using testing::HasSubstr;

void expectSame(const Layer& layer, const std::string& what)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats expected = layer.oneByOne();
        // Twice: the emulation goes through blocks, teams and threads backwards every other time.
        EXPECT_TRUE(sameBytes(layer.atOnce(), expected)) << what << " on " << pathName(path);
        EXPECT_TRUE(sameBytes(layer.atOnce(), expected)) << what << " again on " << pathName(path);
    }
}

TEST(HstuLayer, WorkedByHand)
{
    // One row of width 2 and one head of 1: LN(1, 3) = (-1, 1); W makes z = (2, 1, 1, 2) for U, V, Q and K. A row's
    // weight of itself is silu(q k); LN of a single number is 0, so y = x + o whatever is mixed.
    const Settings settings;
    const std::vector<std::int64_t> offsets{0, 1};
    const Floats x{1, 3}, w{-1, 0, -1, 0, 1, 1, 0, 2}, out{5, 7}, outBias{0.5f, -0.25f};
    const auto silu = [](double z) { return z / (1.0 + std::exp(-z)); };
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats projected(4), mixed(1), y(2);
        HstuLayerForward a;
        a.offsets = offsets;
        a.width = 2;
        a.queryDim = a.valueDim = 1;
        a.epsilon = 1e-12f;
        a.input = x.data();
        a.weight = w.data();
        a.outWeight = out.data();
        a.outBias = outBias.data();
        a.projected = projected.data();
        a.mixed = mixed.data();
        a.output = y.data();
        hstuLayerForward(a);
        const double one = silu(1.0), two = silu(2.0);
        expectClose(projected,
            {static_cast<float>(two), static_cast<float>(one), static_cast<float>(one), static_cast<float>(two)}, 1e-6,
            pathName(path));
        expectClose(mixed, {static_cast<float>(silu(one * two) * one)}, 1e-6, pathName(path));
        expectClose(y, {1.5f, 2.75f}, 1e-6, pathName(path));
    }
}

TEST(HstuLayer, EveryPathMatchesTheReference)
{
    for (const float dropout : {0.0f, 0.3f}) {
        const Layer layer(3, 24, 2, 7, 9, {0, 1, 2, 31, 0, 32, 33, 70}, true, dropout);
        expectPathsAgree([&] { return layer.atOnce(); }, 1e-4, "a layer");
    }
}

TEST(HstuLayer, GivesTheBytesOfTheThreeOperations)
{
    const std::vector<std::int64_t> edges{0, 1, 2, 3, 31, 32, 33, 0, 63, 64, 65, 127, 128, 129, 0};
    expectSame(Layer(11, 64, 2, 32, 32, edges, true, 0.2f), "two heads of 32");
    expectSame(Layer(12, 50, 1, 50, 50, edges, false), "one head of 50");
    expectSame(Layer(13, 33, 4, 5, 16, edges, true, 0.5f), "heads of 5 and 16");
    expectSame(Layer(14, 1, 3, 1, 1, edges), "width 1");
    expectSame(Layer(15, 16, 64, 1, 1, {5, 40}), "64 heads");
}

TEST(HstuLayer, GivesTheBytesOfTheThreeOperationsForRandomLengths)
{
    Random random(21);
    std::vector<std::int64_t> lengths{255, 256, 257, 511, 512};
    for (int i = 0; i < 5; ++i)
        lengths.push_back(random.size(HstuLayerForward::mostRows + 1));
    expectSame(Layer(22, 20, 2, 8, 10, lengths, true, 0.1f), "random lengths");
}

TEST(HstuLayer, KeepsNothingInEvaluationAndMayReplaceItsInput)
{
    const Settings settings;
    const Layer layer(5, 40, 2, 20, 20, {3, 70, 0, 33});
    for (const Path path : availablePaths()) {
        forcePath(path);
        LayerResults kept, alone;
        hstuLayerForward(layer.arguments(kept));
        HstuLayerForward a = layer.arguments(alone);
        alone.output = layer.input;
        a.input = a.output = alone.output.data();
        a.slope = a.mean = a.inverseSigma = a.mixedMean = a.mixedInverseSigma = nullptr;
        hstuLayerForward(a);
        EXPECT_TRUE(sameBytes(alone.output, kept.output)) << pathName(path);
        EXPECT_EQ(alone.slope, Floats(alone.slope.size())) << pathName(path);
        EXPECT_EQ(alone.moments, Floats(alone.moments.size())) << pathName(path);
    }
}

TEST(HstuLayer, NothingToDoWithoutRows)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        EXPECT_EQ(Layer(1, 4, 1, 4, 4, {0, 0}).atOnce(), Floats());
    }
}

// Parts of a block, blocks of a batch, and batches that are not cut at all.
TEST(HstuLayer, GivesTheBytesOfTheThreeOperationsWhateverTheSizes)
{
    std::vector<std::int64_t> many;
    for (std::int64_t i = 0; i < 60; ++i)
        many.push_back(i * 37 % 140);
    expectSame(Layer(31, 16, 2, 8, 8, many, true, 0.2f), "60 sequences");
    expectSame(Layer(32, 80, 2, 40, 36, {70, 0, 513, 9}, true, 0.2f), "wide and long");
    expectSame(Layer(33, 8, 1, 8, 8, {1, 5000, 1}, false), "one long sequence");
}

// What a device takes as a whole; the doorway gives it the rest as three operations.
TEST(HstuLayer, ADeviceRefusesWhatIsNoSingleLaunch)
{
    const DeviceApi& api = *emulatedDevice();
    const auto refusal = [&](const Layer& layer) {
        LayerResults r;
        LayerGradients g;
        const HstuLayerBackward b = layer.arguments(r, g);
        EXPECT_FALSE(fitsOneLaunch(b.forward));
        std::int64_t needed = 0;
        DeviceCall call;
        call.workspaceNeeded = &needed;
        EXPECT_NE(api.hstuLayerBackward(&b, &call), 0);
        EXPECT_NE(api.hstuLayerForward(&b.forward, &call), 0);
        return std::string(api.lastMessage());
    };
    EXPECT_THAT(refusal(Layer(1, 65, 2, 6, 6, {3})), HasSubstr("width exceeds 64"));
    EXPECT_THAT(refusal(Layer(1, 12, 2, 33, 6, {3})), HasSubstr("queryDim exceeds 64"));
    EXPECT_THAT(refusal(Layer(1, 12, 2, 6, 33, {3})), HasSubstr("valueDim exceeds 64"));
    EXPECT_THAT(refusal(Layer(1, 4, 1, 4, 4, {1, 513})), HasSubstr("more than 512 rows"));
}

TEST(HstuLayer, RefusesWhatIsWrong)
{
    const Settings settings;
    const Layer layer(8, 12, 2, 6, 6, {3, 0, 9});
    const auto refusal = [&](auto&& spoil) {
        LayerResults r;
        HstuLayerForward a = layer.arguments(r);
        spoil(a);
        return refusalOf([&] { hstuLayerForward(a); });
    };
    for (const Path path : availablePaths()) {
        forcePath(path);
        EXPECT_EQ(refusal([](auto&) {}), "accepted");
        EXPECT_THAT(refusal([](auto& a) { a.heads = 0; }), HasSubstr("heads"));
        EXPECT_THAT(refusal([](auto& a) { a.positions = 8; }), HasSubstr("positions"));
        EXPECT_THAT(refusal([](auto& a) { a.epsilon = 0.0f; }), HasSubstr("epsilon"));
        EXPECT_THAT(refusal([](auto& a) { a.dropout = 1.0f; }), HasSubstr("dropout"));
        EXPECT_THAT(refusal([](auto& a) { a.keyTimes = nullptr; }), HasSubstr("keyTimes"));
        EXPECT_THAT(refusal([](auto& a) { a.outBias = nullptr; }), HasSubstr("outBias"));
        EXPECT_THAT(refusal([](auto& a) { a.inverseSigma = nullptr; }), HasSubstr("inverseSigma"));
        EXPECT_THAT(refusal([](auto& a) { a.mixed = a.projected + 5; }), HasSubstr("mixed"));
        EXPECT_THAT(refusal([](auto& a) { a.output = a.slope; }), HasSubstr("output"));
    }
}

} // namespace
} // namespace recoscope::kernels
