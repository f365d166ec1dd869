// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <gmock/gmock.h>

namespace recoscope::kernels {
namespace {

using testing::HasSubstr;

struct Projection {
    std::int64_t rows, inner, width, activated;
    float normEpsilon;
    Floats input, weight, bias, gradOutput;

    Projection(std::uint64_t seed, std::int64_t r, std::int64_t k, std::int64_t n, std::int64_t a, bool biased,
        float epsilon = 0.0f)
        : rows(r)
        , inner(k)
        , width(n)
        , activated(a)
        , normEpsilon(epsilon)
    {
        Random random(seed);
        input = random.normal(r * k);
        weight = random.normal(k * n, 1.0 / std::sqrt(static_cast<double>(k)));
        gradOutput = random.normal(r * n);
        if (biased)
            bias = random.normal(n);
    }
    // What the backward needs is in `kept`: slopes, means, 1/sigma.
    SiluProjection arguments(Floats& kept, Floats& output) const
    {
        kept.resize(rows * activated + 2 * rows + 16);
        output.resize(rows * width);
        // Whole cache lines, as tensors are: large arrays are written past the caches only then.
        float* slope = kept.data() + (16 - reinterpret_cast<std::uintptr_t>(kept.data()) / sizeof(float) % 16) % 16;
        float* mean = slope + rows * activated;
        return {rows, inner, width, activated, input.data(), weight.data(), bias.empty() ? nullptr : bias.data(), slope,
            output.data(), normEpsilon, mean, mean + rows};
    }
    Floats forward() const
    {
        Floats kept, output, alone(rows * width);
        SiluProjection a = arguments(kept, output);
        siluProjectionForward(a);
        a.output = alone.data();
        a.slope = a.mean = a.inverseSigma = nullptr; // as in evaluation
        siluProjectionForward(a);
        EXPECT_TRUE(sameBytes(output, alone));
        return output;
    }
    struct Gradients {
        Floats input, weight, bias;
    };
    Gradients backward() const
    {
        Floats kept, output;
        Gradients g{Floats(rows * inner, 5.0f), Floats(inner * width, 5.0f), Floats(bias.size(), 5.0f)};
        SiluProjectionBackward b;
        b.forward = arguments(kept, output);
        siluProjectionForward(b.forward);
        b.gradOutput = gradOutput.data();
        b.gradInput = g.input.data();
        b.gradWeight = g.weight.data();
        b.gradBias = g.bias.data();
        siluProjectionBackward(b);
        return g;
    }
    Floats everything() const
    {
        Floats result = forward();
        const Gradients g = backward();
        append(result, g.input);
        append(result, g.weight);
        append(result, g.bias);
        return result;
    }
};

TEST(SiluProjection, WorkedByHand)
{
    // x = (1, 2), W = [[1, -1], [0.5, 3]]: z = (2, 5); SiLU on the first column only.
    const Settings settings;
    const Floats x{1, 2}, w{1, -1, 0.5f, 3};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats slope(1), output(2);
        siluProjectionForward({1, 2, 2, 1, x.data(), w.data(), nullptr, slope.data(), output.data()});
        const double sigma = 1.0 / (1.0 + std::exp(-2.0));
        expectClose(slope, {static_cast<float>(sigma * (1.0 + 2.0 * (1.0 - sigma)))}, 1e-6, pathName(path));
        expectClose(output, {static_cast<float>(2.0 / (1.0 + std::exp(-2.0))), 5}, 1e-6, pathName(path));
    }
}

TEST(SiluProjection, EveryPathMatchesTheReference)
{
    std::uint64_t seed = 0;
    for (const auto& [rows, inner, width, activated] : std::vector<std::array<std::int64_t, 4>>{{1, 1, 1, 1},
             {2, 3, 5, 2}, {95, 64, 256, 256}, {97, 17, 33, 9}, {400, 7, 16, 0}, {385, 65, 47, 47}, {1153, 24, 31, 31},
             {4100, 3, 256, 256}, {31, 63, 64, 64}, {32, 64, 65, 1}, {33, 129, 127, 127}, {129, 300, 520, 301}})
        for (const bool biased : {false, true})
            for (const float epsilon : {0.0f, 1e-3f}) {
                const Projection p(++seed, rows, inner, width, activated, biased, epsilon);
                expectPathsAgree([&] { return p.everything(); }, 1e-4,
                    std::to_string(rows) + " x " + std::to_string(inner) + " x " + std::to_string(width)
                        + (epsilon > 0.0f ? " with norm" : ""));
            }
}

TEST(SiluProjection, GradientsAreTheSlopes)
{
    const Settings settings;
    for (const float epsilon : {0.0f, 0.1f}) {
        Projection p(50, 5, 4, 7, 5, true, epsilon);
        for (const Path path : availablePaths()) {
            forcePath(path);
            const Projection::Gradients g = p.backward();
            forcePath(Path::Reference);
            const auto loss = [&] { return weightedSum(p.forward(), p.gradOutput); };
            expectGradient(p.input, g.input, loss, 1e-3, std::string("input on ") + pathName(path));
            expectGradient(p.weight, g.weight, loss, 1e-3, std::string("weight on ") + pathName(path));
            expectGradient(p.bias, g.bias, loss, 1e-3, std::string("bias on ") + pathName(path));
        }
    }
}

TEST(SiluProjection, RefusesArgumentsThatDoNotFit)
{
    const Projection p(3, 4, 3, 5, 5, false, 0.1f);
    Floats kept, output, gradient(64);
    const auto refusal = [&](auto&& spoil) {
        SiluProjectionBackward b{p.arguments(kept, output), p.gradOutput.data(), gradient.data(), gradient.data() + 16};
        spoil(b);
        return refusalOf([&] {
            siluProjectionForward(b.forward);
            siluProjectionBackward(b);
        });
    };
    EXPECT_EQ(refusal([](auto&) {}), "accepted");
    EXPECT_THAT(refusal([](auto& b) { b.forward.normEpsilon = -1.0f; }), HasSubstr("normEpsilon"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.mean = nullptr; }), HasSubstr("inverseSigma"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.mean = b.forward.inverseSigma = nullptr; }), HasSubstr("mean"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.slope = nullptr; }), HasSubstr("slope"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.slope = b.forward.output; }), HasSubstr("output"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.activated = 6; }), HasSubstr("activated"));
    EXPECT_THAT(refusal([](auto& b) {
        b.gradInput = b.gradWeight;
        b.gradWeight = b.forward.slope;
    }),
        HasSubstr("gradWeight"));
}

// The first layer's input has no gradient.
TEST(SiluProjection, TheGradientOfTheInputMayBeLeftOut)
{
    const Settings settings;
    const Projection p(9, 70, 6, 11, 11, true, 0.1f);
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Projection::Gradients g = p.backward();
        Floats kept, output, weight(6 * 11), bias(11);
        SiluProjectionBackward b{p.arguments(kept, output), p.gradOutput.data(), nullptr, weight.data(), bias.data()};
        siluProjectionForward(b.forward);
        siluProjectionBackward(b);
        EXPECT_TRUE(sameBytes(weight, g.weight)) << pathName(path);
        EXPECT_TRUE(sameBytes(bias, g.bias)) << pathName(path);
    }
}

TEST(SiluProjection, NoRowsGiveNoGradient)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Projection none(1, 0, 3, 4, 4, true);
        const Projection::Gradients g = none.backward();
        EXPECT_EQ(g.weight, Floats(12));
        EXPECT_EQ(g.bias, Floats(4));
    }
}

struct FewRows {
    std::int64_t rows, inner, outputs;
    Floats input, weight, bias, packed;

    FewRows(std::int64_t r, std::int64_t k, std::int64_t n, bool biased = true)
        : rows(r)
        , inner(k)
        , outputs(n)
    {
        Random random(static_cast<std::uint64_t>(r * 10000 + k * 100 + n));
        input = random.normal(r * k);
        weight = random.normal(n * k, 1.0 / std::sqrt(static_cast<double>(k)));
        if (biased)
            bias = random.normal(n);
        packed.resize(packedLinearFloats(n, k));
        packLinear(n, k, weight.data(), biased ? bias.data() : nullptr, packed.data());
    }
    // Rows [first, first + count); what stands between and behind them must stay.
    Floats apply(std::int64_t first, std::int64_t count) const
    {
        const std::int64_t stride = outputs + 3;
        Floats output(count * stride, 7.0f), dense(count * outputs), result;
        packedLinear({count, inner, outputs, input.data() + first * inner, packed.data(), output.data(), stride});
        packedLinear({count, inner, outputs, input.data() + first * inner, packed.data(), dense.data()});
        for (std::int64_t r = 0; r < count; ++r) {
            const auto row = output.begin() + r * stride;
            append(result, Floats(row, row + outputs));
            EXPECT_EQ(Floats(row + outputs, row + stride), Floats(3, 7.0f));
        }
        EXPECT_TRUE(sameBytes(result, dense));
        return result;
    }
};

TEST(PackedLinear, WorkedByHand)
{
    // W = [[1, 2], [3, 4], [5, 6]], x = (1, -1): (-1, -1, -1) and the bias.
    const Settings settings;
    const Floats weight{1, 2, 3, 4, 5, 6}, bias{0.5f, 1, 2}, x{1, -1};
    Floats packed(packedLinearFloats(3, 2));
    EXPECT_EQ(packed.size(), 64u * 3);
    packLinear(3, 2, weight.data(), bias.data(), packed.data());
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats y(3);
        packedLinear({1, 2, 3, x.data(), packed.data(), y.data()});
        EXPECT_EQ(y, (Floats{-0.5f, 0, 1})) << pathName(path);
    }
}

TEST(PackedLinear, EveryPathMatchesTheReference)
{
    for (const std::int64_t rows : {1, 2, 5, 6, 7, 13, 20})
        for (const std::int64_t inner : {1, 7, 64})
            for (const std::int64_t outputs : {1, 15, 16, 17, 63, 64, 65, 100, 192}) {
                const FewRows c(rows, inner, outputs, (rows + inner) % 2 == 0);
                expectPathsAgree([&] { return c.apply(0, c.rows); }, 1e-5,
                    std::to_string(rows) + " x " + std::to_string(inner) + " x " + std::to_string(outputs));
            }
    const FewRows many(1000, 9, 20);
    expectPathsAgree([&] { return many.apply(0, many.rows); }, 1e-5, "rows enough for several threads");
}

TEST(PackedLinear, ARowIsTheSameAmongAnyOthersAndOnAVX2AndAVX512)
{
    const Settings settings;
    const FewRows c(17, 50, 107);
    Floats wide;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats all = c.apply(0, c.rows);
        for (const std::int64_t count : {1, 2, 3, 4, 5, 6, 9}) {
            Floats parts;
            for (std::int64_t first = 0; first < c.rows; first += count)
                append(parts, c.apply(first, std::min(count, c.rows - first)));
            EXPECT_TRUE(sameBytes(parts, all)) << pathName(path) << ", " << count << " at once";
        }
        if (path != Path::Avx2 && path != Path::Avx512)
            continue;
        EXPECT_TRUE(wide.empty() || sameBytes(wide, all));
        wide = all;
    }
}

TEST(SigmoidGate, OnEveryPathAndInPlace)
{
    const Settings settings;
    Random random(3);
    Floats opening = random.normal(1037, 4.0);
    const Floats input = random.normal(1037);
    opening[0] = 200.0f;
    opening[1] = -200.0f;
    Floats expected(input);
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] /= 1.0f + std::exp(-opening[i]);
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats apart(input.size()), inPlace = input;
        sigmoidGate(1037, opening.data(), input.data(), apart.data());
        sigmoidGate(1037, opening.data(), inPlace.data(), inPlace.data());
        expectClose(apart, expected, 1e-6, pathName(path));
        EXPECT_EQ(apart, inPlace) << pathName(path);
    }
    sigmoidGate(0, nullptr, nullptr, nullptr);
}

TEST(LogSoftmax, IsTheLogarithmOfTheSoftmaxAlsoFarFromZero)
{
    const Settings settings;
    Random random(4);
    for (const std::int64_t width : {1, 2, 15, 16, 770}) {
        Floats values = random.normal(7 * width, 5.0);
        for (std::int64_t i = 0; i < width; ++i) {
            values[i] += 1e4f;
            values[width + i] -= 1e4f;
        }
        if (width > 2)
            values[2 * width + 1] = -std::numeric_limits<float>::infinity();
        const auto run = [&] {
            Floats row = values;
            logSoftmax(7, width, row.data());
            return row;
        };
        forcePath(Path::Reference);
        const Floats expected = run();
        for (const Path path : availablePaths()) {
            forcePath(path);
            const Floats found = run();
            for (std::int64_t r = 0; r < 7; ++r) {
                double sum = 0.0;
                for (std::int64_t i = 0; i < width; ++i) {
                    const float value = found[r * width + i], defined = expected[r * width + i];
                    sum += std::exp(static_cast<double>(value));
                    if (std::isinf(defined))
                        EXPECT_EQ(value, defined) << pathName(path);
                    else // near 1e4 two floats are a thousandth apart
                        ASSERT_NEAR(value, defined, r < 2 ? 2e-3 : 1e-5) << pathName(path);
                }
                EXPECT_NEAR(sum, 1.0, r < 2 ? 2e-3 : 1e-5) << pathName(path);
            }
        }
    }
    logSoftmax(0, 3, nullptr);
}

} // namespace
} // namespace recoscope::kernels
