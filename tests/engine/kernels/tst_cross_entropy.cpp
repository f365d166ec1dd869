// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace recoscope::kernels {
namespace {

struct Problem {
    std::int64_t rows, items, width;
    Floats hidden, table, bias;
    std::vector<std::int32_t> targets;
    bool biased = true;

    Problem(std::uint64_t seed, std::int64_t r, std::int64_t n, std::int64_t d)
        : rows(r)
        , items(n)
        , width(d)
    {
        Random random(seed);
        hidden = random.normal(r * d);
        table = random.normal(n * d, 2.0 / std::sqrt(static_cast<double>(d)));
        bias = random.normal(n);
        targets = random.below(r, n);
    }

    std::vector<double> losses() const
    {
        std::vector<double> loss(rows);
        linearCrossEntropy({rows, items, width, hidden.data(), table.data(), biased ? bias.data() : nullptr,
            targets.data(), 1.0f, loss.data(), nullptr, nullptr, nullptr});
        return loss;
    }
    double total() const
    {
        double sum = 0.0;
        for (const double loss : losses())
            sum += loss;
        return sum;
    }
    // Losses, then the gradients of hidden, table and bias, the last two on top of `before`.
    Floats everything(float scale = 1.0f, float before = 0.0f) const
    {
        std::vector<double> loss(rows);
        Floats gradHidden(rows * width, 7.0f), gradTable(items * width, before), gradBias(items, before), result;
        linearCrossEntropy(
            {rows, items, width, hidden.data(), table.data(), biased ? bias.data() : nullptr, targets.data(), scale,
                loss.data(), gradHidden.data(), gradTable.data(), biased ? gradBias.data() : nullptr});
        append(result, Floats(loss.begin(), loss.end()));
        append(result, gradHidden);
        append(result, gradTable);
        append(result, gradBias);
        return result;
    }
};

TEST(CrossEntropy, TwoEqualItemsGiveLogTwoAndHalves)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Problem p(1, 1, 2, 1);
        p.hidden = {3.0f};
        p.table = {2.0f, 2.0f};
        p.bias = {0.5f, 0.5f};
        p.targets = {1};
        // d loss / d z = (1/2, -1/2); times 4.
        expectClose(p.everything(4.0f), {std::log(2.0f), 0.0f, 6.0f, -6.0f, 2.0f, -2.0f}, 1e-6, pathName(path));
    }
}

TEST(CrossEntropy, EveryPathMatchesTheReference)
{
    for (const std::int64_t items : {1, 5, 255, 257, 1300})
        for (const std::int64_t rows : {1, 31, 130})
            for (const std::int64_t width : {1, 19, 24, 64}) {
                Problem p(items + rows + width, rows, items, width);
                p.biased = rows != 31;
                expectPathsAgree([&] { return p.everything(0.25f, 1.0f); }, 1e-5,
                    std::to_string(rows) + " x " + std::to_string(items) + " x " + std::to_string(width));
            }
}

TEST(CrossEntropy, GradientsAreTheSlopesOfTheLoss)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Problem p(5, 4, 9, 3);
        const Floats all = p.everything();
        const auto part = [&](std::int64_t begin, std::int64_t count) {
            return Floats(all.begin() + begin, all.begin() + begin + count);
        };
        const auto loss = [&] { return p.total(); };
        expectGradient(p.hidden, part(4, 12), loss, 1e-3, "hidden");
        expectGradient(p.table, part(16, 27), loss, 1e-3, "table");
        expectGradient(p.bias, part(43, 9), loss, 1e-3, "bias");
    }
}

// More items than exponentials are kept for: the second pass makes them again.
TEST(CrossEntropy, AHugeCatalogueGivesTheSame)
{
    const Problem p(6, 3, 230000, 2);
    expectPathsAgree([&] { return p.everything(); }, 1e-5, "230,000 items");
}

TEST(CrossEntropy, LargeAndExcludedLogits)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Problem p(7, 2, 600, 1);
        p.hidden = {300.0f, -300.0f};
        std::fill(p.table.begin(), p.table.end(), 0.0f);
        std::fill(p.bias.begin(), p.bias.end(), -std::numeric_limits<float>::infinity());
        p.table[0] = 1.0f;
        p.table[599] = -1.0f;
        p.bias[0] = p.bias[599] = 0.0f;
        p.targets = {599, 599};
        const std::vector<double> loss = p.losses();
        EXPECT_NEAR(loss[0], 600.0, 1e-4) << pathName(path);
        EXPECT_NEAR(loss[1], 0.0, 1e-6) << pathName(path);
        const Floats all = p.everything();
        EXPECT_NEAR(all[2], 2.0f, 1e-5) << pathName(path); // row 0: table[0] - table[599]
        EXPECT_NEAR(all[3], 0.0f, 1e-5) << pathName(path);
        for (const float value : all)
            EXPECT_TRUE(std::isfinite(value)) << pathName(path);
    }
}

TEST(CrossEntropy, ANanInTheTableReachesTheLoss)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Problem p(8, 2, 300, 4);
        p.table[17] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_TRUE(std::isnan(p.losses()[1])) << pathName(path);
    }
}

// A size in /proc/self/status, in MiB; negative where the system does not tell.
double megabytes(const std::string& key)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key + ":"))
            return std::stod(line.substr(key.size() + 1)) / 1024.0;
    return -1.0;
}

// Rows come in blocks, so their number adds nothing: with 100,000 items the loss of 200,000 rows needs what this one
// needs, and its arguments.
TEST(CrossEntropy, NeedsAtMost64MegabytesBesidesItsArguments)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
    const Problem p(9, 300, 100000, 4);
    std::vector<double> loss(p.rows);
    Floats gradHidden(p.rows * p.width, 1.0f), gradTable(p.items * p.width, 1.0f), gradBias(p.items, 1.0f);
    if (!(std::ofstream("/proc/self/clear_refs") << "5").flush()) // the peak starts anew
        GTEST_SKIP() << "the peak of the memory cannot be reset here";
    const double before = megabytes("VmRSS");
    std::thread([&] { // whose kept memory is empty
        linearCrossEntropy({p.rows, p.items, p.width, p.hidden.data(), p.table.data(), p.bias.data(), p.targets.data(),
            1.0f, loss.data(), gradHidden.data(), gradTable.data(), gradBias.data()});
    })
        .join();
    const double peak = megabytes("VmHWM");
    if (before <= 0.0 || peak <= 0.0)
        GTEST_SKIP() << "the system does not tell";
    EXPECT_GT(peak - before, 10.0) << "nothing was measured";
    EXPECT_LT(peak - before, 64.0);
}

} // namespace
} // namespace recoscope::kernels
