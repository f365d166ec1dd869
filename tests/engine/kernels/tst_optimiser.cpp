// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

TEST(AdamW, TheFirstStepMovesByTheLearningRateAgainstTheSign)
{
    // With both moments at zero the corrected ratio is sign(g), so p = 1 * (1 - 0.1 * 0.5) - 0.1 * sign(g).
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats p{1, 1, 1}, m(3), v(3);
        const Floats g{0.5f, -8.0f, 1e-3f};
        AdamWStep a;
        a.count = 3;
        a.parameter = p.data();
        a.gradient = g.data();
        a.firstMoment = m.data();
        a.secondMoment = v.data();
        a.learningRate = 0.1;
        a.weightDecay = 0.5;
        adamWStep(a);
        expectClose(p, {0.85f, 1.05f, 0.85f}, 1e-5, pathName(path));
        expectClose(m, {0.05f, -0.8f, 1e-4f}, 1e-6, pathName(path));
    }
}

TEST(AdamW, EveryPathMatchesTheReferenceOverManySteps)
{
    for (const bool decoupled : {true, false})
        expectPathsAgree(
            [&] {
                constexpr std::int64_t count = 70003;
                Random random(8);
                Floats p = random.normal(count), m(count), v(count);
                for (int step = 1; step <= 5; ++step) {
                    const Floats g = random.normal(count);
                    AdamWStep a;
                    a.count = count;
                    a.parameter = p.data();
                    a.gradient = g.data();
                    a.firstMoment = m.data();
                    a.secondMoment = v.data();
                    a.weightDecay = 0.01;
                    a.decoupledDecay = decoupled;
                    a.step = step;
                    a.gradientScale = 0.7f;
                    adamWStep(a);
                }
                append(p, m);
                append(p, v);
                return p;
            },
            1e-6, decoupled ? "decoupled decay" : "L2");
}

TEST(SumOfSquares, IsExactEnoughAndIndependentOfThreads)
{
    const Settings settings;
    for (const std::int64_t count : {0, 1, 7, 33, 100001}) {
        const Floats x = Random(count).normal(count);
        double expected = 0.0;
        for (const float v : x)
            expected += static_cast<double>(v) * v;
        for (const Path path : availablePaths()) {
            forcePath(path);
            setThreads(1);
            const double once = sumOfSquares(count, x.data());
            EXPECT_NEAR(once, expected, 1e-12 * (1.0 + expected)) << pathName(path);
            setThreads(4);
            EXPECT_EQ(sumOfSquares(count, x.data()), once) << pathName(path);
        }
    }
}

TEST(Embedding, GatherCopiesTheRowsNamed)
{
    const Floats table{1, 2, 3, 4, 5, 6};
    const std::vector<std::int32_t> indices{2, 0, 2};
    Floats rows(6);
    embeddingGather(3, 2, 3, table.data(), indices.data(), rows.data());
    EXPECT_EQ(rows, (Floats{5, 6, 1, 2, 5, 6}));
}

TEST(Embedding, ScatterAddIsTheTransposeOfGather)
{
    const Floats gradOutput{1, 2, 10, 20, 100, 200};
    const std::vector<std::int32_t> indices{2, 0, 2};
    Floats grad{0.5f, 0, 0, 0, 0, 0};
    embeddingScatterAdd(3, 2, 3, gradOutput.data(), indices.data(), grad.data());
    EXPECT_EQ(grad, (Floats{10.5f, 20, 0, 0, 101, 202}));
}

TEST(Embedding, ScatterAddIsTheSameOnEveryPathAndThreadCount)
{
    Random random(12);
    for (const std::int64_t width : {1, 13, 64}) {
        const Floats gradOutput = random.normal(5000 * width);
        const std::vector<std::int32_t> indices = random.below(5000, 97);
        expectPathsAgree(
            [&] {
                Floats grad(97 * width, 1.0f);
                embeddingScatterAdd(5000, width, 97, gradOutput.data(), indices.data(), grad.data());
                return grad;
            },
            0.0, "width " + std::to_string(width));
    }
}

} // namespace
} // namespace recoscope::kernels
