// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/core/distributions.h"
#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/scaling/law_problem.h"

namespace recoscope {

namespace {

using Units = std::vector<std::vector<std::size_t>>; // the points that are drawn together

Units unitsOf(std::span<const ScalingPoint> points, ResampleUnit unit)
{
    Units units;
    std::map<std::string, std::size_t> byRun;
    for (std::size_t i = 0; i < points.size(); ++i) {
        std::size_t at = units.size();
        if (unit == ResampleUnit::Runs)
            at = byRun.try_emplace(points[i].run, at).first->second;
        if (at == units.size())
            units.emplace_back();
        units[at].push_back(i);
    }
    constexpr std::size_t fewestRuns = 4;
    if (unit == ResampleUnit::Runs && units.size() < fewestRuns)
        throw Error(ErrorKind::Input, std::to_string(units.size()) + " runs are too few to draw runs again",
            "name at least four different runs, or draw points");
    return units;
}

std::vector<std::size_t> draw(const Units& units, RandomStream& stream)
{
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < units.size(); ++i) {
        const std::vector<std::size_t>& unit = units[stream.below(units.size())];
        chosen.insert(chosen.end(), unit.begin(), unit.end());
    }
    return chosen;
}

bool allFinite(const std::vector<double>& values)
{
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

} // namespace

Interval BootstrapFit::intervalOf(const std::function<double(const ScalingLaw&)>& quantity) const
{
    std::vector<double> values;
    for (const ScalingLaw& law : draws)
        if (const double value = quantity(law); !std::isnan(value))
            values.push_back(value);
    if (values.empty())
        return {};
    std::sort(values.begin(), values.end());
    return {quantile(values, 0.5 - confidence / 2.0), quantile(values, 0.5 + confidence / 2.0)};
}

BootstrapFit bootstrapScalingLaw(
    std::span<const ScalingPoint> points, const ScalingFit& fit, const BootstrapSettings& settings, Progress& progress)
{
    constexpr int fewestResamples = 100;
    if (settings.resamples < fewestResamples)
        throw Error(ErrorKind::Usage, std::to_string(settings.resamples) + " resamples are too few for percentiles",
            "use 100 or more; 1000 is usual");
    const Units units = unitsOf(points, settings.unit);
    const LawProblem problem(points, fit.law.form, fit.law.direction);
    const std::vector<double> centre = problem.search(fit.law.parameters);
    BootstrapFit out;
    out.confidence = fit.confidence;
    LawProblem resampled = problem;
    for (int r = 0; r < settings.resamples; ++r) {
        progress.checkCancelled();
        progress.update(double(r) / settings.resamples, "Bootstrap of the fit");
        RandomStream stream(settings.seed, "scaling-bootstrap", static_cast<std::uint64_t>(r));
        if (!problem.resample(draw(units, stream), resampled)) {
            ++out.failed;
            continue;
        }
        std::vector<std::vector<double>> starts = resampled.starts(1);
        starts.push_back(centre);
        const LeastSquaresSolution solution = resampled.solve(starts);
        ScalingLaw law = fit.law;
        if (std::isfinite(solution.sse))
            law.parameters = resampled.natural(solution.theta);
        if (std::isfinite(solution.sse) && allFinite(law.parameters))
            out.draws.push_back(std::move(law));
        else
            ++out.failed;
    }
    if (2 * out.failed > settings.resamples)
        throw Error(ErrorKind::Input,
            std::to_string(out.failed) + " of " + std::to_string(settings.resamples) + " resamples could not be fitted",
            "there are too few different sizes to draw from: add runs");
    progress.update(1.0, "Bootstrap of the fit");
    for (std::size_t j = 0; j < fit.law.parameters.size(); ++j)
        out.parameters.push_back(out.intervalOf([j](const ScalingLaw& law) { return law.parameters[j]; }));
    return out;
}

} // namespace recoscope
