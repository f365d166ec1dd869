// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

struct Block {
    std::int64_t h, s, inner;
    Floats lambda, inWeight, inBias, outWeight, outBias, n1w, n1b, w1, b1, w2, b2, n2w, n2b, state, x;
    mutable Floats packedIn, packedOut, packedW1, packedW2; // when first asked for: tests change the weights before

    Block(std::int64_t width, std::int64_t channels, std::int64_t innerWidth)
        : h(width)
        , s(channels)
        , inner(innerWidth)
    {
        Random random(width);
        lambda = random.normal(2 * s, 0.5);
        for (std::int64_t c = 0; c < s; ++c) { // inside the unit circle, as the model keeps it
            const float size = std::hypot(lambda[c], lambda[s + c]);
            lambda[c] *= 0.95f / std::max(size, 0.95f);
            lambda[s + c] *= 0.95f / std::max(size, 0.95f);
        }
        inWeight = random.normal(2 * s * h, 0.2);
        inBias = random.normal(2 * s);
        outWeight = random.normal(h * 2 * s, 0.2);
        outBias = random.normal(h);
        n1w = random.normal(h);
        n1b = random.normal(h);
        w1 = random.normal(inner * h, 0.2);
        b1 = random.normal(inner);
        w2 = random.normal(h * inner, 0.2);
        b2 = random.normal(h);
        n2w = random.normal(h);
        n2b = random.normal(h);
        state = random.normal(2 * s);
        x = random.normal(h);
    }
    // Output and then the new state.
    Floats step() const
    {
        Floats result = x;
        append(result, state);
        LruStep a = weights();
        a.x = result.data();
        a.state = result.data() + h;
        lruStep(a);
        return result;
    }
    LruStep weights() const
    {
        if (packedIn.empty()) {
            packedIn = packed(2 * s, h, inWeight, inBias);
            packedOut = packed(h, 2 * s, outWeight, outBias);
            packedW1 = packed(inner, h, w1, b1);
            packedW2 = packed(h, inner, w2, b2);
        }
        LruStep a;
        a.width = h;
        a.channels = s;
        a.inner = inner;
        a.lambda = lambda.data();
        a.in = packedIn.data();
        a.out = packedOut.data();
        a.w1 = packedW1.data();
        a.w2 = packedW2.data();
        a.norm1Weight = n1w.data();
        a.norm1Bias = n1b.data();
        a.norm2Weight = n2w.data();
        a.norm2Bias = n2b.data();
        return a;
    }
};

// Sequences of rows with their states, before.
struct Rows {
    std::vector<std::int64_t> offsets;
    Floats x, states;

    Rows(const Block& block, const std::vector<std::int64_t>& lengths)
        : offsets(offsetsOf(lengths))
    {
        Random random(offsets.back());
        x = random.normal(offsets.back() * block.h);
        states = random.normal(static_cast<std::int64_t>(lengths.size()) * 2 * block.s);
    }
};

// Outputs of all rows and then the new states; `perCall` rows at a time.
Floats together(const Block& block, const Rows& before, std::int64_t perCall)
{
    Floats x = before.x, states = before.states;
    const std::int64_t rows = before.offsets.back();
    for (std::int64_t first = 0; first < rows; first += perCall) {
        std::vector<std::int64_t> offsets;
        for (const std::int64_t at : before.offsets)
            offsets.push_back(std::clamp<std::int64_t>(at - first, 0, std::min(perCall, rows - first)));
        LruSteps a{block.weights(), offsets};
        a.block.x = x.data() + first * block.h;
        a.block.state = states.data();
        lruSteps(a);
    }
    append(x, states);
    return x;
}

Floats oneByOne(const Block& block, const Rows& before)
{
    Floats x = before.x, states = before.states;
    for (std::size_t b = 0; b + 1 < before.offsets.size(); ++b)
        for (std::int64_t t = before.offsets[b]; t < before.offsets[b + 1]; ++t) {
            LruStep a = block.weights();
            a.x = x.data() + t * block.h;
            a.state = states.data() + static_cast<std::int64_t>(b) * 2 * block.s;
            lruStep(a);
        }
    append(x, states);
    return x;
}

TEST(LruStep, EveryPathMatchesTheReference)
{
    for (const std::int64_t width : {2, 5, 8, 33, 64}) {
        const Block block(width, 2 * width, 4 * width);
        expectPathsAgree([&] { return block.step(); }, 1e-5, "width " + std::to_string(width));
    }
}

TEST(LruStep, WithNothingLearnedTheStateIsTheRotatedOneAndTheOutputTheBias)
{
    // Zero weights: h = lambda * state + inBias; both norms see a constant-free x, then only x's own normalisation
    // stays.
    const Settings settings;
    Block block(2, 1, 8);
    for (Floats* zero : {&block.inWeight, &block.outWeight, &block.outBias, &block.w1, &block.b1, &block.w2, &block.b2})
        std::fill(zero->begin(), zero->end(), 0.0f);
    block.lambda = {0.0f, 1.0f}; // i
    block.state = {3.0f, 4.0f};
    block.inBias = {1.0f, 2.0f};
    block.x = {5.0f, -5.0f};
    block.n1w = block.n2w = {1.0f, 1.0f};
    block.n1b = block.n2b = {0.0f, 0.0f};
    for (const Path path : availablePaths()) {
        forcePath(path);
        expectClose(block.step(), {1.0f, -1.0f, -3.0f, 5.0f}, 2e-5, pathName(path));
    }
}

// A batch of steps, a chunk of a history, and anything between.
TEST(LruSteps, EveryPathMatchesTheReferenceForMixedLengths)
{
    for (const std::int64_t width : {2, 5, 16, 33}) {
        const Block block(width, 2 * width - 1, 3 * width + 1);
        const Rows rows(block, {0, 1, 1, 7, 0, 40, 2, 300, 1, 0});
        expectPathsAgree(
            [&] { return together(block, rows, rows.offsets.back()); }, 1e-4, "width " + std::to_string(width));
    }
}

TEST(LruSteps, ManyRowsTogetherAreThoseOneByOne)
{
    const Settings settings;
    for (const std::int64_t width : {1, 7, 24, 64}) {
        const Block block(width, 2 * width, 4 * width);
        for (const Rows& rows : {Rows(block, std::vector<std::int64_t>(100, 1)), Rows(block, {0, 3, 0, 90, 1, 1})})
            for (const Path path : availablePaths()) {
                forcePath(path);
                EXPECT_TRUE(sameBytes(together(block, rows, rows.offsets.back()), oneByOne(block, rows)))
                    << pathName(path) << ", width " << width;
            }
    }
}

// A history in chunks of any size, from a single event to more than there are, and one that ends where a sequence does.
TEST(LruSteps, AHistoryInChunksIsThatInOnePass)
{
    const Settings settings;
    const Block block(20, 24, 50);
    const Rows rows(block, {0, 45, 0, 200, 5, 0});
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats whole = together(block, rows, rows.offsets.back());
        for (const std::int64_t chunk : {1, 7, 45, 64, 249, 250, 1000})
            EXPECT_TRUE(sameBytes(together(block, rows, chunk), whole)) << pathName(path) << ", chunks of " << chunk;
    }
}

TEST(LruSteps, WithoutEventsNothingHappens)
{
    const Block block(4, 4, 8);
    Rows rows(block, {0, 0});
    lruSteps({});
    LruSteps a{block.weights(), rows.offsets};
    a.block.state = rows.states.data();
    const Floats before = rows.states;
    lruSteps(a);
    EXPECT_EQ(rows.states, before);
}

} // namespace
} // namespace recoscope::kernels
