// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/time_buckets.h"
#include "tests/engine/kernels/hstu_case.h"

#include <limits>

namespace recoscope::kernels {
namespace {

TEST(Hstu, AHandWorkedRowOfEveryPath)
{
    // One head of width 1: scores 2 * q k, biases by distance {0.5, -1} and by time bucket.
    const Settings settings;
    const std::vector<std::int64_t> offsets{0, 2}, times{0, 60}, asked{60, 3600};
    const Floats query{1, 0.5f}, key{0.25f, -1}, value{2, 10}, position{0.5f, -1.0f};
    Floats timeBias(129, 0.0f);
    timeBias[0] = 0.125f; // no time passed
    timeBias[13] = 0.25f; // a minute: ln(60) / 0.301 = 13.6
    timeBias[27] = -0.75f; // an hour: 27.2; 59 minutes: 27.1
    const auto silu = [](double x) { return x / (1.0 + std::exp(-x)); };
    const double first = silu(2 * 0.25 + 0.5 + 0.25);
    const double far = silu(2 * 0.125 - 1.0 - 0.75), near = silu(2 * -0.5 + 0.5 - 0.75);
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output(2);
        HstuAttentionForward a;
        a.offsets = offsets;
        a.queryDim = a.valueDim = a.rowStride = 1;
        a.scale = 2.0f;
        a.query = query.data();
        a.key = key.data();
        a.value = value.data();
        a.positionBias = position.data();
        a.positions = 2;
        a.timeBias = timeBias.data();
        a.queryTimes = asked.data();
        a.keyTimes = times.data();
        a.output = output.data();
        hstuAttentionForward(a);
        const auto f = [](double x) { return static_cast<float>(x); };
        expectClose(output, {f(2 * first), f((2 * far + 10 * near) / 2)}, 1e-6, pathName(path));
        a.normaliser = 8.0f;
        hstuAttentionForward(a);
        expectClose(output, {f(2 * first / 8), f((2 * far + 10 * near) / 8)}, 1e-6, pathName(path));
    }
}

TEST(Hstu, EveryPathMatchesTheReference)
{
    const std::vector<std::int64_t> lengths{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 0, 31, 33, 65};
    for (const auto& [queryDim, valueDim] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {1, 1}, {5, 6}, {8, 8}, {25, 25}, {32, 16}, {50, 50}, {64, 64}, {256, 128}})
        for (const bool biases : {true, false}) {
            const HstuCase c(queryDim, queryDim < 64 ? 3 : 1, queryDim, valueDim, lengths, biases);
            const std::string what = "widths " + std::to_string(queryDim) + ", " + std::to_string(valueDim);
            expectPathsAgree([&] { return c.forward(); }, 1e-5, "forward, " + what);
            expectPathsAgree([&] { return c.backward(); }, 1e-4, "backward, " + what);
        }
}

TEST(Hstu, RowsThatAreKeysAloneAreNotComputed)
{
    const Settings settings;
    const std::vector<std::int64_t> lengths{0, 1, 2, 5, 8, 9, 16, 17, 0, 31, 33, 65, 70, 100};
    for (const bool biases : {true, false})
        for (const std::uint64_t seed : {1, 2, 3}) {
            HstuCase c(seed, 2, 12, 9, lengths, biases);
            HstuCase whole = c;
            c.firstQueries = someFirstQueries(c.offsets, seed);
            const std::int64_t width = c.heads * c.valueDim;
            whole.gradOutput = onlyAsking(whole.gradOutput, c.offsets, c.firstQueries, width);
            expectPathsAgree([&] { return c.forward(); }, 1e-5, "forward");
            expectPathsAgree([&] { return c.backward(); }, 1e-4, "backward");
            for (const Path path : availablePaths()) {
                forcePath(path);
                EXPECT_TRUE(sameBytes(c.forward(), onlyAsking(whole.forward(), c.offsets, c.firstQueries, width)))
                    << pathName(path);
                expectClose(c.backward(), whole.backward(), 1e-5, pathName(path));
            }
        }
}

TEST(Hstu, LongHistoriesMatchTheReference)
{
    const HstuCase c(5, 2, 16, 16, {513, 0, 1, 1024}, true);
    expectPathsAgree([&] { return c.forward(); }, 1e-5, "forward");
    expectPathsAgree([&] { return c.backward(); }, 3e-4, "backward");
}

TEST(Hstu, TimesOutOfOrderAndCenturiesApartMatchTheReference)
{
    for (const bool far : {false, true}) {
        HstuCase c(9, 1, 8, 8, {40, 21, 5}, true);
        for (std::size_t i = 0; i < c.keyTimes.size(); ++i) {
            c.keyTimes[i] = static_cast<std::int64_t>(i * 7919 % 41) * (far ? 400'000'000'000 : 1000);
            c.queryTimes[i] = c.keyTimes[(i * 31 + 5) % c.keyTimes.size()] - 17;
        }
        if (far) {
            c.keyTimes[3] = std::numeric_limits<std::int64_t>::min();
            c.queryTimes[4] = std::numeric_limits<std::int64_t>::max();
        }
        expectPathsAgree([&] { return c.forward(); }, 1e-5, "forward");
        expectPathsAgree([&] { return c.backward(); }, 1e-4, "backward");
    }
}

TEST(Hstu, GradientsAreThoseOfTheForward)
{
    const Settings settings;
    forcePath(Path::Reference);
    HstuCase c(3, 2, 4, 3, {4, 1, 6}, true);
    const HstuGradients g = c.gradients();
    const auto loss = [&] { return weightedSum(c.forward(), c.gradOutput); };
    expectGradient(c.projected, g.projected, loss, 2e-4, "projections");
    expectGradient(c.positionBias, g.positionBias, loss, 2e-4, "position bias");
    expectGradient(c.timeBias, g.timeBias, loss, 2e-4, "time bias");
}

TEST(Hstu, AnEventNeverSeesWhatComesLater)
{
    const Settings settings;
    HstuCase c(6, 2, 8, 8, {23}, true);
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats before = c.forward();
        HstuCase changed = c;
        for (std::int64_t i = 12 * c.rowStride(); i < 23 * c.rowStride(); ++i)
            changed.projected[i] += 1.0f;
        for (std::size_t i = 12; i < 23; ++i)
            changed.keyTimes[i] += 1000;
        const Floats after = changed.forward();
        const std::int64_t seen = 12 * c.heads * c.valueDim;
        EXPECT_TRUE(sameBytes({before.begin(), before.begin() + seen}, {after.begin(), after.begin() + seen}));
        EXPECT_FALSE(sameBytes(before, after));
    }
}

TEST(Hstu, WeightsTimesValuesAreTheOutput)
{
    const Settings settings;
    const HstuCase c(8, 2, 8, 5, {3, 21, 1}, true);
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats output = c.forward();
        Floats unused;
        const HstuAttentionForward a = c.arguments(unused);
        for (std::int64_t h = 0; h < 2; ++h) {
            Floats weights(21 * 21, 7.0f), expected(21 * 5), actual(21 * 5);
            hstuAttentionWeights(a, 1, h, weights.data());
            for (std::int64_t i = 0; i < 21; ++i)
                for (std::int64_t d = 0; d < 5; ++d) {
                    double sum = 0.0;
                    for (std::int64_t j = 0; j < 21; ++j)
                        sum += weights[i * 21 + j] * a.value[(3 + j) * a.rowStride + h * 5 + d];
                    actual[i * 5 + d] = static_cast<float>(sum);
                    expected[i * 5 + d] = output[((3 + i) * 2 + h) * 5 + d];
                }
            expectClose(actual, expected, 1e-5, pathName(path));
            for (std::int64_t i = 0; i < 21; ++i)
                for (std::int64_t j = i + 1; j < 21; ++j)
                    ASSERT_EQ(weights[i * 21 + j], 0.0f);
        }
    }
}

TEST(Hstu, LargeScoresStayFinite)
{
    const Settings settings;
    const std::vector<std::int64_t> offsets{0, 2};
    const Floats query{1, 1}, key{300, -300}, value{1, 1}, gradOutput{1, 1};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output(2), grad(6);
        HstuAttentionForward a;
        a.offsets = offsets;
        a.queryDim = a.valueDim = a.rowStride = 1;
        a.query = query.data();
        a.key = key.data();
        a.value = value.data();
        a.output = output.data();
        hstuAttentionForward(a);
        expectClose(output, {300, 150}, 1e-6, pathName(path));
        hstuAttentionBackward(
            {a, gradOutput.data(), grad.data(), grad.data() + 2, grad.data() + 4, 1, nullptr, nullptr});
        expectClose(grad, {300, 150, 1.5f, 0, 450, 0}, 1e-6, pathName(path));
    }
}

TEST(HstuTimeBuckets, FollowThePublishedExpression)
{
    // ln(60) / 0.301 = 13.6, ln(3600) / 0.301 = 27.2, a day 37.7, a year 57.3.
    EXPECT_EQ(timeBucket(0), 0);
    EXPECT_EQ(timeBucket(1), 0);
    EXPECT_EQ(timeBucket(2), 2); // 0.693 / 0.301 = 2.3: bucket 1 holds no whole number of seconds
    EXPECT_EQ(timeBucket(-60), 13);
    EXPECT_EQ(timeBucket(3600), 27);
    EXPECT_EQ(timeBucket(86400), 37);
    EXPECT_EQ(timeBucket(31536000), 57);
    EXPECT_EQ(timeBucket(86400, 30), 30);
    EXPECT_EQ(timeBucket(std::numeric_limits<std::int64_t>::max()), 128);
    EXPECT_EQ(timeBucket(std::numeric_limits<std::int64_t>::min()), 128);
}

TEST(HstuTimeBuckets, CellsAreTheExpressionOnEveryFloatNearAStep)
{
    const TimeBucketCells& cells = timeBucketCells();
    const auto fast = [&](float f) {
        std::uint32_t bits;
        std::memcpy(&bits, &f, sizeof bits);
        const auto cell = (bits >> 21) - 508;
        return cells.base[cell] + (f >= cells.step[cell] ? 1.0f : 0.0f);
    };
    for (int bucket = 1; bucket <= 144; ++bucket) {
        float f = static_cast<float>(std::exp(0.301 * bucket));
        for (int i = 0; i < 40; ++i)
            f = std::nextafter(f, 1.0f);
        for (int i = 0; i < 80; ++i, f = std::nextafter(f, 1e30f))
            ASSERT_EQ(fast(f), publishedTimeBucket(f)) << f;
    }
    for (std::int64_t seconds = 0; seconds < 100000; ++seconds)
        ASSERT_EQ(fast(timeDifference(seconds, 0)), static_cast<float>(timeBucket(seconds, 1000))) << seconds;
}

} // namespace
} // namespace recoscope::kernels
