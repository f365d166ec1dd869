// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/plain_hstu.h"

#include <limits>

namespace recoscope::kernels {
namespace {

constexpr double halfStep = 0x1p-8; // between neighbours above 1: no rounding changes a number by a larger part
constexpr double bf16Tolerance = 0x1p-7;

// Rows of `width` numbers out of rows of projections or gradients.
Floats columnsOf(const HstuCase& c, const Floats& rows, std::int64_t first, std::int64_t width)
{
    Floats result;
    for (std::int64_t t = 0; t < c.rows; ++t)
        result.insert(
            result.end(), rows.begin() + t * c.rowStride() + first, rows.begin() + t * c.rowStride() + first + width);
    return result;
}

struct Named {
    const char* name;
    Floats actual;
    PlainHstu::Sums PlainHstu::*expected;
};

std::vector<Named> resultsOf(const HstuBf16Case& c)
{
    const HstuCase& f = c.floats;
    const Floats gradients = c.gradients().projected;
    return {{"output", c.forward(), &PlainHstu::output},
        {"gradValue", columnsOf(f, gradients, 0, f.heads * f.valueDim), &PlainHstu::gradValue},
        {"gradQuery", columnsOf(f, gradients, c.queryAt(), f.heads * f.queryDim), &PlainHstu::gradQuery},
        {"gradKey", columnsOf(f, gradients, c.keyAt(), f.heads * f.queryDim), &PlainHstu::gradKey}};
}

// The result is rounded once, and so is each weight that tensor cores multiply; nothing else is.
void expectRoundings(const HstuBf16Case& c, const std::string& what)
{
    const PlainHstu plain(c.floats, false);
    for (const Path path : availablePaths()) {
        forcePath(path);
        const double weights = path == Path::Cuda ? 1.01 * halfStep : 1e-5;
        for (const Named& result : resultsOf(c)) {
            const PlainHstu::Sums& exact = plain.*result.expected;
            ASSERT_EQ(result.actual.size(), exact.values.size());
            for (std::size_t i = 0; i < result.actual.size(); ++i)
                ASSERT_NEAR(result.actual[i], exact.values[i],
                    1.01 * halfStep * std::fabs(exact.values[i]) + weights * exact.sizes[i] + 1e-6)
                    << what << ", " << result.name << " on " << pathName(path) << " at " << i;
        }
    }
}

// For each path: the same bytes again and with 1, 2 and 4 threads.
void expectRepeatable(const std::function<Floats()>& operation)
{
    for (const Path path : availablePaths()) {
        forcePath(path);
        setThreads(1);
        const Floats once = operation();
        for (const int count : {1, 2, 4}) {
            setThreads(count);
            EXPECT_TRUE(sameBytes(operation(), once)) << pathName(path) << ", " << count << " threads";
        }
    }
}

TEST(Bfloat16, RoundsToTheNearestEven)
{
    const auto bits = [](float x) { return toBfloat16(x).bits; };
    constexpr float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(bits(1.0f), 0x3f80);
    EXPECT_EQ(bits(-2.5f), 0xc020);
    EXPECT_EQ(bits(1.0f + 0x1p-8f), 0x3f80); // half way: down to the even one
    EXPECT_EQ(bits(1.0f + 0x1p-8f + 0x1p-20f), 0x3f81);
    EXPECT_EQ(bits(1.0f + 0x3p-8f), 0x3f82); // half way: up to the even one
    EXPECT_EQ(bits(-0.0f), 0x8000);
    EXPECT_EQ(bits(0x1p-133f), 0x0001); // the smallest one
    EXPECT_EQ(bits(0x1p-134f), 0x0000);
    EXPECT_EQ(bits(std::numeric_limits<float>::max()), 0x7f80);
    EXPECT_EQ(bits(-infinity), 0xff80);
    EXPECT_TRUE(std::isnan(toFloat(toBfloat16(std::numeric_limits<float>::quiet_NaN()))));
    EXPECT_TRUE(std::isnan(toFloat(toBfloat16(std::numeric_limits<float>::signaling_NaN()))));
    for (std::uint32_t i = 0; i < 65536; ++i) {
        const Bfloat16 x{static_cast<std::uint16_t>(i)};
        if (!std::isnan(toFloat(x))) {
            ASSERT_EQ(toBfloat16(toFloat(x)).bits, i);
        }
    }
}

TEST(HstuBf16, EveryPathRoundsWhatItMayAndNothingElse)
{
    const Settings settings;
    const std::vector<std::int64_t> lengths{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 0, 31, 32, 33, 63, 65};
    for (const auto& [queryDim, valueDim] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {1, 1}, {5, 6}, {16, 16}, {25, 25}, {32, 64}, {80, 48}, {64, 65}, {20, 272}, {272, 20}})
        for (const bool biases : {true, false}) {
            const HstuBf16Case c(HstuCase(queryDim, queryDim < 64 ? 2 : 1, queryDim, valueDim, lengths, biases));
            const std::string what = "widths " + std::to_string(queryDim) + ", " + std::to_string(valueDim);
            expectRoundings(c, what);
            expectRepeatable([&] { return c.forward(); });
            expectRepeatable([&] { return c.gradients().projected; });
            // Made of what nobody rounded.
            expectPathsAgree([&] { return c.biasGradients(); }, 1e-4, "biases, " + what);
        }
}

double distance(const PlainHstu::Doubles& from, const auto& to)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < from.size(); ++i)
        sum += (to[i] - from[i]) * (to[i] - from[i]);
    return std::sqrt(sum);
}

TEST(HstuBf16, ErrorsAreNoWorseThanThoseOfRoundedOperations)
{
    const Settings settings;
    for (const std::int64_t width : {16, 50, 64})
        for (const bool biases : {true, false}) {
            const HstuBf16Case c(HstuCase(width, 2, width, width, {200, 1, 17, 64}, biases));
            const PlainHstu exact(c.floats, false), composed(c.floats, true);
            for (const Path path : availablePaths()) {
                forcePath(path);
                for (const Named& result : resultsOf(c)) {
                    const PlainHstu::Doubles& values = (exact.*result.expected).values;
                    EXPECT_LE(
                        distance(values, result.actual), 0.9 * distance(values, (composed.*result.expected).values))
                        << result.name << " of width " << width << " on " << pathName(path);
                }
            }
        }
}

TEST(HstuBf16, OnTheProcessorItIsTheFloatKernelWithARoundedResult)
{
    const Settings settings;
    const HstuBf16Case c(HstuCase(4, 2, 24, 40, {0, 3, 600, 1, 33, 8, 300, 300}, true));
    for (const Path path : availablePaths()) {
        if (path == Path::Cuda)
            continue;
        forcePath(path);
        EXPECT_TRUE(sameBytes(c.forward(), widened(rounded(c.floats.forward())))) << pathName(path);
        const HstuGradients ours = c.gradients(), floats = c.floats.gradients();
        EXPECT_TRUE(sameBytes(ours.projected, widened(rounded(floats.projected)))) << pathName(path);
        EXPECT_TRUE(sameBytes(ours.positionBias, floats.positionBias)) << pathName(path);
        EXPECT_TRUE(sameBytes(ours.timeBias, floats.timeBias)) << pathName(path);
    }
}

TEST(HstuBf16, RowsThatAreKeysAloneAreNotComputed)
{
    const Settings settings;
    for (const std::uint64_t seed : {1, 2, 3}) {
        HstuCase floats(seed, 2, 16, 9, {0, 1, 2, 5, 8, 9, 16, 17, 0, 31, 33, 65, 70, 100}, true);
        HstuCase whole = floats;
        floats.firstQueries = someFirstQueries(floats.offsets, seed);
        const std::int64_t width = floats.heads * floats.valueDim;
        whole.gradOutput = onlyAsking(whole.gradOutput, floats.offsets, floats.firstQueries, width);
        const HstuBf16Case some(floats), all(whole);
        for (const Path path : availablePaths()) {
            forcePath(path);
            EXPECT_TRUE(
                sameBytes(some.forward(), onlyAsking(all.forward(), floats.offsets, floats.firstQueries, width)))
                << pathName(path);
            expectClose(some.gradients().projected, all.gradients().projected, bf16Tolerance, pathName(path));
            expectClose(some.biasGradients(), all.biasGradients(), 1e-5, pathName(path));
        }
    }
}

TEST(HstuBf16, GradientsAreThoseOfTheForward)
{
    const Settings settings;
    HstuBf16Case c(HstuCase(3, 2, 4, 3, {4, 1, 6}, true));
    for (const Path path : availablePaths()) {
        forcePath(path);
        const HstuGradients g = c.gradients();
        forcePath(Path::Reference); // in double: differences of rounded outputs would be of the rounding
        HstuCase& floats = c.floats;
        const auto loss = [&] { return weightedSum(floats.forward(), floats.gradOutput); };
        expectGradient(floats.projected, g.projected, loss, bf16Tolerance, "projections");
        expectGradient(floats.positionBias, g.positionBias, loss, 2e-4, "position bias");
        expectGradient(floats.timeBias, g.timeBias, loss, 2e-4, "time bias");
    }
}

TEST(HstuBf16, RowsOnAndOffSixteenBytesGiveTheSame)
{
    const Settings settings;
    const HstuCase floats(12, 2, 32, 24, {40, 1, 70}, true); // its rows end 3 numbers off
    const HstuBf16Case off(floats), on(floats, 5);
    ASSERT_EQ(on.stride() % 8, 0);
    for (const Path path : availablePaths()) {
        forcePath(path);
        EXPECT_TRUE(sameBytes(on.forward(), off.forward())) << pathName(path);
        EXPECT_TRUE(sameBytes(on.gradients().projected, off.gradients().projected)) << pathName(path);
        EXPECT_TRUE(sameBytes(on.biasGradients(), off.biasGradients())) << pathName(path);
    }
}

TEST(HstuBf16, LargeScoresStayFinite)
{
    const Settings settings;
    HstuCase floats(6, 1, 16, 16, {40}, false);
    for (float& x : floats.projected)
        x *= 100.0f;
    const HstuBf16Case c(floats);
    for (const Path path : availablePaths()) {
        forcePath(path);
        for (const Floats& values : {c.forward(), c.gradients().projected})
            EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
                << pathName(path);
    }
}

TEST(HstuBf16, NothingToDo)
{
    const Settings settings;
    for (const std::vector<std::int64_t>& offsets : std::vector<std::vector<std::int64_t>>{{}, {0}, {0, 0, 0}})
        for (const Path path : availablePaths()) {
            forcePath(path);
            const Floats bias(6, 1.0f);
            Floats position(3, 7.0f), time(6, 7.0f);
            HstuAttentionBf16Backward b;
            b.forward.shape.offsets = offsets;
            b.forward.shape.queryDim = b.forward.shape.valueDim = b.forward.shape.rowStride = b.gradStride = 4;
            hstuAttentionBf16Forward(b.forward);
            b.forward.shape.positionBias = b.forward.shape.timeBias = bias.data();
            b.forward.shape.positions = 3;
            b.forward.shape.timeBuckets = 5;
            b.gradPositionBias = position.data();
            b.gradTimeBias = time.data();
            hstuAttentionBf16Backward(b);
            EXPECT_EQ(position, Floats(3, 0.0f)) << pathName(path);
            EXPECT_EQ(time, Floats(6, 0.0f)) << pathName(path);
        }
}

TEST(HstuBf16, BadArgumentsAreRefusedByName)
{
    const std::vector<std::int64_t> first{0, 0};
    HstuBf16Case c(HstuCase(1, 1, 3, 3, {3}, true));
    Bf16s output;
    HstuAttentionBf16Backward good;
    good.forward = c.arguments(output);
    Bf16s gradients(c.projected.size());
    good.gradOutput = c.gradOutput.data();
    good.gradQuery = good.gradKey = good.gradValue = gradients.data();
    good.gradStride = c.stride();
    Floats position(c.floats.positionBias.size()), time(c.floats.timeBias.size());
    good.gradPositionBias = position.data();
    good.gradTimeBias = time.data();
    const auto expectSays = [](const std::string& refusal, const std::string& message) {
        EXPECT_NE(refusal.find(message), std::string::npos) << message << ": " << refusal;
    };
    const auto refuseBackward = [&](const std::string& message, auto change) {
        HstuAttentionBf16Backward bad = good;
        change(bad);
        expectSays(refusalOf([&] { hstuAttentionBf16Backward(bad); }), "hstuAttentionBf16Backward: " + message);
    };
    const auto refuse = [&](const std::string& message, auto change) {
        HstuAttentionBf16Backward bad = good;
        change(bad);
        expectSays(refusalOf([&] { hstuAttentionBf16Forward(bad.forward); }), "hstuAttentionBf16Forward: " + message);
        refuseBackward(message, change);
    };
    Bf16s together(9 + c.projected.size());
    std::copy(c.projected.begin(), c.projected.end(), together.begin() + 9);
    using B = HstuAttentionBf16Backward;
    EXPECT_EQ(refusalOf([&] { hstuAttentionBf16Forward(good.forward); }), "accepted");
    EXPECT_EQ(refusalOf([&] { hstuAttentionBf16Backward(good); }), "accepted");
    refuse("heads must", [](B& b) { b.forward.shape.heads = 0; });
    refuse("rowStride is", [](B& b) { b.forward.shape.rowStride = 2; });
    refuse("scale must", [](B& b) { b.forward.shape.scale = std::nanf(""); });
    refuse("positions is", [](B& b) { b.forward.shape.positions = 2; });
    refuse("queryTimes is", [](B& b) { b.forward.shape.queryTimes = nullptr; });
    refuse("firstQueries has", [&](B& b) { b.forward.shape.firstQueries = first; });
    refuse("query is null", [](B& b) { b.forward.query = nullptr; });
    refuse("key is null", [](B& b) { b.forward.key = nullptr; });
    refuse("value is null", [](B& b) { b.forward.value = nullptr; });
    refuseBackward("gradStride is", [](B& b) { b.gradStride = 2; });
    refuseBackward("gradOutput is null", [](B& b) { b.gradOutput = nullptr; });
    refuseBackward("gradKey is null", [](B& b) { b.gradKey = nullptr; });
    refuseBackward("gradPositionBias is null", [](B& b) { b.gradPositionBias = nullptr; });
    refuseBackward("gradTimeBias is null", [](B& b) { b.gradTimeBias = nullptr; });
    refuseBackward("gradValue overlaps value", [&](B& b) {
        b.forward.value = together.data() + 9;
        b.gradValue = together.data();
    });
    HstuAttentionBf16Forward bad = good.forward;
    bad.output = nullptr;
    expectSays(refusalOf([&] { hstuAttentionBf16Forward(bad); }), "output is null");
    // Nine numbers that end where the values begin, and one further.
    bad = good.forward;
    bad.value = together.data() + 9;
    bad.output = together.data();
    EXPECT_EQ(refusalOf([&] { hstuAttentionBf16Forward(bad); }), "accepted");
    bad.output = together.data() + 1;
    expectSays(refusalOf([&] { hstuAttentionBf16Forward(bad); }), "output overlaps value");
}

} // namespace
} // namespace recoscope::kernels
