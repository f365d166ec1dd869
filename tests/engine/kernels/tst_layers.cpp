// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>

namespace recoscope::kernels {
namespace {

struct Norm {
    std::int64_t rows, width;
    float probability;
    bool withResidual;
    Floats input, residual, weight, bias, gradOutput;

    Norm(std::uint64_t seed, std::int64_t r, std::int64_t w, float p, bool residuals)
        : rows(r)
        , width(w)
        , probability(p)
        , withResidual(residuals)
    {
        Random random(seed);
        input = random.normal(r * w);
        residual = random.normal(r * w);
        weight = random.normal(w);
        bias = random.normal(w);
        gradOutput = random.normal(r * w);
    }
    LayerNormForward arguments(Floats& output, Floats& normalised, Floats& inverseSigma) const
    {
        output.resize(rows * width);
        normalised.resize(rows * width);
        inverseSigma.resize(rows);
        LayerNormForward a;
        a.rows = rows;
        a.width = width;
        a.input = input.data();
        a.residual = withResidual ? residual.data() : nullptr;
        a.weight = weight.data();
        a.bias = bias.data();
        a.dropout = probability;
        a.seed = 77;
        a.output = output.data();
        a.normalised = normalised.data();
        a.inverseSigma = inverseSigma.data();
        return a;
    }
    Floats forward() const
    {
        Floats output, normalised, inverseSigma;
        layerNormForward(arguments(output, normalised, inverseSigma));
        append(output, normalised);
        append(output, inverseSigma);
        return output;
    }
    // gradInput, gradResidual, gradWeight, gradBias.
    Floats backward() const
    {
        Floats output, normalised, inverseSigma, result(2 * rows * width + 2 * width);
        const LayerNormForward a = arguments(output, normalised, inverseSigma);
        layerNormForward(a);
        LayerNormBackward b;
        b.rows = rows;
        b.width = width;
        b.gradOutput = gradOutput.data();
        b.normalised = normalised.data();
        b.inverseSigma = inverseSigma.data();
        b.weight = weight.data();
        b.dropout = probability;
        b.seed = a.seed;
        b.gradInput = result.data();
        b.gradResidual = withResidual ? result.data() + rows * width : nullptr;
        b.gradWeight = result.data() + 2 * rows * width;
        b.gradBias = b.gradWeight + width;
        layerNormBackward(b);
        return result;
    }
};

TEST(LayerNorm, EveryPathMatchesTheReference)
{
    for (const std::int64_t width : {1, 3, 8, 17, 50, 64, 128, 300, 5000})
        for (const float p : {0.0f, 0.25f}) {
            const Norm norm(width, width > 1000 ? 5 : 701, width, p, p > 0.0f);
            const std::string what = "width " + std::to_string(width) + ", dropout " + std::to_string(p);
            // A width of 1 has no variance: 1/sigma is 316 and magnifies the rounding.
            expectPathsAgree([&] { return norm.forward(); }, 2e-5, "forward, " + what);
            expectPathsAgree([&] { return norm.backward(); }, 5e-5, "backward, " + what);
        }
}

TEST(LayerNorm, GradientsAgreeWithCentralDifferences)
{
    const Settings settings;
    forcePath(Path::Reference);
    for (const float p : {0.0f, 0.3f}) {
        Norm norm(5, 4, 6, p, true);
        const Floats all = norm.backward();
        const auto part
            = [&](std::int64_t at, std::int64_t count) { return Floats(all.begin() + at, all.begin() + at + count); };
        const auto loss = [&] {
            Floats output, normalised, inverseSigma;
            layerNormForward(norm.arguments(output, normalised, inverseSigma));
            return weightedSum(output, norm.gradOutput);
        };
        expectGradient(norm.input, part(0, 24), loss, 1e-3, "input");
        expectGradient(norm.residual, part(24, 24), loss, 1e-3, "residual");
        expectGradient(norm.weight, part(48, 6), loss, 1e-3, "weight");
        expectGradient(norm.bias, part(54, 6), loss, 1e-3, "bias");
    }
}

TEST(LayerNorm, EvaluationNeedsNoRoomForTheBackward)
{
    const Settings settings;
    const Norm norm(3, 9, 20, 0.0f, true);
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output, normalised, inverseSigma;
        LayerNormForward a = norm.arguments(output, normalised, inverseSigma);
        layerNormForward(a);
        const Floats kept = output;
        a.normalised = a.inverseSigma = nullptr;
        layerNormForward(a);
        EXPECT_TRUE(sameBytes(output, kept)) << pathName(path);
    }
}

// Outputs, then gradients of the inputs.
Floats unitRowsOf(const Floats& x, const Floats& gradOutput, std::int64_t width)
{
    const auto rows = static_cast<std::int64_t>(x.size()) / width;
    Floats output(x.size()), inverse(rows), gradInput(x.size());
    UnitRowsBackward b;
    b.forward = {rows, width, 1e-6f, x.data(), output.data(), inverse.data()};
    unitRowsForward(b.forward);
    b.gradOutput = gradOutput.data();
    b.gradInput = gradInput.data();
    unitRowsBackward(b);
    append(output, gradInput);
    return output;
}

TEST(UnitRows, EveryPathMatchesTheReference)
{
    for (const std::int64_t width : {2, 3, 16, 17, 64, 300}) {
        Random random(width);
        const Floats x = random.normal(401 * width), gradOutput = random.normal(401 * width);
        expectPathsAgree([&] { return unitRowsOf(x, gradOutput, width); }, 2e-5, "width " + std::to_string(width));
    }
}

TEST(UnitRows, RowsWithoutLengthAreOnlyScaled)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        expectClose(unitRowsOf({0, 0, 3e-7f, 4e-7f, 3, 4}, {1, 2, 1, 2, 1, 2}, 2),
            {0, 0, 0.3f, 0.4f, 0.6f, 0.8f, 1e6f, 2e6f, 1e6f, 2e6f, -0.064f, 0.048f}, 1e-5, pathName(path));
    }
}

TEST(UnitRows, GradientsAgreeWithCentralDifferences)
{
    const Settings settings;
    Random random(4);
    Floats x = random.normal(4 * 6);
    const Floats gradOutput = random.normal(x.size());
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats all = unitRowsOf(x, gradOutput, 6);
        forcePath(Path::Reference);
        const auto loss = [&] {
            const Floats both = unitRowsOf(x, gradOutput, 6);
            return weightedSum(Floats(both.begin(), both.begin() + 24), gradOutput);
        };
        expectGradient(x, Floats(all.begin() + 24, all.end()), loss, 1e-3, pathName(path));
    }
}

TEST(Gelu, EveryPathMatchesTheReferenceFromTailToTail)
{
    Floats x = Random(1).normal(10001, 3.0);
    for (int i = 0; i < 200; ++i)
        x[i] = -10.0f + 0.1f * static_cast<float>(i);
    const Floats gradOutput = Random(2).normal(10001);
    for (const float p : {0.0f, 0.4f}) {
        expectPathsAgree(
            [&] {
                Floats y(x.size());
                geluDropoutForward(10001, x.data(), p, 5, y.data());
                return y;
            },
            1e-6, "forward");
        expectPathsAgree(
            [&] {
                Floats g(x.size());
                geluDropoutBackward(10001, x.data(), p, 5, gradOutput.data(), g.data());
                return g;
            },
            2e-6, "backward");
    }
}

TEST(Gelu, GradientAgreesWithCentralDifferences)
{
    const Settings settings;
    forcePath(Path::Reference);
    Floats x = Random(4).normal(60, 2.0), gradient(60);
    const Floats weights = Random(5).normal(60);
    geluDropoutBackward(60, x.data(), 0.2f, 9, weights.data(), gradient.data());
    const auto loss = [&] {
        Floats y(60);
        geluDropoutForward(60, x.data(), 0.2f, 9, y.data());
        return weightedSum(y, weights);
    };
    expectGradient(x, gradient, loss, 3e-4, "input");
}

TEST(Dropout, TheMaskIsTheSameOnEveryPathAndThreadCount)
{
    const Settings settings;
    for (const std::int64_t count : {1, 127, 128, 129, 5000, 100003}) {
        const Floats ones(count, 1.0f);
        forcePath(Path::Reference);
        Floats expected(count);
        dropout(count, ones.data(), 0.3f, 42, expected.data());
        for (const Path path : availablePaths())
            for (const int used : {1, 2, 4}) {
                forcePath(path);
                setThreads(used);
                Floats y = ones;
                dropout(count, y.data(), 0.3f, 42, y.data()); // in place
                EXPECT_TRUE(sameBytes(y, expected)) << pathName(path) << ", " << count << " values";
            }
    }
}

TEST(Dropout, KeepsTheStatedShareAndTheMean)
{
    constexpr std::int64_t count = 1 << 18;
    const Floats ones(count, 1.0f);
    for (const float p : {0.1f, 0.5f, 0.9f}) {
        Floats y(count), other(count);
        dropout(count, ones.data(), p, 1, y.data());
        dropout(count, ones.data(), p, 2, other.data());
        const auto dropped = std::count(y.begin(), y.end(), 0.0f);
        const double sigma = std::sqrt(count * p * (1.0 - p));
        EXPECT_NEAR(static_cast<double>(dropped), p * count, 5.0 * sigma);
        EXPECT_NEAR(*std::max_element(y.begin(), y.end()), 1.0 / (1.0 - p), 1e-3);
        EXPECT_FALSE(sameBytes(y, other)) << "another seed must give another mask";
    }
}

TEST(Dropout, ZeroProbabilityChangesNothing)
{
    const Floats x = Random(6).normal(1000);
    Floats y(1000);
    dropout(1000, x.data(), 0.0f, 1, y.data());
    EXPECT_TRUE(sameBytes(x, y));
}

} // namespace
} // namespace recoscope::kernels
