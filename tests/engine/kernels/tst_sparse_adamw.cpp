// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// AdamW by rows: on every path the bytes of AdamW on the whole table, whatever rows the steps touch.
#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>
#include <numeric>

namespace recoscope::kernels {
namespace {

struct State {
    Floats parameter, first, second;

    State(std::int64_t count, std::uint64_t seed)
        : parameter(Random(seed).normal(count))
        , first(count)
        , second(count)
    {
    }
    Floats all() const
    {
        Floats result = parameter;
        append(result, first);
        append(result, second);
        return result;
    }
};

// A training of `steps` steps with changing learning rate; each touches some rows of the table.
class Touches {
public:
    Touches(std::uint64_t seed, std::int64_t tableRows, std::int64_t width, std::int64_t steps)
        : m_rows(tableRows)
        , m_width(width)
        , m_random(seed)
    {
        for (std::int64_t s = 0; s < steps; ++s) {
            std::vector<std::int32_t> rows = m_random.below(m_random.size(4), tableRows);
            std::sort(rows.begin(), rows.end());
            rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
            m_touched.push_back(rows);
            m_gradients.push_back(m_random.normal(static_cast<std::int64_t>(rows.size()) * width));
        }
    }

    Floats dense() const
    {
        State state(m_rows * m_width, 5);
        for (std::size_t s = 0; s < m_touched.size(); ++s) {
            const Floats gradient = denseGradient(s);
            AdamWStep a = settings(s);
            a.count = m_rows * m_width;
            a.parameter = state.parameter.data();
            a.gradient = gradient.data();
            a.firstMoment = state.first.data();
            a.secondMoment = state.second.data();
            adamWStep(a);
        }
        return state.all();
    }

    // Rows are brought up to date before each step, as a forward pass needs them, and all of them in the end and every
    // `settleEvery` steps.
    Floats sparse(std::size_t settleEvery) const
    {
        State state(m_rows * m_width, 5);
        Floats gradient(m_rows * m_width);
        std::vector<std::int64_t> rowSteps(m_rows);
        std::vector<AdamWFactors> factors;
        std::vector<std::int32_t> everything(m_rows);
        std::iota(everything.begin(), everything.end(), 0);
        SparseAdamW a;
        a.tableRows = m_rows;
        a.width = m_width;
        a.parameter = state.parameter.data();
        a.firstMoment = state.first.data();
        a.secondMoment = state.second.data();
        a.rowSteps = rowSteps.data();
        a.gradientScale = 0.7f;
        const auto update = [&](std::span<const std::int32_t> rows, float* gradients) {
            a.rows = rows;
            a.gradient = gradients;
            a.factors = factors;
            sparseAdamW(a);
        };
        for (std::size_t s = 0; s < m_touched.size(); ++s) {
            update(m_touched[s], nullptr);
            const Floats given = denseGradient(s);
            for (const std::int32_t row : m_touched[s])
                std::copy_n(given.begin() + row * m_width, m_width, gradient.begin() + row * m_width);
            factors.push_back(adamWFactors(settings(s)));
            ++a.steps;
            update(m_touched[s], gradient.data());
            if ((s + 1) % settleEvery != 0)
                continue;
            update(everything, nullptr);
            factors.clear();
        }
        update(everything, nullptr);
        EXPECT_EQ(gradient, Floats(gradient.size())) << "gradients are left behind";
        return state.all();
    }

private:
    AdamWStep settings(std::size_t s) const
    {
        AdamWStep a;
        a.learningRate = s < 5 ? 0.01 * static_cast<double>(s + 1) : 0.05 / static_cast<double>(s);
        a.weightDecay = 0.1;
        a.step = static_cast<std::int64_t>(s) + 1;
        a.gradientScale = 0.7f;
        return a;
    }
    Floats denseGradient(std::size_t s) const
    {
        Floats gradient(m_rows * m_width);
        for (std::size_t i = 0; i < m_touched[s].size(); ++i)
            std::copy_n(m_gradients[s].begin() + static_cast<std::ptrdiff_t>(i) * m_width, m_width,
                gradient.begin() + m_touched[s][i] * m_width);
        return gradient;
    }

    std::int64_t m_rows, m_width;
    Random m_random;
    std::vector<std::vector<std::int32_t>> m_touched;
    std::vector<Floats> m_gradients;
};

TEST(SparseAdamW, GivesTheBytesOfDenseAdamW)
{
    const Settings settings;
    for (const std::int64_t width : {1, 7, 8, 31, 33, 64, 65}) {
        const Touches touches(static_cast<std::uint64_t>(width), 23, width, 60);
        for (const Path path : availablePaths()) {
            forcePath(path);
            const Floats dense = touches.dense();
            for (const int count : {1, 3}) {
                setThreads(count);
                for (const std::size_t settleEvery : {1u, 7u, 1000u})
                    EXPECT_TRUE(sameBytes(touches.sparse(settleEvery), dense))
                        << pathName(path) << ", width " << width << ", all rows every " << settleEvery;
            }
        }
    }
}

TEST(SparseAdamW, ARowWithoutGradientMovesOnByItsMoments)
{
    // Worked by hand: beta1 = beta2 = 0.5, no epsilon, rate 0.1. Step 1 with g = 1: m = v = 0.5, p = -0.1. Step 2 with
    // none: m = v = 0.25, corrected 1/3 each: p = -0.1 - 0.1 * (1/3) / sqrt(1/3).
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats p(1), g{1}, m(1), v(1);
        std::int64_t made = 0;
        const std::int32_t row = 0;
        AdamWStep step;
        step.learningRate = 0.1;
        step.beta1 = step.beta2 = 0.5;
        step.step = 1;
        std::vector<AdamWFactors> factors{adamWFactors(step)};
        step.step = 2;
        factors.push_back(adamWFactors(step));
        SparseAdamW a{1, 1, p.data(), g.data(), m.data(), v.data(), &made, {&row, 1}, 1, {factors.data(), 1}, 0.5, 0.5,
            0.0, 1.0f};
        sparseAdamW(a);
        a.gradient = nullptr;
        a.steps = 2;
        a.factors = factors;
        sparseAdamW(a);
        expectClose(p, {static_cast<float>(-0.1 - 0.1 / std::sqrt(3.0))}, 1e-6, pathName(path));
        EXPECT_EQ(made, 2);
    }
}

TEST(SumOfSquares, OverRowsLeavesTheOthersOut)
{
    const Settings settings;
    const Floats x = Random(3).normal(2000 * 5);
    std::vector<std::int32_t> rows;
    double expected = 0.0;
    for (std::int32_t r = 1; r < 2000; r += 3) {
        rows.push_back(r);
        for (int d = 0; d < 5; ++d)
            expected += static_cast<double>(x[r * 5 + d]) * x[r * 5 + d];
    }
    for (const Path path : availablePaths()) {
        forcePath(path);
        setThreads(1);
        const double once = sumOfSquares(rows, 5, x.data());
        EXPECT_NEAR(once, expected, 1e-9 * expected) << pathName(path);
        setThreads(3);
        EXPECT_EQ(sumOfSquares(rows, 5, x.data()), once);
    }
    EXPECT_EQ(sumOfSquares(std::span<const std::int32_t>(), 5, nullptr), 0.0);
}

} // namespace
} // namespace recoscope::kernels
