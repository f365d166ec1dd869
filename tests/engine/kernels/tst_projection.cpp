// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

struct Projection {
    std::int64_t rows, inner, width, activated;
    Floats input, weight, bias, gradOutput;

    Projection(std::uint64_t seed, std::int64_t r, std::int64_t k, std::int64_t n, std::int64_t a, bool biased)
        : rows(r)
        , inner(k)
        , width(n)
        , activated(a)
    {
        Random random(seed);
        input = random.normal(r * k);
        weight = random.normal(k * n, 1.0 / std::sqrt(static_cast<double>(k)));
        gradOutput = random.normal(r * n);
        if (biased)
            bias = random.normal(n);
    }
    SiluProjection arguments(Floats& linear, Floats& output) const
    {
        linear.resize(rows * width);
        output.resize(rows * width);
        return {rows, inner, width, activated, input.data(), weight.data(), bias.empty() ? nullptr : bias.data(),
            linear.data(), output.data()};
    }
    Floats forward() const
    {
        Floats linear, output;
        siluProjectionForward(arguments(linear, output));
        return output;
    }
    struct Gradients {
        Floats input, weight, bias;
    };
    Gradients backward() const
    {
        Floats linear, output;
        Gradients g{Floats(rows * inner, 5.0f), Floats(inner * width, 5.0f), Floats(bias.size(), 5.0f)};
        SiluProjectionBackward b;
        b.forward = arguments(linear, output);
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
        Floats linear(2), output(2);
        siluProjectionForward({1, 2, 2, 1, x.data(), w.data(), nullptr, linear.data(), output.data()});
        expectClose(linear, {2, 5}, 1e-6, pathName(path));
        expectClose(output, {static_cast<float>(2.0 / (1.0 + std::exp(-2.0))), 5}, 1e-6, pathName(path));
    }
}

TEST(SiluProjection, EveryPathMatchesTheReference)
{
    std::uint64_t seed = 0;
    for (const auto& [rows, inner, width, activated] : std::vector<std::array<std::int64_t, 4>>{{1, 1, 1, 1},
             {2, 3, 5, 2}, {95, 64, 256, 256}, {97, 17, 33, 9}, {400, 7, 16, 0}, {385, 65, 47, 47}, {1153, 24, 31, 31}})
        for (const bool biased : {false, true}) {
            const Projection p(++seed, rows, inner, width, activated, biased);
            expectPathsAgree([&] { return p.everything(); }, 1e-4,
                std::to_string(rows) + " x " + std::to_string(inner) + " x " + std::to_string(width));
        }
}

TEST(SiluProjection, GradientsAreTheSlopes)
{
    const Settings settings;
    Projection p(50, 5, 4, 7, 5, true);
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

} // namespace
} // namespace recoscope::kernels
