// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <numeric>

namespace recoscope::kernels {
namespace {

using Form = SampledLoss::Form;

// A random problem with every option that is asked for; scores of a few units.
struct Sampled {
    std::int64_t rows, items, width, negatives;
    Floats hidden, table, bias, logQ, gradLoss;
    std::vector<std::int32_t> targets, sample;
    SampledLoss options;
    bool biased = true, corrected = true;

    Sampled(std::uint64_t seed, std::int64_t r, std::int64_t n, std::int64_t d, std::int64_t k, SampledLoss from)
        : rows(r)
        , items(n)
        , width(d)
        , negatives(k)
        , options(from)
    {
        Random random(seed);
        hidden = random.normal(r * d);
        table = random.normal(n * d, 1.5 / std::sqrt(static_cast<double>(d)));
        bias = random.normal(n, 0.5);
        logQ = random.normal(n, 0.5);
        gradLoss = random.normal(r);
        targets = random.below(r, n);
        sample = random.below(options.shared ? k : r * k, n);
    }

    SampledLoss arguments() const
    {
        SampledLoss a = options;
        a.rows = rows;
        a.items = items;
        a.width = width;
        a.negatives = negatives;
        a.hidden = hidden.data();
        a.table = table.data();
        a.bias = biased ? bias.data() : nullptr;
        a.logQ = corrected ? logQ.data() : nullptr;
        a.targets = targets.data();
        a.sample = sample.data();
        return a;
    }
    double total() const
    {
        std::vector<double> loss(rows);
        SampledLoss a = arguments();
        a.loss = loss.data();
        sampledLoss(a);
        double sum = 0.0;
        for (std::int64_t r = 0; r < rows; ++r)
            sum += loss[r] * gradLoss[r];
        return sum;
    }
    struct Gradients {
        Floats hidden, table, bias;
    };
    // On top of `before`.
    Gradients gradients(Floats* losses = nullptr, float before = 0.0f) const
    {
        std::vector<double> loss(rows);
        Gradients g{Floats(rows * width, 7.0f), Floats(items * width, before), Floats(items, before)};
        SampledLoss a = arguments();
        a.loss = loss.data();
        a.gradLoss = gradLoss.data();
        a.gradHidden = g.hidden.data();
        a.gradTable = g.table.data();
        a.gradBias = biased ? g.bias.data() : nullptr;
        sampledLoss(a);
        if (losses)
            losses->assign(loss.begin(), loss.end());
        return g;
    }
    Floats everything(float before = 0.0f) const
    {
        Floats result;
        const Gradients g = gradients(&result, before);
        append(result, g.hidden);
        append(result, g.table);
        append(result, g.bias);
        return result;
    }
};

std::vector<std::pair<std::string, SampledLoss>> forms()
{
    std::vector<std::pair<std::string, SampledLoss>> all;
    for (const bool shared : {false, true}) {
        const std::string where = shared ? " shared" : " of each row";
        SampledLoss a;
        a.shared = shared;
        all.emplace_back("softmax" + where, a);
        a.removeHits = true;
        a.correctTarget = false;
        a.logCount = 1.5f;
        a.inverseTemperature = 2.0f;
        all.emplace_back("softmax without hits" + where, a);
        a.unitItems = true;
        all.emplace_back("softmax of unit items" + where, a);
        a = {};
        a.shared = shared;
        a.form = Form::Logistic;
        a.negativeWeight = 0.2f;
        all.emplace_back("bce" + where, a);
        a.positiveWeight = 0.3f;
        a.unitItems = true;
        all.emplace_back("gbce of unit items" + where, a);
    }
    return all;
}

TEST(SampledLoss, WorkedByHand)
{
    // h = (1, 0); target (2, .), negatives (0, .) and (1, .): z = 2; 0, 1.
    const Settings settings;
    const Floats hidden{1, 0}, table{2, 9, 0, 9, 1, 9};
    const std::int32_t target = 0, sample[]{1, 2};
    for (const Path path : availablePaths()) {
        forcePath(path);
        double loss = 0.0;
        SampledLoss a;
        a.rows = 1;
        a.items = 3;
        a.width = a.negatives = 2;
        a.hidden = hidden.data();
        a.table = table.data();
        a.targets = &target;
        a.sample = sample;
        a.loss = &loss;
        sampledLoss(a);
        EXPECT_NEAR(loss, std::log(1.0 + std::exp(-2.0) + std::exp(-1.0)), 1e-6) << pathName(path);
        a.form = Form::Logistic;
        a.positiveWeight = 3.0f;
        a.negativeWeight = 0.5f;
        sampledLoss(a);
        const double expected = 3.0 * std::log1p(std::exp(-2.0)) + 0.5 * (std::log(2.0) + std::log1p(std::exp(1.0)));
        EXPECT_NEAR(loss, expected, 1e-6) << pathName(path);
    }
}

TEST(SampledLoss, EveryPathMatchesTheReference)
{
    std::uint64_t seed = 0;
    for (const auto& [name, options] : forms())
        for (const auto& [rows, width, negatives] :
            std::vector<std::array<std::int64_t, 3>>{{1, 1, 1}, {5, 7, 3}, {9, 64, 17}, {33, 65, 8}, {4, 31, 129}}) {
            Sampled problem(++seed, rows, 40, width, negatives, options);
            expectPathsAgree([&] { return problem.everything(); }, 3e-5, name + " " + std::to_string(width));
            problem.biased = problem.corrected = false;
            expectPathsAgree([&] { return problem.everything(); }, 3e-5, name + " plain " + std::to_string(width));
        }
}

TEST(SampledLoss, ManyRowsGoInSeveralBlocks)
{
    SampledLoss options;
    options.removeHits = true;
    const Sampled problem(77, 700, 300, 20, 500, options);
    expectPathsAgree([&] { return problem.everything(); }, 1e-4, "blocks");
}

TEST(SampledLoss, GradientsAreTheSlopes)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        std::uint64_t seed = 100;
        for (const auto& [name, options] : forms()) {
            Sampled problem(++seed, 3, 6, 5, 4, options);
            forcePath(path);
            const Sampled::Gradients g = problem.gradients();
            forcePath(Path::Reference); // slopes in double
            const auto loss = [&] { return problem.total(); };
            const std::string what = name + " on " + pathName(path);
            expectGradient(problem.hidden, g.hidden, loss, 2e-4, what + ", hidden");
            expectGradient(problem.table, g.table, loss, 2e-4, what + ", table");
            expectGradient(problem.bias, g.bias, loss, 2e-4, what + ", bias");
        }
    }
}

TEST(SampledLoss, GradientsAreAddedToWhatIsThere)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Sampled problem(5, 4, 9, 6, 3, {});
        const Sampled::Gradients zero = problem.gradients(), more = problem.gradients(nullptr, 2.0f);
        for (std::size_t i = 0; i < zero.table.size(); ++i)
            EXPECT_NEAR(more.table[i], zero.table[i] + 2.0f, 1e-6);
        EXPECT_EQ(more.hidden, zero.hidden);
    }
}

TEST(SampledLoss, ARowOfHitsAloneLosesNothing)
{
    const Settings settings;
    SampledLoss options;
    options.removeHits = true;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Sampled problem(6, 2, 9, 6, 5, options);
        problem.sample.assign(10, problem.targets[0]);
        problem.targets[1] = problem.targets[0];
        Floats losses;
        const Sampled::Gradients g = problem.gradients(&losses);
        EXPECT_EQ(losses, (Floats{0, 0})) << pathName(path);
        EXPECT_EQ(g.hidden, Floats(12)) << pathName(path);
    }
}

TEST(SampledLoss, ScoresFarApartStayFinite)
{
    const Settings settings;
    for (const auto& [name, options] : forms())
        for (const Path path : availablePaths()) {
            forcePath(path);
            Sampled problem(7, 8, 30, 16, 20, options);
            for (float& x : problem.hidden)
                x *= 1000.0f;
            for (const float x : problem.everything())
                ASSERT_TRUE(std::isfinite(x)) << name << " on " << pathName(path);
        }
}

TEST(SampledLoss, NoRowsIsFine)
{
    const Settings settings;
    SampledLoss a;
    a.items = a.width = a.negatives = 1;
    for (const Path path : availablePaths()) {
        forcePath(path);
        EXPECT_NO_THROW(sampledLoss(a));
    }
}

} // namespace
} // namespace recoscope::kernels
