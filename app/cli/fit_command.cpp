// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// fit: a scaling law through the runs of a sweep, with intervals, warnings, the compute-optimal front and the published
// curves of the same form.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/sweep_files.h"
#include "app/cli/text.h"
#include "engine/scaling/front.h"
#include "engine/scaling/points_file.h"
#include "engine/scaling/reference_curves.h"

namespace recoscope::cli {

namespace {

struct FitWords {
    std::string sweep, form = "auto", direction = "auto", resample = "auto";
    PointColumns columns;
    int bootstrap = 1000;
    std::uint64_t seed = 42;
    std::vector<double> budgets;
    ComputeCost cost;
};

std::string significant(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.5g", value);
    return buffer;
}

std::string rangeText(double low, double high)
{
    return significant(low) + " to " + significant(high);
}

Json intervalJson(const Interval& interval)
{
    return {interval.low, interval.high};
}

struct Fitted {
    PointTable table;
    ScalingFit fit;
    ResampleUnit unit = ResampleUnit::Points;
    std::optional<BootstrapFit> bootstrap;
    std::vector<FrontPoint> front;
};

// Points that share a run are not independent: they are drawn together unless points are asked for.
ResampleUnit unitOf(const FitWords& words, const std::vector<ScalingPoint>& points)
{
    std::set<std::string> runs;
    for (const ScalingPoint& point : points)
        runs.insert(point.run);
    const bool shared = runs.size() > 1 && runs.size() < points.size();
    return words.resample == "runs" || (words.resample == "auto" && shared) ? ResampleUnit::Runs : ResampleUnit::Points;
}

Fitted fitted(Session& session, const FitWords& words)
{
    if (words.sweep.empty())
        throw Error(ErrorKind::Usage, "fit needs the table of a sweep", "recoscope-cli fit sweep.csv");
    Fitted out;
    const auto form = words.form == "auto" ? std::nullopt : std::optional(scalingFormFromName(words.form));
    const Path table = sweepTableFile(words.sweep);
    if (table != Path(words.sweep) && !std::filesystem::exists(table))
        throw Error(ErrorKind::NotFound, "the sweep has no table yet: there is no " + table.string(),
            "recoscope-cli scale " + words.sweep + " trains what is missing and writes it");
    out.table = readScalingPoints(table, words.columns, form);
    const std::vector<ScalingPoint>& points = out.table.points;
    const ScalingDirection direction
        = words.direction == "auto" ? directionOf(points, out.table.form) : scalingDirectionFromName(words.direction);
    out.fit = fitScalingLaw(points, out.table.form, direction);
    out.unit = unitOf(words, points);
    if (words.bootstrap > 0)
        out.bootstrap
            = bootstrapScalingLaw(points, out.fit, {words.bootstrap, words.seed, out.unit}, session.progress());
    out.front = computeFront(out.fit, words.budgets, words.cost, out.bootstrap ? &*out.bootstrap : nullptr);
    return out;
}

double rootMeanSquare(const ScalingLaw& law, const std::vector<ScalingPoint>& points)
{
    double sum = 0.0;
    for (const ScalingPoint& point : points)
        sum += std::pow(point.y - law.at(point.x, point.t), 2);
    return std::sqrt(sum / static_cast<double>(points.size()));
}

bool comparable(const ReferenceCurve& curve, const ScalingFit& fit)
{
    return curve.law.form == fit.law.form && curve.law.direction == fit.law.direction;
}

Json parametersJson(const Fitted& f)
{
    Json list = Json::array();
    for (std::size_t j = 0; j < f.fit.parameters.size(); ++j) {
        const FittedParameter& p = f.fit.parameters[j];
        list.push_back(
            {{"name", p.name}, {"value", p.value}, {"standard_error", p.standardError}, {"ci95", {p.low, p.high}}});
        if (f.bootstrap)
            list.back()["bootstrap95"] = intervalJson(f.bootstrap->parameters[j]);
    }
    return list;
}

Json covarianceJson(const ScalingFit& fit)
{
    const std::size_t p = fit.parameters.size();
    Json rows = Json::array();
    for (std::size_t j = 0; j < p; ++j)
        rows.push_back(std::vector<double>(fit.covariance.begin() + static_cast<std::ptrdiff_t>(j * p),
            fit.covariance.begin() + static_cast<std::ptrdiff_t>((j + 1) * p)));
    return rows;
}

Json frontJson(const Fitted& f)
{
    Json list = Json::array();
    for (const FrontPoint& point : f.front) {
        const ComputeOptimum& best = point.optimum;
        list.push_back({{"compute", best.compute}, {"n", best.n}, {"t", best.t}, {"value", best.value},
            {"extrapolated", point.extrapolated}});
        if (f.bootstrap)
            list.back().update({{"n95", intervalJson(point.n)}, {"t95", intervalJson(point.t)},
                {"value95", intervalJson(point.value)}});
    }
    return list;
}

Json referencesJson(const Fitted& f)
{
    Json list = Json::array();
    for (const ReferenceCurve& curve : referenceCurves())
        if (comparable(curve, f.fit))
            list.push_back({{"name", curve.name}, {"title", curve.title}, {"parameters", curve.law.parameters},
                {"rmse", rootMeanSquare(curve.law, f.table.points)}, {"quantity", curve.quantity}, {"unit", curve.unit},
                {"source", curve.source}, {"caveat", curve.caveat}});
    return list;
}

Json fitJson(const Fitted& f, const FitWords& words)
{
    const ScalingFit& fit = f.fit;
    Json document = {{"form", scalingFormName(fit.law.form)}, {"direction", scalingDirectionName(fit.law.direction)},
        {"formula", scalingFormula(fit.law.form, fit.law.direction)}, {"points", fit.points},
        {"degrees_of_freedom", fit.degreesOfFreedom}, {"parameters", parametersJson(f)},
        {"covariance", covarianceJson(fit)}, {"sse", fit.sse}, {"r2", fit.r2}, {"condition", fit.condition},
        {"limit", fit.law.limit()}, {"warnings", fit.warnings}, {"front", frontJson(f)},
        {"references", referencesJson(f)},
        {"columns",
            {{"x", f.table.columns.x}, {"y", f.table.columns.y}, {"t", f.table.columns.t},
                {"run", f.table.columns.run}}},
        {"range", {{"x", {fit.x.low, fit.x.high}}, {"t", {fit.t.low, fit.t.high}}}}};
    if (f.bootstrap)
        document["bootstrap"] = {{"resamples", words.bootstrap}, {"seed", words.seed},
            {"unit", f.unit == ResampleUnit::Runs ? "runs" : "points"}, {"failed", f.bootstrap->failed}};
    return document;
}

std::string fitText(const Fitted& f, const FitWords& words)
{
    const ScalingFit& fit = f.fit;
    std::string text = f.table.columns.y + " = " + scalingFormula(fit.law.form, fit.law.direction) + " ("
        + std::to_string(fit.points) + " points, R² " + fixed(fit.r2, 5) + ")\n\n";
    TextTable table({"", "value", "standard error", "95 % interval", f.bootstrap ? "bootstrap" : ""});
    for (std::size_t j = 0; j < fit.parameters.size(); ++j) {
        const FittedParameter& p = fit.parameters[j];
        const Interval drawn = f.bootstrap ? f.bootstrap->parameters[j] : Interval{};
        table.add({p.name, significant(p.value), significant(p.standardError), rangeText(p.low, p.high),
            f.bootstrap ? rangeText(drawn.low, drawn.high) : ""});
    }
    text += table.text();
    if (f.bootstrap)
        text += "bootstrap over " + std::string(f.unit == ResampleUnit::Runs ? "runs" : "points") + ": "
            + std::to_string(words.bootstrap) + " draws, " + std::to_string(f.bootstrap->failed) + " failed\n";
    for (const std::string& warning : fit.warnings)
        text += "WARNING: " + warning + "\n";
    TextTable front({"compute", "N", "T", "value", ""});
    for (const FrontPoint& point : f.front)
        front.add({significant(point.optimum.compute), significant(point.optimum.n), significant(point.optimum.t),
            significant(point.optimum.value), point.extrapolated ? "outside of the runs" : ""});
    if (!f.front.empty())
        text += "\nbest split of a compute budget:\n" + front.text();
    for (const ReferenceCurve& curve : referenceCurves())
        if (comparable(curve, fit))
            text += "\n" + curve.title + ": these points lie " + significant(rootMeanSquare(curve.law, f.table.points))
                + " from it (root mean square). It is of " + curve.quantity + "; " + curve.unit + "; " + curve.caveat
                + "\n";
    return text;
}

int fit(Session& session, const FitWords& words)
{
    const Fitted f = fitted(session, words);
    session.print(fitJson(f, words), fitText(f, words));
    return 0;
}

} // namespace

void addFitCommand(CLI::App& app, Session& session)
{
    CLI::App& command
        = addCommand(app, "fit", "A scaling law through the runs of a sweep", "fit sweep.csv --budget 1e15,1e16");
    auto words = std::make_shared<FitWords>();
    // By place or by name; marked as required, the help would ask for both.
    command.add_option("sweep,--points", words->sweep,
        "CSV with a line a run: n, t or compute, and loss or a metric; or the JSON that scale read");
    command.add_option("--form", words->form, "auto: by the columns")
        ->check(CLI::IsMember({"auto", "power", "joint", "compute"}));
    command.add_option("--direction", words->direction, "falling (loss), rising (metric); auto: by the points")
        ->check(CLI::IsMember({"auto", "falling", "rising"}));
    command.add_option("--x", words->columns.x, "Column of the size or compute");
    command.add_option("--t", words->columns.t, "Column of the amount of data");
    command.add_option("--value", words->columns.y, "Column of the loss or metric");
    command.add_option("--run", words->columns.run, "Column that names the run of a point");
    command.add_option("--bootstrap", words->bootstrap, "Draws of the bootstrap, 100 or more; 0 = none");
    command.add_option("--resample", words->resample, "auto: runs when points share them")
        ->check(CLI::IsMember({"auto", "points", "runs"}));
    command.add_option("--seed", words->seed, "Of the bootstrap");
    command.add_option("--budget", words->budgets, "Compute budgets to split, comma-separated; joint form")
        ->delimiter(',');
    command.add_option("--cost", words->cost.perParameter, "Operations per parameter and interaction");
    command.add_option("--fixed-cost", words->cost.perInteraction, "Operations per interaction whatever the size");
    command.callback([&session, words] { session.command = [&session, words] { return fit(session, *words); }; });
}

} // namespace recoscope::cli
