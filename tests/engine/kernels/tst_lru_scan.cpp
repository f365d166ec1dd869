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

// Large results are written past the caches where they lie on a boundary of vectors: the same bytes as anywhere else.
TEST(LruScan, LargeResultsAreTheSameWhereverTheyLie)
{
    const Settings settings;
    const Scan scan(5, 64, {20'000, 1, 0, 12'767});
    const std::size_t floats = scan.input.size();
    ASSERT_GE(floats, std::size_t(4) << 20);
    Floats room(3 * floats + 32);
    const auto boundary = (64 - reinterpret_cast<std::uintptr_t>(room.data()) % 64) / sizeof(float);
    for (const Path path : availablePaths()) {
        if (path == Path::Reference)
            continue; // knows one way
        forcePath(path);
        Floats results[2], gradLambda[2];
        for (const std::size_t shift : {0, 1}) {
            float *states = room.data() + boundary + shift, *gradInput = states + floats + 16;
            lruScanForward(
                {scan.offsets, scan.channels, scan.lambda.data(), scan.input.data(), scan.initial.data(), states});
            gradLambda[shift].resize(2 * 64);
            LruScanBackward b{scan.offsets, scan.channels, scan.lambda.data(), states, scan.gradStates.data(),
                gradInput, gradLambda[shift].data()};
            b.initial = scan.initial.data();
            lruScanBackward(b);
            results[shift].assign(states, states + 2 * floats + 16);
        }
        EXPECT_EQ(gradLambda[0], gradLambda[1]) << pathName(path);
        EXPECT_TRUE(std::equal(results[0].begin(), results[0].begin() + std::ptrdiff_t(floats), results[1].begin()))
            << pathName(path);
        EXPECT_TRUE(std::equal(
            results[0].end() - std::ptrdiff_t(floats), results[0].end(), results[1].end() - std::ptrdiff_t(floats)))
            << pathName(path);
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

// Forward from the first chunk to the last, backward from the last to the first, a state or its gradient between them.
struct ChunkedScan {
    const Scan& scan;
    std::int64_t chunk;
    Floats states, gradInput, gradLambda, gradInitial;

    ChunkedScan(const Scan& whole, std::int64_t eventsOfChunk)
        : scan(whole)
        , chunk(eventsOfChunk)
        , states(scan.input.size())
        , gradInput(scan.input.size())
        , gradLambda(2 * scan.channels)
        , gradInitial(scan.initial.size())
    {
        const std::int64_t events = scan.offsets.back(), width = 2 * scan.channels;
        std::vector<Floats> before{scan.initial};
        std::int64_t first = 0;
        for (; first < events; first += chunk) {
            lruScanForward({cut(first), scan.channels, scan.lambda.data(), scan.input.data() + first * width,
                before.back().data(), states.data() + first * width});
            before.push_back(lastStates(first, before.back()));
        }
        for (first -= chunk; first >= 0; first -= chunk) {
            before.pop_back();
            backward(first, before.back());
        }
    }

private:
    std::vector<std::int64_t> cut(std::int64_t first) const
    {
        std::vector<std::int64_t> offsets;
        for (const std::int64_t at : scan.offsets)
            offsets.push_back(std::clamp<std::int64_t>(at - first, 0, std::min(chunk, scan.offsets.back() - first)));
        return offsets;
    }
    Floats lastStates(std::int64_t first, Floats known) const
    {
        const auto offsets = cut(first);
        const std::int64_t width = 2 * scan.channels;
        for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
            if (offsets[b] < offsets[b + 1])
                std::copy_n(states.data() + (first + offsets[b + 1] - 1) * width, width,
                    known.data() + static_cast<std::int64_t>(b) * width);
        return known;
    }
    void backward(std::int64_t first, const Floats& initial)
    {
        const auto offsets = cut(first);
        const std::int64_t width = 2 * scan.channels;
        Floats grad(
            scan.gradStates.begin() + first * width, scan.gradStates.begin() + (first + offsets.back()) * width);
        Floats ofInitial(initial.size()), ofLambda(width);
        for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
            for (std::int64_t c = 0; c < width && offsets[b] < offsets[b + 1]; ++c)
                grad[(offsets[b + 1] - 1) * width + c] += gradInitial[static_cast<std::int64_t>(b) * width + c];
        lruScanBackward({offsets, scan.channels, scan.lambda.data(), states.data() + first * width, grad.data(),
            gradInput.data() + first * width, ofLambda.data(), initial.data(), ofInitial.data()});
        for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
            for (std::int64_t c = 0; c < width; ++c) { // what a chunk has no event of goes on to the chunk before
                const auto at = static_cast<std::int64_t>(b) * width + c;
                gradInitial[at] = offsets[b] < offsets[b + 1] ? ofInitial[at] : gradInitial[at];
            }
        for (std::int64_t c = 0; c < width; ++c)
            gradLambda[c] += ofLambda[c];
    }
};

TEST(LruScan, ChunksOfAnySizeGiveWhatOnePassGives)
{
    const Settings settings;
    const Scan scan(8, 11, {0, 30, 1, 0, 85, 0});
    for (const Path path : availablePaths()) {
        forcePath(path);
        const ChunkedScan whole(scan, 1000);
        EXPECT_TRUE(sameBytes(whole.states, scan.forward(true))) << pathName(path);
        for (const std::int64_t chunk : {1, 2, 16, 30, 31, 115, 116}) {
            const ChunkedScan chunks(scan, chunk);
            const std::string what = std::string(pathName(path)) + ", chunks of " + std::to_string(chunk);
            expectClose(chunks.states, whole.states, 2e-6, "states, " + what);
            expectClose(chunks.gradInput, whole.gradInput, 2e-5, "gradInput, " + what);
            expectClose(chunks.gradLambda, whole.gradLambda, 1e-4, "gradLambda, " + what);
            expectClose(chunks.gradInitial, whole.gradInitial, 2e-5, "gradInitial, " + what);
        }
    }
}

TEST(LruScan, AHandWorkedGradientOfTheStateBefore)
{
    // lambda = 0.5 + 0.5i, h0 = 2, u = 1, i: h1 = 2 + i. With dL/dh = 1, 2: g2 = 2, g1 = 1 + 2 conj(lambda) = 2 - i,
    // dL/dh0 = conj(lambda) g1 = 0.5 - 1.5i, dL/dlambda = g1 conj(h0) + g2 conj(h1) = 4 - 2i + 4 - 2i.
    const Settings settings;
    const std::vector<std::int64_t> offsets{0, 2, 2};
    const Floats lambda{0.5f, 0.5f}, input{1, 0, 0, 1}, initial{2, 0, 7, 7}, grad{1, 0, 2, 0};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats states(4), gradInput(4), gradLambda(2), gradInitial(4, 9.0f);
        lruScanForward({offsets, 1, lambda.data(), input.data(), initial.data(), states.data()});
        lruScanBackward({offsets, 1, lambda.data(), states.data(), grad.data(), gradInput.data(), gradLambda.data(),
            initial.data(), gradInitial.data()});
        EXPECT_EQ(gradInput, (Floats{2, -1, 2, 0})) << pathName(path);
        EXPECT_EQ(gradLambda, (Floats{8, -4})) << pathName(path);
        EXPECT_EQ(gradInitial, (Floats{0.5f, -1.5f, 0, 0})) << pathName(path);
        const std::vector<std::int64_t> none{0, 0, 0};
        gradInitial.assign(4, 9.0f);
        lruScanBackward(
            {none, 1, lambda.data(), nullptr, nullptr, nullptr, gradLambda.data(), initial.data(), gradInitial.data()});
        EXPECT_EQ(gradInitial, Floats(4)) << pathName(path);
    }
}

} // namespace
} // namespace recoscope::kernels
