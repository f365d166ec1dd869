// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "engine/evaluation/feedback_metrics.h"

namespace recoscope {
namespace {

TEST(NormalisedEntropy, HandWorked)
{
    // Classes 0, 1, 1, 1: entropy of the frequencies = ln 4 - 3/4 ln 3 = 0.56234.
    const std::vector<std::int32_t> classes{0, 1, 1, 1};
    const std::vector<double> frequencies{0.25, 0.75, 0.75, 0.75}, sure(4, 1.0), even(4, 0.5);
    EXPECT_NEAR(normalisedEntropy(frequencies, classes), 1.0, 1e-12);
    EXPECT_EQ(normalisedEntropy(sure, classes), 0.0);
    EXPECT_NEAR(normalisedEntropy(even, classes), std::log(2.0) / (std::log(4.0) - 0.75 * std::log(3.0)), 1e-12);
}

TEST(NormalisedEntropy, OneClassHasNone)
{
    EXPECT_TRUE(std::isnan(normalisedEntropy(std::vector<double>{0.5, 0.5}, std::vector<std::int32_t>{2, 2})));
    EXPECT_TRUE(std::isnan(normalisedEntropy({}, {})));
}

TEST(NormalisedEntropy, CertaintyOfTheWrongClassIsBadButFinite)
{
    const double value = normalisedEntropy(std::vector<double>{0.0, 1.0}, std::vector<std::int32_t>{0, 1});
    EXPECT_GT(value, 100.0);
    EXPECT_TRUE(std::isfinite(value));
}

TEST(SampledLoss, HandWorked)
{
    // exp: 3 against 1 + 2 -> share 1/2.
    EXPECT_NEAR(sampledLoss(std::log(3.0), std::vector<double>{0.0, std::log(2.0)}), std::log(2.0), 1e-12);
    EXPECT_EQ(sampledLoss(5.0, {}), 0.0);
    EXPECT_NEAR(sampledLoss(1000.0, std::vector<double>{1001.0}), std::log1p(std::exp(1.0)), 1e-9);
}

TEST(PairAccuracy, HandWorked)
{
    PairAccuracy accuracy;
    EXPECT_TRUE(std::isnan(accuracy.value()));
    accuracy.add(1.0f, 5.0f, 0.1, 0.2); // right
    accuracy.add(5.0f, 1.0f, 0.1, 0.2); // wrong
    accuracy.add(2.0f, 3.0f, 0.7, 0.7); // a tie is a half
    accuracy.add(4.0f, 4.0f, 0.1, 0.9); // no pair
    accuracy.add(std::nanf(""), 4.0f, 0.1, 0.9); // nor this
    accuracy.add(3.0f, 2.0f, 0.9, -0.1); // right
    EXPECT_EQ(accuracy.pairs(), 4);
    EXPECT_DOUBLE_EQ(accuracy.value(), 2.5 / 4.0);
}

} // namespace
} // namespace recoscope
