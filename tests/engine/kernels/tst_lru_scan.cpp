// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <numeric>

namespace recoscope::kernels {
namespace {

struct Scan {
    std::int64_t channels;
    std::vector<std::int64_t> offsets;
    Floats lambda, input, initial, gradStates;

    Scan(std::uint64_t seed, std::int64_t s, const std::vector<std::int64_t>& lengths)
        : channels(s)
        , offsets(offsetsOf(lengths))
    {
        Random random(seed);
        lambda = random.normal(2 * s, 0.4);
        for (std::int64_t c = 0; c < s; ++c) { // inside the unit circle, as the model keeps it
            const float size = std::hypot(lambda[c], lambda[s + c]);
            if (size > 0.95f) {
                lambda[c] *= 0.95f / size;
                lambda[s + c] *= 0.95f / size;
            }
        }
        input = random.normal(offsets.back() * 2 * s);
        initial = random.normal(static_cast<std::int64_t>(lengths.size()) * 2 * s);
        gradStates = random.normal(offsets.back() * 2 * s);
    }

    Floats forward(bool withInitial = false) const
    {
        Floats states(input.size());
        lruScanForward(
            {offsets, channels, lambda.data(), input.data(), withInitial ? initial.data() : nullptr, states.data()});
        return states;
    }
    // gradInput, then gradLambda.
    Floats backward() const
    {
        const Floats states = forward();
        Floats result(states.size() + 2 * channels);
        lruScanBackward({offsets, channels, lambda.data(), states.data(), gradStates.data(), result.data(),
            result.data() + states.size()});
        return result;
    }
};

TEST(LruScan, AHandWorkedSequenceOfThree)
{
    // lambda = 0.5 + 0.5i; u = 1, i, 2: h1 = 1, h2 = 0.5 + 1.5i, h3 = (0.25 - 0.75) + (0.25 + 0.75)i + 2 = 1.5 + i.
    const Settings settings;
    const std::vector<std::int64_t> offsets{0, 3};
    const Floats lambda{0.5f, 0.5f}, input{1, 0, 0, 1, 2, 0};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats states(6);
        lruScanForward({offsets, 1, lambda.data(), input.data(), nullptr, states.data()});
        EXPECT_EQ(states, (Floats{1, 0, 0.5f, 1.5f, 1.5f, 1})) << pathName(path);
    }
}

TEST(LruScan, EveryPathMatchesTheReferenceForMixedLengths)
{
    const std::vector<std::int64_t> lengths{0, 1, 2, 3, 7, 8, 9, 0, 31, 32, 33, 127, 129, 1023, 4096, 0};
    for (const std::int64_t channels : {1, 3, 8, 17, 64}) {
        const Scan scan(channels, channels, lengths);
        const std::string what = std::to_string(channels) + " channels";
        expectPathsAgree([&] { return scan.forward(); }, 2e-5, "forward, " + what);
        expectPathsAgree([&] { return scan.forward(true); }, 2e-5, "forward from a state, " + what);
        // The gradient of lambda sums thousands of products of size ten.
        expectPathsAgree([&] { return scan.backward(); }, 3e-4, "backward, " + what);
    }
}

TEST(LruScan, MayWorkInPlace)
{
    const Settings settings;
    const Scan scan(5, 19, {4, 0, 33, 1});
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats states = scan.input;
        lruScanForward({scan.offsets, scan.channels, scan.lambda.data(), states.data(), nullptr, states.data()});
        EXPECT_TRUE(sameBytes(states, scan.forward())) << pathName(path);
        Floats grad = scan.gradStates, gradLambda(2 * scan.channels);
        lruScanBackward({scan.offsets, scan.channels, scan.lambda.data(), states.data(), grad.data(), grad.data(),
            gradLambda.data()});
        append(grad, gradLambda);
        EXPECT_TRUE(sameBytes(grad, scan.backward())) << pathName(path);
    }
}

TEST(LruScan, ContinuingFromAStateEqualsTheWholeSequence)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Scan whole(9, 12, {50});
        const Floats states = whole.forward();
        Scan rest = whole;
        rest.offsets = {0, 20};
        rest.input.assign(whole.input.begin() + 30 * 24, whole.input.end());
        rest.initial.assign(states.begin() + 29 * 24, states.begin() + 30 * 24);
        const Floats expected(states.begin() + 30 * 24, states.end());
        // The state of the reference is in double, the one handed over in float; a GPU cuts the sequence elsewhere.
        if (path == Path::Reference || path == Path::Cuda)
            expectClose(rest.forward(true), expected, 2e-6, pathName(path));
        else
            EXPECT_TRUE(sameBytes(rest.forward(true), expected)) << pathName(path);
    }
}

TEST(LruScan, GradientsAgreeWithCentralDifferences)
{
    const Settings settings;
    forcePath(Path::Reference);
    Scan scan(3, 2, {5, 0, 1, 3});
    const Floats gradients = scan.backward();
    const auto loss = [&] { return weightedSum(scan.forward(), scan.gradStates); };
    const auto split = gradients.begin() + static_cast<std::ptrdiff_t>(scan.input.size());
    expectGradient(scan.input, Floats(gradients.begin(), split), loss, 1e-4, "input");
    expectGradient(scan.lambda, Floats(split, gradients.end()), loss, 1e-3, "lambda");
}

} // namespace
} // namespace recoscope::kernels
