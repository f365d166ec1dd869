// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Fits of scaling laws against stored ones: parameters within a share of a standard error (noisy points) or relatively
// (exact ones), standard errors, intervals, covariance, SSE, and the compute-optimal split.

#include "engine/core/error.h"
#include "engine/evaluation/parity_evaluation.h"
#include "engine/evaluation/parity_fixture.h"
#include "engine/scaling/front.h"

namespace recoscope {

namespace {

// "within 1e-3 of a standard error for noisy fits, 1e-5 relative for exact ones", in numbers.
constexpr double shareOfError = 1e-3, exactRelative = 1e-5;
// What is left of exact points is rounding, though the stored SSE is zero: R^2 is one to this.
constexpr double rounding = 1e-14;

std::vector<double> inOrder(const ScalingFit& fit, const Json& named)
{
    std::vector<double> out;
    for (const FittedParameter& p : fit.parameters)
        out.push_back(named.at(p.name).get<double>());
    return out;
}

// Values are compared in units of the stored standard errors, covariances as correlations with them.
void compareErrors(ParityFixture& fixture, const std::string& name, const Json& expected, const ScalingFit& fit)
{
    const double relative = fixture.json().at("tolerance").at("standard_errors_relative").get<double>();
    const std::vector<double> unit = inOrder(fit, expected.at("standard_errors"));
    const std::vector<double> values = inOrder(fit, expected.at("parameters"));
    std::vector<double> ours, theirs, errors, half, theirHalf, correlations, theirCorrelations;
    for (std::size_t j = 0; j < fit.parameters.size(); ++j) {
        const FittedParameter& p = fit.parameters[j];
        const Json& interval = expected.at("ci95").at(p.name);
        ours.push_back(p.value / unit[j]);
        theirs.push_back(values[j] / unit[j]);
        errors.push_back(p.standardError);
        half.push_back((p.high - p.low) / 2.0);
        theirHalf.push_back((interval.at(1).get<double>() - interval.at(0).get<double>()) / 2.0);
        for (std::size_t k = 0; k < fit.parameters.size(); ++k) {
            const double scale = unit[j] * unit[k];
            correlations.push_back(fit.covariance[j * fit.parameters.size() + k] / scale);
            theirCorrelations.push_back(expected.at("covariance").at(j).at(k).get<double>() / scale);
        }
    }
    fixture.compare(name + ".parameters_in_standard_errors", ours, theirs, shareOfError);
    fixture.compare(name + ".standard_errors", errors, unit, relative, true);
    fixture.compare(name + ".ci95_half_width", half, theirHalf, relative, true);
    fixture.compare(name + ".correlations", correlations, theirCorrelations, 2.0 * relative);
}

ScalingFit compareFit(
    ParityFixture& fixture, const std::string& name, ScalingForm form, const std::vector<ScalingPoint>& points)
{
    const Json& expected = fixture.json().at("expected").at(name);
    const ScalingFit fit = fitScalingLaw(points, form, ScalingDirection::Falling);
    if (!expected.contains("standard_errors")) {
        fixture.compare(name + ".r2", fit.r2, expected.at("r2"), rounding);
        fixture.compare(
            name + ".parameters", fit.law.parameters, inOrder(fit, expected.at("parameters")), exactRelative, true);
        return fit;
    }
    const double relative = fixture.json().at("tolerance").at("sse_relative").get<double>();
    fixture.compare(name + ".sse", fit.sse, expected.at("sse"), relative, true);
    fixture.compare(name + ".r2", fit.r2, expected.at("r2"), relative);
    compareErrors(fixture, name, expected, fit);
    return fit;
}

std::vector<ScalingPoint> joined(
    const std::vector<double>& x, const std::vector<double>& t, const std::vector<double>& y)
{
    std::vector<ScalingPoint> points;
    for (std::size_t i = 0; i < x.size(); ++i)
        points.push_back({x[i], t.empty() ? 0.0 : t.at(i), y.at(i), {}});
    return points;
}

// The stored optimum is that of the noisy joint fit.
void compareOptimum(ParityFixture& fixture, const ScalingFit& noisy)
{
    const Json& expected = fixture.json().at("expected").at("compute_optimal");
    const ComputeOptimum best = computeOptimum(noisy.law, expected.at("C").get<double>());
    fixture.compare("compute_optimal.N", best.n, expected.at("N"), exactRelative, true);
    fixture.compare("compute_optimal.D", best.t, expected.at("D"), exactRelative, true);
    fixture.compare("compute_optimal.loss", best.value, expected.at("loss"), exactRelative, true);
}

} // namespace

std::vector<ParityRow> parityPowerLaw(const Path& folder)
{
    ParityFixture fixture(folder);
    const std::vector<double> n = fixture.numbers("N"), noisy = fixture.numbers("L_noisy");
    compareFit(fixture, "single_exact", ScalingForm::Power, joined(n, {}, fixture.numbers("L_exact")));
    compareFit(fixture, "single_noisy", ScalingForm::Power, joined(n, {}, noisy));
    const std::vector<double> jointN = fixture.numbers("joint_N"), jointT = fixture.numbers("joint_D");
    compareFit(fixture, "joint_exact", ScalingForm::Joint, joined(jointN, jointT, fixture.numbers("joint_L_exact")));
    const Json& line = fixture.json().at("expected").at("log_log_line");
    const LogLogLine ours = fitLogLogLine(n, noisy);
    fixture.compare("log_log_line.slope", ours.slope, line.at("slope"), exactRelative, true);
    fixture.compare("log_log_line.intercept", ours.intercept, line.at("intercept"), exactRelative, true);
    compareOptimum(fixture,
        compareFit(
            fixture, "joint_noisy", ScalingForm::Joint, joined(jointN, jointT, fixture.numbers("joint_L_noisy"))));
    return fixture.take();
}

} // namespace recoscope
