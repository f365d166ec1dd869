// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/significance.h"

#include <cmath>

#include <gtest/gtest.h>

#include "engine/core/error.h"

namespace recoscope {
namespace {

TEST(Distributions, StudentTAgainstClosedForms)
{
    for (double t : {-30.0, -2.0, -0.5, 0.0, 0.1, 1.0, 7.0}) {
        EXPECT_NEAR(studentTCdf(t, 1), 0.5 + std::atan(t) / M_PI, 1e-13) << t; // Cauchy
        EXPECT_NEAR(studentTCdf(t, 2), 0.5 + t / (2 * std::sqrt(2 + t * t)), 1e-13) << t;
    }
    EXPECT_NEAR(studentTCdf(1.3, 1e7), normalCdf(1.3), 1e-7);
}

TEST(Distributions, QuantilesInvertTheCdf)
{
    for (double p : {1e-6, 0.025, 0.3, 0.5, 0.9, 0.975}) {
        EXPECT_NEAR(studentTCdf(studentTQuantile(p, 7), 7), p, 1e-13);
        EXPECT_NEAR(normalCdf(normalQuantile(p)), p, 1e-13);
    }
    EXPECT_NEAR(normalQuantile(0.975), 1.959963984540054, 1e-12);
}

// d = 1, 2, 3: mean 2, s = 1, t = 2 sqrt(3) with 2 degrees of freedom.
TEST(PairedT, ByHand)
{
    const double d[] = {1, 2, 3};
    const TTest test = pairedT(d);
    EXPECT_NEAR(test.t, 2 * std::sqrt(3.0), 1e-14);
    EXPECT_NEAR(test.p, 1 - test.t / std::sqrt(2 + test.t * test.t), 1e-13);
    EXPECT_NEAR(test.ciHigh - 2.0, 4.302652729911275 / std::sqrt(3.0), 1e-9);
}

TEST(PairedT, WithoutSpread)
{
    const double none[] = {0, 0, 0}, same[] = {1, 1, 1};
    EXPECT_DOUBLE_EQ(pairedT(none).p, 1.0);
    EXPECT_DOUBLE_EQ(pairedT(same).p, 0.0);
}

// |d| ranks 1..4; the negative one has rank 2: W- = 2, W+ = 8. Of the 16 sign patterns 3 give a sum of at most 2.
TEST(Wilcoxon, ExactByHand)
{
    const double d[] = {1, -2, 3, 4};
    const WilcoxonTest test = wilcoxonExact(d);
    EXPECT_DOUBLE_EQ(test.statistic, 2.0);
    EXPECT_DOUBLE_EQ(test.p, 2 * 3.0 / 16.0);
    const double tied[] = {1, -1, 2};
    EXPECT_THROW(wilcoxonExact(tied), Error);
}

TEST(Wilcoxon, AllZerosSayNothing)
{
    const double d[] = {0, 0, 0, 0};
    EXPECT_DOUBLE_EQ(wilcoxon(d).p, 1.0);
    EXPECT_DOUBLE_EQ(wilcoxon(d, ZeroRule::Pratt).p, 1.0);
}

TEST(Corrections, ByHand)
{
    const double p[] = {0.01, 0.04, 0.03};
    const auto near = [](const std::vector<double>& a, std::initializer_list<double> b) {
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i)
            EXPECT_NEAR(a[i], b.begin()[i], 1e-15);
    };
    near(bonferroni(p), {0.03, 0.12, 0.09});
    near(holm(p), {0.03, 0.06, 0.06});
    near(benjaminiHochberg(p), {0.03, 0.04, 0.04});
    near(benjaminiYekutieli(p), {0.03 * 11 / 6, 0.04 * 11 / 6, 0.04 * 11 / 6});
    EXPECT_TRUE(holm({}).empty());
}

TEST(PairedTest, IsDeterministicAndSignsAgree)
{
    std::vector<double> a(200), b(200);
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = double(i * 37 % 101) / 101;
        b[i] = a[i] + 0.02 + 0.1 * (double(i * 53 % 97) / 97 - 0.5);
    }
    const PairedTest one = pairedTest(a, b, 7), two = pairedTest(a, b, 7);
    EXPECT_EQ(one.bootstrapLow, two.bootstrapLow);
    EXPECT_EQ(one.permutationP, two.permutationP);
    EXPECT_EQ(one.n, 200);
    EXPECT_LT(one.ciLow, one.meanDifference);
    EXPECT_NEAR(one.bootstrapLow, one.ciLow, 0.002); // two ways to the same interval
    EXPECT_LT(one.permutationP, 0.01);
    const PairedTest back = pairedTest(b, a, 7);
    EXPECT_DOUBLE_EQ(back.meanDifference, -one.meanDifference);
    EXPECT_DOUBLE_EQ(back.tP, one.tP);
    EXPECT_THROW(pairedTest(a, std::span<const double>(b).first(10)), Error);
    EXPECT_EQ(pairedTest({}, {}).n, 0);
}

} // namespace
} // namespace recoscope
