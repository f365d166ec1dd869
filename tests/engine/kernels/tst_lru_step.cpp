// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

struct Block {
    std::int64_t h, s, inner;
    Floats lambda, inWeight, inBias, outWeight, outBias, n1w, n1b, w1, b1, w2, b2, n2w, n2b, state, x;

    Block(std::int64_t width, std::int64_t channels, std::int64_t innerWidth)
        : h(width)
        , s(channels)
        , inner(innerWidth)
    {
        Random random(width);
        lambda = random.normal(2 * s, 0.5);
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
        LruStep a;
        a.width = h;
        a.channels = s;
        a.inner = inner;
        a.lambda = lambda.data();
        a.inWeight = inWeight.data();
        a.inBias = inBias.data();
        a.outWeight = outWeight.data();
        a.outBias = outBias.data();
        a.norm1Weight = n1w.data();
        a.norm1Bias = n1b.data();
        a.w1 = w1.data();
        a.b1 = b1.data();
        a.w2 = w2.data();
        a.b2 = b2.data();
        a.norm2Weight = n2w.data();
        a.norm2Bias = n2b.data();
        a.x = result.data();
        a.state = result.data() + h;
        lruStep(a);
        return result;
    }
};

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

} // namespace
} // namespace recoscope::kernels
