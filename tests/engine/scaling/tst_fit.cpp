// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Fits of scaling laws: recovery, what intervals mean, invariances, and input that has no answer.

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/distributions.h"
#include "engine/core/error.h"
#include "engine/scaling/reference_curves.h"
#include "tests/engine/scaling/scaling_points.h"

namespace recoscope {
namespace {

using testing::HasSubstr;

std::vector<ScalingPoint> usualPoints(const ScalingLaw& law, double noise = 0.0, std::uint64_t seed = 0)
{
    if (law.form == ScalingForm::Joint)
        return pointsOf(law, sizes(1e4, 1e7, 6), sizes(1e5, 1e8, 6), noise, seed);
    if (law.form == ScalingForm::Compute)
        return pointsOf(law, sizes(1e8, 1e18, 16), {1.0}, noise, seed);
    return pointsOf(law, sizes(1e4, 3e7, 12), {1.0}, noise, seed);
}

ScalingFit fitOf(const ScalingLaw& law, const std::vector<ScalingPoint>& points)
{
    return fitScalingLaw(points, law.form, law.direction);
}

ScalingLaw mirrored(ScalingLaw law)
{
    law.direction = law.direction == ScalingDirection::Rising ? ScalingDirection::Falling : ScalingDirection::Rising;
    return law;
}

std::vector<ScalingLaw> everyLaw()
{
    return {lossPower, lossJoint, gainJoint, gainCompute, mirrored(lossPower), mirrored(gainCompute)};
}

// Power: 10 + 100 x^-1/2 at 100 is 20, falling; 10 - 10 = 0, rising. Compute at its midpoint: half of K, less c.
TEST(ScalingLaw, ValuesByHand)
{
    ScalingLaw law{ScalingForm::Power, ScalingDirection::Falling, {10.0, 100.0, 0.5}};
    EXPECT_DOUBLE_EQ(law.at(100.0), 20.0);
    law.direction = ScalingDirection::Rising;
    EXPECT_DOUBLE_EQ(law.at(100.0), 0.0);
    const ScalingLaw joint{ScalingForm::Joint, ScalingDirection::Falling, {1.0, 8.0, 0.5, 27.0, 1.0 / 3.0}};
    EXPECT_DOUBLE_EQ(joint.at(16.0, 27.0), 1.0 + 2.0 + 9.0);
    const ScalingLaw compute{ScalingForm::Compute, ScalingDirection::Rising, {0.4, 0.2, 3.0, 0.1}};
    EXPECT_NEAR(compute.at(std::exp(3.0)), 0.1, 1e-15);
    EXPECT_NEAR(compute.limit(), 0.3, 1e-15);
}

TEST(ScalingLaw, GradientIsTheSlopeOfItsValue)
{
    for (ScalingLaw law : everyLaw()) {
        const double x = law.form == ScalingForm::Compute ? 1e13 : 3e5, t = 2e6;
        const std::vector<double> gradient = law.gradient(x, t);
        for (std::size_t j = 0; j < gradient.size(); ++j) {
            const double kept = law.parameters[j], step = 1e-5 * kept;
            law.parameters[j] = kept + step;
            const double above = law.at(x, t);
            law.parameters[j] = kept - step;
            const double below = law.at(x, t);
            law.parameters[j] = kept;
            EXPECT_NEAR(gradient[j], (above - below) / (2.0 * step), 1e-6 * std::abs(gradient[j]) + 1e-12);
        }
    }
}

TEST(ScalingFit, RecoversExactPoints)
{
    for (const ScalingLaw& law : everyLaw()) {
        const ScalingFit fit = fitOf(law, usualPoints(law));
        for (std::size_t j = 0; j < law.parameters.size(); ++j)
            EXPECT_NEAR(fit.law.parameters[j] / law.parameters[j], 1.0, 1e-7)
                << scalingFormName(law.form) << " " << fit.parameters[j].name;
        EXPECT_NEAR(fit.r2, 1.0, 1e-14);
        EXPECT_TRUE(fit.warnings.empty()) << fit.warnings.front();
    }
}

TEST(ScalingFit, RecoversFlatAndSteepCurves)
{
    for (double exponent : {0.05, 0.15, 0.6, 1.2}) {
        const ScalingLaw law{ScalingForm::Power, ScalingDirection::Falling, {2.0, 40.0, exponent}};
        const ScalingFit fit = fitOf(law, usualPoints(law));
        EXPECT_NEAR(fit.parameter("a").value / exponent, 1.0, 1e-6);
        EXPECT_NEAR(fit.parameter("E").value, 2.0, 1e-5);
    }
}

TEST(ScalingFit, StandardErrorsAreTheSpreadOverRepeatedNoise)
{
    constexpr int repetitions = 600;
    constexpr double noise = 0.004;
    std::vector<double> sum(3, 0.0), squares(3, 0.0), stated(3, 0.0);
    for (int r = 0; r < repetitions; ++r) {
        const ScalingFit fit = fitOf(lossPower, usualPoints(lossPower, noise, 1000 + r));
        for (std::size_t j = 0; j < 3; ++j) {
            const double value = fit.parameters[j].value - lossPower.parameters[j];
            sum[j] += value / repetitions;
            squares[j] += value * value / repetitions;
            stated[j] += fit.covariance[j * 3 + j] / repetitions;
        }
    }
    // A variance over 600 repetitions has a relative standard error of sqrt(2/600) = 6 %; three of them, and the mean
    // of the stated one, make 20 %.
    for (std::size_t j = 0; j < 3; ++j)
        EXPECT_NEAR(stated[j] / (squares[j] - sum[j] * sum[j]), 1.0, 0.2) << j;
}

// 600 repetitions of an event of probability 0.95 have a standard deviation of 0.9 %: within 92 % and 98 % is three of
// them on each side.
TEST(ScalingFit, IntervalsCoverTheTruthAtTheirLevel)
{
    for (const auto& [law, noise] :
        {std::pair(lossPower, 0.004), std::pair(lossJoint, 0.004), std::pair(gainJoint, 0.001)}) {
        constexpr int repetitions = 600;
        std::vector<int> covered(law.parameters.size(), 0);
        int curve = 0;
        for (int r = 0; r < repetitions; ++r) {
            const ScalingFit fit = fitOf(law, usualPoints(law, noise, 5000 + r));
            for (std::size_t j = 0; j < covered.size(); ++j)
                covered[j] += fit.parameters[j].low <= law.parameters[j] && law.parameters[j] <= fit.parameters[j].high;
            const ScalingPrediction at = predict(fit, 1e6, 1e7);
            curve += at.low <= law.at(1e6, 1e7) && law.at(1e6, 1e7) <= at.high;
        }
        for (std::size_t j = 0; j < covered.size(); ++j)
            EXPECT_NEAR(covered[j] / double(repetitions), 0.95, 0.03)
                << scalingFormName(law.form) << " " << scalingParameterNames(law.form)[j];
        EXPECT_NEAR(curve / double(repetitions), 0.95, 0.03) << scalingFormName(law.form);
    }
}

// A size counted in thousands: E and a stay, A becomes A 1000^-a, with the same relative error up to the change of a.
TEST(ScalingFit, UnitsOfSizesDoNotMatter)
{
    std::vector<ScalingPoint> points = usualPoints(lossJoint, 0.004, 3);
    const ScalingFit before = fitOf(lossJoint, points);
    for (ScalingPoint& point : points) {
        point.x /= 1e3;
        point.t /= 1e6;
    }
    const ScalingFit after = fitOf(lossJoint, points);
    const auto value = [](const ScalingFit& fit, const char* name) { return fit.parameter(name).value; };
    EXPECT_NEAR(value(after, "E") / value(before, "E"), 1.0, 1e-9);
    EXPECT_NEAR(value(after, "a") / value(before, "a"), 1.0, 1e-8);
    EXPECT_NEAR(value(after, "b") / value(before, "b"), 1.0, 1e-8);
    EXPECT_NEAR(value(after, "A") / (value(before, "A") * std::pow(1e3, -value(before, "a"))), 1.0, 1e-7);
    EXPECT_NEAR(value(after, "B") / (value(before, "B") * std::pow(1e6, -value(before, "b"))), 1.0, 1e-7);
    EXPECT_NEAR(after.sse / before.sse, 1.0, 1e-9);
    EXPECT_NEAR(after.condition / before.condition, 1.0, 1e-6);
    EXPECT_NEAR(after.parameter("a").standardError / before.parameter("a").standardError, 1.0, 1e-6);
    const ScalingPrediction p = predict(before, 1e6, 1e7), q = predict(after, 1e3, 1e1);
    EXPECT_NEAR(p.value, q.value, 1e-9);
    EXPECT_NEAR(p.standardError / q.standardError, 1.0, 1e-5);
}

TEST(ScalingFit, UnitsOfValuesScaleLevelsAndFactorsOnly)
{
    std::vector<ScalingPoint> points = usualPoints(gainCompute, 0.002, 4);
    const ScalingFit before = fitOf(gainCompute, points);
    for (ScalingPoint& point : points)
        point.y *= 100.0;
    const ScalingFit after = fitOf(gainCompute, points);
    EXPECT_NEAR(after.parameter("K").value / before.parameter("K").value, 100.0, 1e-5);
    EXPECT_NEAR(after.parameter("r").value / before.parameter("r").value, 1.0, 1e-7);
    EXPECT_NEAR(after.parameter("m").value / before.parameter("m").value, 1.0, 1e-7);
    EXPECT_NEAR(after.r2, before.r2, 1e-9);
}

TEST(ScalingFit, TheOrderOfPointsDoesNotMatter)
{
    std::vector<ScalingPoint> points = usualPoints(gainJoint, 0.001, 5);
    const ScalingFit before = fitOf(gainJoint, points);
    std::reverse(points.begin(), points.end());
    const ScalingFit after = fitOf(gainJoint, points);
    for (std::size_t j = 0; j < before.parameters.size(); ++j)
        EXPECT_NEAR(after.parameters[j].value / before.parameters[j].value, 1.0, 1e-7);
}

TEST(ScalingFit, DirectionIsSeenInThePoints)
{
    EXPECT_EQ(directionOf(usualPoints(lossPower, 0.004, 1), ScalingForm::Power), ScalingDirection::Falling);
    EXPECT_EQ(directionOf(usualPoints(gainJoint, 0.001, 1), ScalingForm::Joint), ScalingDirection::Rising);
    EXPECT_EQ(directionOf(usualPoints(gainCompute, 0.001, 1), ScalingForm::Compute), ScalingDirection::Rising);
}

TEST(ScalingFit, PredictionsOutsideTheRunsSaySo)
{
    const ScalingFit fit = fitOf(lossJoint, usualPoints(lossJoint, 0.004, 6));
    EXPECT_FALSE(predict(fit, 1e5, 1e6).extrapolated);
    EXPECT_TRUE(predict(fit, 1e8, 1e6).extrapolated);
    EXPECT_TRUE(predict(fit, 1e5, 1e9).extrapolated);
    EXPECT_GT(predict(fit, 1e9, 1e10).standardError, predict(fit, 1e6, 1e7).standardError);
}

// The published compute curve at the noise its constants leave (RMSE 0.0025), over the computes of its runs: the values
// are described well, the four constants are not known.
TEST(WeakConstants, ThePublishedComputeCurveIsWarnedAbout)
{
    const ScalingLaw& law = referenceCurve("srt_compute").law;
    const auto points = pointsOf(law, sizes(2.6e11, 6.9e16, 30), {1.0}, 0.0025, 7);
    const ScalingFit fit = fitScalingLaw(points, ScalingForm::Compute, ScalingDirection::Rising);
    EXPECT_GT(fit.r2, 0.99);
    EXPECT_FALSE(fit.warnings.empty());
}

// One decade of data whose curve is straight in ln T: any large E with a small exponent does as well.
TEST(WeakConstants, AStraightLineInTheLogarithmIsWarnedAbout)
{
    std::vector<ScalingPoint> points;
    RandomStream stream(1, "test-noise");
    for (double x : sizes(1e5, 1e6, 12))
        points.push_back({x, 0.0, 0.02 * std::log(x) + 0.001 * stream.normal(), {}});
    const ScalingFit fit = fitScalingLaw(points, ScalingForm::Power, ScalingDirection::Rising);
    EXPECT_FALSE(fit.warnings.empty());
    EXPECT_GT(fit.r2, 0.98);
}

TEST(WeakConstants, AWideCleanSweepIsNot)
{
    for (const ScalingLaw& law : {lossPower, lossJoint})
        for (std::uint64_t seed = 0; seed < 20; ++seed)
            EXPECT_TRUE(fitOf(law, usualPoints(law, 0.004, seed)).warnings.empty());
}

// -- input that has no answer

void expectRefused(
    const std::vector<ScalingPoint>& points, ScalingForm form, ScalingDirection direction, const char* part)
{
    try {
        const ScalingFit fit = fitScalingLaw(points, form, direction);
        FAIL() << "gave E = " << fit.law.parameters[0] << " instead of an error about " << part;
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_THAT(error.message(), HasSubstr(part));
        EXPECT_FALSE(error.hint().empty());
    }
}

TEST(ScalingFit, TooFewPointsAreRefused)
{
    expectRefused({}, ScalingForm::Power, ScalingDirection::Falling, "too few");
    std::vector<ScalingPoint> points = usualPoints(lossPower);
    points.resize(3);
    expectRefused(points, ScalingForm::Power, ScalingDirection::Falling, "3 points are too few for 3");
    points = usualPoints(lossJoint);
    points.resize(5);
    expectRefused(points, ScalingForm::Joint, ScalingDirection::Falling, "5 points are too few for 5");
}

TEST(ScalingFit, TooFewSizesAreRefused)
{
    const std::vector<double> seven(7, 1e5);
    expectRefused(pointsOf(lossPower, seven), ScalingForm::Power, ScalingDirection::Falling, "different sizes");
    expectRefused(pointsOf(lossJoint, sizes(1e4, 1e7, 8), {1e6}), ScalingForm::Joint, ScalingDirection::Falling,
        "different sizes");
    expectRefused(pointsOf(lossJoint, {1e4, 1e6}, sizes(1e5, 1e8, 8)), ScalingForm::Joint, ScalingDirection::Falling,
        "different sizes");
    expectRefused(pointsOf(gainCompute, {1e9, 1e9, 1e12, 1e12, 1e15, 1e15}), ScalingForm::Compute,
        ScalingDirection::Rising, "different sizes");
}

TEST(ScalingFit, ValuesThatAreNoNumbersAreRefused)
{
    for (double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        std::vector<ScalingPoint> points = usualPoints(lossPower);
        points[4].y = bad;
        expectRefused(points, ScalingForm::Power, ScalingDirection::Falling, "point 5");
        points[4].y = 2.0;
        points[2].x = bad;
        expectRefused(points, ScalingForm::Power, ScalingDirection::Falling, "point 3");
    }
    for (double bad : {0.0, -10.0}) {
        std::vector<ScalingPoint> points = usualPoints(lossJoint);
        points[1].t = bad;
        expectRefused(points, ScalingForm::Joint, ScalingDirection::Falling, "point 2: amount of data");
    }
}

TEST(ScalingFit, EqualValuesAndTheWrongDirectionAreRefused)
{
    std::vector<ScalingPoint> points = usualPoints(lossPower);
    expectRefused(points, ScalingForm::Power, ScalingDirection::Rising, "no rising curve");
    for (ScalingPoint& point : points)
        point.y = 2.5;
    expectRefused(points, ScalingForm::Power, ScalingDirection::Falling, "all values are equal");
}

TEST(ScalingFit, ValuesBeyondWhatCanBeSquaredAreRefused)
{
    std::vector<ScalingPoint> points = usualPoints(lossPower);
    points[3].y = 1e200;
    expectRefused(points, ScalingForm::Power, ScalingDirection::Falling, "too large");
    for (ScalingPoint& point : points)
        point.y = 1.0 + 1e-16 * std::log(point.x);
    expectRefused(points, ScalingForm::Power, ScalingDirection::Falling, "all values are equal");
    // Sizes that differ in their last digits: the factor of any exponent that fits is beyond a double.
    points.clear();
    for (int i = 0; i < 6; ++i)
        points.push_back({1e6 * (1.0 + 1e-12 * i), 0.0, 2.0 - 0.1 * i, {}});
    EXPECT_THROW(fitScalingLaw(points, ScalingForm::Power, ScalingDirection::Falling), Error);
    EXPECT_THROW(predict(fitOf(lossPower, usualPoints(lossPower)), -1.0), Error);
}

TEST(ScalingFit, AConfidenceOfOneIsRefused)
{
    EXPECT_THROW(fitScalingLaw(usualPoints(lossPower), ScalingForm::Power, ScalingDirection::Falling, 1.0), Error);
    EXPECT_THROW(scalingFormFromName("cubic"), Error);
    EXPECT_THROW(fitOf(lossPower, usualPoints(lossPower)).parameter("B"), Error);
}

// y = 8 x^-1/3 is a straight line of slope -1/3 through ln 8.
TEST(LogLogLine, ByHand)
{
    const std::vector<double> x = {1.0, 8.0, 64.0}, y = {8.0, 4.0, 2.0};
    const LogLogLine line = fitLogLogLine(x, y);
    EXPECT_NEAR(line.slope, -1.0 / 3.0, 1e-15);
    EXPECT_NEAR(line.intercept, std::log(8.0), 1e-14);
    const std::vector<double> same = {2.0, 2.0, 2.0}, none = {0.0, 1.0, 2.0};
    EXPECT_THROW(fitLogLogLine(same, y), Error);
    EXPECT_THROW(fitLogLogLine(none, y), Error);
}

} // namespace
} // namespace recoscope
