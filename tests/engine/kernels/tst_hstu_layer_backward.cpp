// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The backward of a whole HSTU layer against the operations that it stands for, and against slopes.
#include "tests/engine/kernels/hstu_layer_case.h"

#include <gmock/gmock.h>

namespace recoscope::kernels {
namespace {

using testing::HasSubstr;

// What is made of the rows bit for bit; the sums over rows may be taken in another order.
void expectSameGradients(const Layer& layer, const std::string& what)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const LayerGradients expected = layer.gradientsOneByOne(), once = layer.gradientsAtOnce(),
                             again = layer.gradientsAtOnce();
        const std::string where = what + " on " + pathName(path);
        EXPECT_TRUE(sameBytes(once.ofRows(), expected.ofRows())) << where;
        expectClose(once.sums(), expected.sums(), 2e-4, where);
        EXPECT_TRUE(sameBytes(again.ofRows(), once.ofRows())) << where;
        EXPECT_TRUE(sameBytes(again.sums(), once.sums())) << where;
    }
}

TEST(HstuLayerBackward, IsThatOfTheThreeOperations)
{
    const std::vector<std::int64_t> edges{0, 1, 2, 3, 31, 32, 33, 0, 63, 64, 65, 127, 128, 129, 0};
    expectSameGradients(Layer(11, 64, 2, 32, 32, edges, true, 0.2f), "two heads of 32");
    expectSameGradients(Layer(12, 50, 1, 50, 50, edges, false), "one head of 50");
    expectSameGradients(Layer(13, 33, 4, 5, 16, edges, true, 0.5f), "heads of 5 and 16");
    expectSameGradients(Layer(14, 2, 3, 1, 1, edges), "width 2");
    expectSameGradients(Layer(15, 16, 64, 1, 1, {5, 40}), "64 heads");
}

TEST(HstuLayerBackward, IsThatOfTheThreeOperationsForRandomLengths)
{
    Random random(21);
    std::vector<std::int64_t> lengths{257, 511, 512};
    for (int i = 0; i < 3; ++i)
        lengths.push_back(random.size(HstuLayerForward::mostRows + 1));
    expectSameGradients(Layer(22, 20, 2, 8, 10, lengths, true, 0.1f), "random lengths");
}

TEST(HstuLayerBackward, TakesMoreSequencesThanThereAreBlocks)
{
    Random random(31);
    std::vector<std::int64_t> lengths;
    for (int i = 0; i < 300; ++i)
        lengths.push_back(random.size(6));
    expectSameGradients(Layer(32, 12, 2, 6, 6, lengths), "300 sequences");
}

TEST(HstuLayerBackward, TakesAnySizes)
{
    std::vector<std::int64_t> many;
    for (std::int64_t i = 0; i < 60; ++i)
        many.push_back(i * 37 % 140);
    expectSameGradients(Layer(31, 16, 2, 8, 8, many, true, 0.2f), "60 sequences");
    expectSameGradients(Layer(32, 80, 2, 40, 36, {70, 0, 513, 9}, true, 0.2f), "wide and long");
}

TEST(HstuLayerBackward, IsTheSameOnAnyNumberOfThreads)
{
    const Settings settings;
    const Layer layer(41, 16, 2, 8, 8, std::vector<std::int64_t>(40, 90), true, 0.2f);
    setThreads(1);
    const Floats alone = layer.gradientsAtOnce().sums();
    setThreads(3);
    EXPECT_TRUE(sameBytes(layer.gradientsAtOnce().sums(), alone));
}

TEST(HstuLayerBackward, EveryPathMatchesTheReference)
{
    const Layer layer(3, 24, 2, 7, 9, {0, 1, 2, 31, 0, 32, 33, 70}, true, 0.3f);
    expectPathsAgree(
        [&] {
            const LayerGradients g = layer.gradientsAtOnce();
            Floats all = g.ofRows();
            append(all, g.sums());
            return all;
        },
        2e-4, "a layer");
}

TEST(HstuLayerBackward, GradientsAreTheSlopes)
{
    const Settings settings;
    for (const float dropout : {0.0f, 0.4f}) {
        Layer c(50, 4, 2, 2, 3, {3, 1, 0, 5}, true, dropout);
        c.epsilon = 0.1f;
        for (const Path path : availablePaths()) {
            forcePath(path);
            const LayerGradients g = c.gradientsAtOnce();
            forcePath(Path::Reference);
            const auto expectSlopes = [&](Floats& values, const Floats& gradient, const char* name) {
                expectGradient(
                    values, gradient, [&] { return c.loss(); }, 1e-3, std::string(name) + " on " + pathName(path));
            };
            expectSlopes(c.input, g.input, "input");
            expectSlopes(c.weight, g.weight, "weight");
            expectSlopes(c.bias, g.bias, "bias");
            expectSlopes(c.positionBias, g.positionBias, "positionBias");
            expectSlopes(c.timeBias, g.timeBias, "timeBias");
            expectSlopes(c.outWeight, g.outWeight, "outWeight");
            expectSlopes(c.outBias, g.outBias, "outBias");
        }
    }
}

TEST(HstuLayerBackward, NoRowsGiveNoGradient)
{
    const Settings settings;
    const Layer none(1, 4, 1, 3, 2, {0, 0});
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats sums = none.gradientsAtOnce().sums();
        EXPECT_EQ(sums, Floats(sums.size())) << pathName(path);
    }
}

TEST(HstuLayerBackward, RefusesWhatIsWrong)
{
    const Settings settings;
    const Layer layer(8, 12, 2, 6, 6, {3, 0, 9});
    const auto refusal = [&](auto&& spoil) {
        LayerResults r;
        LayerGradients g;
        HstuLayerBackward b = layer.arguments(r, g);
        hstuLayerForward(b.forward);
        spoil(b);
        return refusalOf([&] { hstuLayerBackward(b); });
    };
    for (const Path path : availablePaths()) {
        forcePath(path);
        EXPECT_EQ(refusal([](auto&) {}), "accepted");
        EXPECT_THAT(refusal([](auto& b) { b.forward.slope = nullptr; }), HasSubstr("slope"));
        EXPECT_THAT(refusal([](auto& b) { b.forward.mixedMean = nullptr; }), HasSubstr("mixedMean"));
        EXPECT_THAT(refusal([](auto& b) { b.gradInput = nullptr; }), HasSubstr("gradInput"));
        EXPECT_THAT(refusal([](auto& b) { b.gradBias = nullptr; }), HasSubstr("gradBias"));
        EXPECT_THAT(refusal([](auto& b) { b.gradTimeBias = nullptr; }), HasSubstr("gradTimeBias"));
        EXPECT_THAT(refusal([](auto& b) { b.gradPositionBias = nullptr; }), HasSubstr("gradPositionBias"));
        EXPECT_THAT(refusal([](auto& b) { b.gradMixed = b.forward.mixed; }), HasSubstr("gradMixed"));
        EXPECT_THAT(refusal([](auto& b) { b.gradOutWeight = b.gradWeight; }), HasSubstr("gradWeight"));
    }
}

} // namespace
} // namespace recoscope::kernels
