// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <limits>

namespace recoscope::kernels {
namespace {

struct Loss {
    std::int64_t rows, vocabulary;
    Floats logits;
    std::vector<std::int32_t> targets;

    Loss(std::uint64_t seed, std::int64_t r, std::int64_t v, double sigma = 3.0)
        : rows(r)
        , vocabulary(v)
    {
        Random random(seed);
        logits = random.normal(r * v, sigma);
        targets = random.below(r, v);
    }
    // The block of columns [first, first + columns), row after row.
    Floats block(std::int64_t first, std::int64_t columns) const
    {
        Floats part(rows * columns);
        for (std::int64_t r = 0; r < rows; ++r)
            std::copy_n(logits.begin() + r * vocabulary + first, columns, part.begin() + r * columns);
        return part;
    }
    // The log of the sum of exponentials of each row, then each target's logit, walking in blocks.
    Floats logSumExp(std::int64_t columns) const
    {
        Floats top(rows, -std::numeric_limits<float>::infinity()), result(2 * rows);
        std::vector<double> sum(rows, 0.0);
        for (std::int64_t first = 0; first < vocabulary; first += columns) {
            const std::int64_t count = std::min(columns, vocabulary - first);
            const Floats part = block(first, count);
            logSumExpBlock(
                {rows, count, part.data(), first, targets.data(), top.data(), sum.data(), result.data() + rows});
        }
        for (std::int64_t r = 0; r < rows; ++r)
            result[r] = static_cast<float>(top[r] + std::log(sum[r]));
        return result;
    }
    Floats gradient(std::int64_t first, std::int64_t columns, const Floats& rowScale) const
    {
        const Floats lse = logSumExp(vocabulary);
        Floats part = block(first, columns);
        softmaxGradientBlock({rows, columns, part.data(), first, targets.data(), lse.data(), rowScale.data()});
        return part;
    }
};

TEST(Loss, TwoEqualLogitsGiveLogTwoAndHalves)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Loss loss(1, 1, 2);
        loss.logits = {3.0f, 3.0f};
        loss.targets = {1};
        expectClose(loss.logSumExp(2), {3.0f + std::log(2.0f), 3.0f}, 1e-6, pathName(path));
        expectClose(loss.gradient(0, 2, {4.0f}), {2.0f, -2.0f}, 1e-6, pathName(path));
    }
}

TEST(Loss, EveryPathMatchesTheReferenceInBlocksOfAnySize)
{
    for (const std::int64_t vocabulary : {1, 7, 16, 33, 1000, 5003}) {
        const Loss loss(vocabulary, 37, vocabulary);
        for (const std::int64_t columns : {std::int64_t(1), std::int64_t(64), vocabulary}) {
            if (vocabulary / columns < 2000)
                expectPathsAgree(
                    [&] { return loss.logSumExp(columns); }, 1e-6, "in blocks of " + std::to_string(columns));
        }
        const Floats scale = Random(3).normal(37);
        const std::int64_t first = vocabulary / 3;
        expectPathsAgree([&] { return loss.gradient(first, vocabulary - first, scale); }, 2e-6, "gradient");
    }
}

TEST(Loss, ARowsGradientSumsToZero)
{
    const Settings settings;
    const Loss loss(5, 9, 1234);
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats gradient = loss.gradient(0, 1234, Floats(9, 1.0f));
        for (int r = 0; r < 9; ++r) {
            double sum = 0.0;
            for (int c = 0; c < 1234; ++c)
                sum += gradient[r * 1234 + c];
            EXPECT_NEAR(sum, 0.0, 1e-5) << pathName(path);
        }
    }
}

TEST(Loss, ExtremeLogitsNeitherOverflowNorVanish)
{
    const Settings settings;
    const float infinity = std::numeric_limits<float>::infinity();
    for (const Path path : availablePaths()) {
        forcePath(path);
        Loss loss(1, 1, 20);
        loss.logits.assign(20, -infinity);
        loss.logits[3] = 1000.0f;
        loss.logits[17] = -1000.0f;
        loss.targets = {3};
        // One column a block: blocks with nothing but -inf leave the sums alone.
        expectClose(loss.logSumExp(1), {1000.0f, 1000.0f}, 0.0, pathName(path));
        for (const float g : loss.gradient(0, 20, {1.0f}))
            EXPECT_EQ(g, 0.0f) << pathName(path);
    }
}

TEST(Loss, NotANumberIsNotHidden)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Loss loss(2, 1, 40);
        loss.logits[21] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_TRUE(std::isnan(loss.logSumExp(40)[0])) << pathName(path);
    }
}

TEST(Loss, GradientAgreesWithCentralDifferences)
{
    const Settings settings;
    forcePath(Path::Reference);
    Loss loss(7, 3, 11, 1.0);
    const Floats scale{0.5f, 2.0f, -1.0f};
    const Floats gradient = loss.gradient(0, 11, scale);
    expectGradient(
        loss.logits, gradient,
        [&] {
            const Floats values = loss.logSumExp(11);
            double sum = 0.0;
            for (int r = 0; r < 3; ++r)
                sum += scale[r] * (static_cast<double>(values[r]) - values[3 + r]);
            return sum;
        },
        2e-4, "logits");
}

} // namespace
} // namespace recoscope::kernels
