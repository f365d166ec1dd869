// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <gmock/gmock.h>

namespace recoscope::kernels {
namespace {

using testing::HasSubstr;

struct Gated {
    std::int64_t rows, inner, width, gateStride;
    float dropout, epsilon = 1e-3f;
    Floats input, gate, residual, weight, bias, gradOutput;

    Gated(std::uint64_t seed, std::int64_t r, std::int64_t k, std::int64_t n, std::int64_t apart, float drop)
        : rows(r)
        , inner(k)
        , width(n)
        , gateStride(k + apart)
        , dropout(drop)
    {
        Random random(seed);
        input = random.normal(r * k);
        gate = random.normal(r * gateStride);
        residual = random.normal(r * n);
        weight = random.normal(n * k, 1.0 / std::sqrt(static_cast<double>(k)));
        bias = random.normal(n);
        gradOutput = random.normal(r * n);
    }
    GatedOutput arguments(Floats& output, Floats& moments) const
    {
        output.resize(rows * width);
        moments.resize(2 * rows);
        return {rows, inner, width, epsilon, input.data(), gate.data(), gateStride, residual.data(), weight.data(),
            bias.data(), dropout, 77, output.data(), moments.data(), moments.data() + rows};
    }
    Floats forward() const
    {
        Floats output, moments, alone = residual; // in evaluation the output may take the residual's place
        GatedOutput a = arguments(output, moments);
        gatedOutputForward(a);
        a.mean = a.inverseSigma = nullptr;
        a.residual = a.output = alone.data();
        gatedOutputForward(a);
        EXPECT_TRUE(sameBytes(output, alone));
        return output;
    }
    struct Gradients {
        Floats input, gate, weight, bias;
    };
    // Gradients of the gate lie as far apart as its rows; what is between them must stay.
    Gradients backward() const
    {
        Floats output, moments;
        Gradients g{Floats(rows * inner, 5.0f), Floats(rows * gateStride, 5.0f), Floats(width * inner, 5.0f),
            Floats(width, 5.0f)};
        const GatedOutputBackward b{arguments(output, moments), gradOutput.data(), g.input.data(), g.gate.data(),
            gateStride, g.weight.data(), g.bias.data()};
        gatedOutputForward(b.forward);
        gatedOutputBackward(b);
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t i = inner; i < gateStride; ++i)
                EXPECT_EQ(g.gate[r * gateStride + i], 5.0f);
        return g;
    }
    Floats everything() const
    {
        Floats result = forward();
        const Gradients g = backward();
        for (const Floats* part : {&g.input, &g.gate, &g.weight, &g.bias})
            append(result, *part);
        return result;
    }
};

TEST(GatedOutput, WorkedByHand)
{
    // x = (1, 3): mean 2, sigma 1, LN(x) = (-1, 1); gated by (4, 5): (-4, 5).
    const Settings settings;
    const Floats x{1, 3}, u{4, 5}, residual{10, 20}, w{1, 2, -3, 0.5f}, bias{0.25f, -1};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats y(2), moments(2);
        gatedOutputForward({1, 2, 2, 1e-12f, x.data(), u.data(), 2, residual.data(), w.data(), bias.data(), 0.0f, 0,
            y.data(), moments.data(), moments.data() + 1});
        expectClose(y, {10.0f + 6.0f + 0.25f, 20.0f + 14.5f - 1.0f}, 1e-6, pathName(path));
        expectClose(moments, {2, 1}, 1e-6, pathName(path));
    }
}

TEST(GatedOutput, EveryPathMatchesTheReference)
{
    std::uint64_t seed = 10;
    for (const auto& [rows, inner, width, apart] : std::vector<std::array<std::int64_t, 4>>{{1, 2, 1, 0}, {2, 3, 5, 1},
             {95, 64, 64, 192}, {97, 17, 33, 9}, {400, 8, 16, 0}, {1153, 24, 31, 8}, {31, 63, 64, 0}, {32, 65, 127, 2},
             {33, 128, 129, 0}, {129, 290, 301, 0}})
        for (const float dropout : {0.0f, 0.3f}) {
            const Gated g(++seed, rows, inner, width, apart, dropout);
            expectPathsAgree([&] { return g.everything(); }, 1e-4,
                std::to_string(rows) + " x " + std::to_string(inner) + " x " + std::to_string(width));
        }
}

TEST(GatedOutput, GradientsAreTheSlopes)
{
    const Settings settings;
    for (const float dropout : {0.0f, 0.4f}) {
        Gated c(50, 5, 4, 7, 0, dropout);
        c.epsilon = 0.1f;
        for (const Path path : availablePaths()) {
            forcePath(path);
            const Gated::Gradients g = c.backward();
            forcePath(Path::Reference);
            const auto loss = [&] { return weightedSum(c.forward(), c.gradOutput); };
            expectGradient(c.input, g.input, loss, 1e-3, std::string("input on ") + pathName(path));
            expectGradient(c.gate, g.gate, loss, 1e-3, std::string("gate on ") + pathName(path));
            expectGradient(c.weight, g.weight, loss, 1e-3, std::string("weight on ") + pathName(path));
            expectGradient(c.bias, g.bias, loss, 1e-3, std::string("bias on ") + pathName(path));
        }
    }
}

// The same masks as the element-wise operation's.
TEST(GatedOutput, DropsWhatDropoutDrops)
{
    const Settings settings;
    Gated g(4, 200, 12, 12, 0, 0.5f);
    g.weight.assign(12 * 12, 0.0f);
    for (int i = 0; i < 12; ++i)
        g.weight[13 * i] = 1.0f;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats dropped = g.forward();
        const std::vector<float> ones(200 * 12, 1.0f);
        Floats factors(ones.size());
        dropout(static_cast<std::int64_t>(ones.size()), ones.data(), 0.5f, 77, factors.data());
        g.dropout = 0.0f;
        const Floats whole = g.forward();
        g.dropout = 0.5f;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            const float rest = g.residual[i] + g.bias[i % 12];
            ASSERT_NEAR(dropped[i] - rest, (whole[i] - rest) * factors[i], 1e-5) << pathName(path);
        }
    }
}

TEST(GatedOutput, NoRowsGiveNoGradient)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Gated::Gradients g = Gated(1, 0, 3, 4, 0, 0.0f).backward();
        EXPECT_EQ(g.weight, Floats(12));
        EXPECT_EQ(g.bias, Floats(4));
    }
}

TEST(GatedOutput, RefusesArgumentsThatDoNotFit)
{
    const Gated c(3, 4, 3, 5, 2, 0.0f);
    Floats output, moments, gradient(128);
    const auto refusal = [&](auto&& spoil) {
        GatedOutputBackward b{c.arguments(output, moments), c.gradOutput.data(), gradient.data(), gradient.data() + 16,
            5, gradient.data() + 64, gradient.data() + 96};
        spoil(b);
        return refusalOf([&] {
            gatedOutputForward(b.forward);
            gatedOutputBackward(b);
        });
    };
    EXPECT_EQ(refusal([](auto&) {}), "accepted");
    EXPECT_THAT(refusal([](auto& b) { b.forward.epsilon = 0.0f; }), HasSubstr("epsilon"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.dropout = 1.0f; }), HasSubstr("dropout"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.gateStride = 2; }), HasSubstr("gateStride"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.residual = nullptr; }), HasSubstr("residual"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.mean = nullptr; }), HasSubstr("mean"));
    EXPECT_THAT(refusal([](auto& b) { b.forward.mean = b.forward.output; }), HasSubstr("mean"));
    EXPECT_THAT(refusal([](auto& b) { b.gradGateStride = 2; }), HasSubstr("gradGateStride"));
    EXPECT_THAT(refusal([](auto& b) { b.gradGate = b.forward.mean; }), HasSubstr("gradGate"));
    EXPECT_THAT(refusal([](auto& b) { b.gradBias = nullptr; }), HasSubstr("gradBias"));
}

} // namespace
} // namespace recoscope::kernels
