// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/sweep_results.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace recoscope {

namespace {

Json withoutUsers(Json protocol)
{
    protocol.erase("train_users");
    return protocol;
}

bool standTogether(const RunRecord& a, const RunRecord& b)
{
    return a.model == b.model && a.datasetHash == b.datasetHash && withoutUsers(a.protocol) == withoutUsers(b.protocol);
}

SweepPoint pointOf(const RunRecord& run)
{
    SweepPoint point;
    point.request.dataset = run.dataset;
    point.request.protocol = Protocol::fromJson(run.protocol);
    point.request.model = run.model;
    point.request.parameters = run.parameters;
    point.request.seed = run.seed;
    point.request.name = run.name;
    point.request.tags = run.tags;
    point.share = point.request.protocol.trainUsers.value_or(1.0);
    point.run = run;
    return point;
}

bool entersFit(const SweepPoint& point)
{
    return point.isDone() && bestCompute(point) > 0.0;
}

// What an earlier reading counted: neither settings nor data of a run change.
bool takeCost(SweepPoint& point, const Sweep* known)
{
    if (!known)
        return false;
    const auto earlier = std::find_if(known->points.begin(), known->points.end(),
        [&](const SweepPoint& other) { return other.run && other.run->id == point.run->id; });
    if (earlier == known->points.end())
        return false;
    point.parameterCount = earlier->parameterCount;
    point.work = earlier->work;
    return true;
}

struct Grown {
    std::vector<double> n, t, compute;
};

Grown grownOf(const Sweep& sweep)
{
    Grown grown;
    for (const SweepPoint& point : sweep.points)
        if (entersFit(point)) {
            grown.n.push_back(static_cast<double>(point.parameterCount));
            grown.t.push_back(static_cast<double>(point.work.interactions));
            grown.compute.push_back(bestCompute(point));
        }
    return grown;
}

} // namespace

bool isOfSweep(const RunRecord& run, const std::string& sweep)
{
    return std::find(run.tags.begin(), run.tags.end(), sweepTag + sweep) != run.tags.end();
}

std::vector<std::string> sweepNames(const std::vector<RunRecord>& runs)
{
    std::vector<std::string> names;
    for (const RunRecord& run : runs)
        for (const std::string& tag : run.tags) {
            if (!tag.starts_with(sweepTag))
                continue;
            std::string name = tag.substr(sweepTag.size());
            if (std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(std::move(name));
        }
    return names;
}

SweepOfRuns sweepOfRuns(
    Workspace& workspace, const std::string& dataset, const std::string& name, Progress& progress, const Sweep* known)
{
    SweepOfRuns out;
    out.sweep.name = name;
    std::optional<RunRecord> newest;
    for (const RunRecord& run : workspace.store().runs()) {
        if (run.dataset != dataset || !isOfSweep(run, name))
            continue;
        if (!newest)
            newest = run;
        if (!standTogether(run, *newest)) {
            ++out.leftOut;
            continue;
        }
        progress.checkCancelled();
        SweepPoint& point = out.sweep.points.emplace_back(pointOf(run));
        if (!takeCost(point, known))
            assessPoint(workspace, point, progress);
    }
    if (!newest)
        throw Error(
            ErrorKind::NotFound, "there is no run of the sweep '" + name + "' on '" + dataset + "'", "start it");
    std::stable_sort(out.sweep.points.begin(), out.sweep.points.end(), cheaper);
    return out;
}

double bestCompute(const SweepPoint& point)
{
    return point.run ? point.flops(point.run->bestEpoch) : 0.0;
}

std::optional<double> sweepValue(const SweepPoint& point, SplitPart part)
{
    if (!point.run)
        return std::nullopt;
    const auto& metrics = part == SplitPart::Test ? point.run->test : point.run->valid;
    const auto found = metrics.find(point.request.protocol.selectBy);
    return found == metrics.end() ? std::nullopt : std::optional(found->second);
}

const std::string& sweepMetric(const Sweep& sweep)
{
    return sweep.points.front().request.protocol.selectBy;
}

Protocol sweepProtocol(const Sweep& sweep)
{
    Protocol protocol = sweep.points.front().request.protocol;
    protocol.trainUsers.reset();
    protocol.trainUsersSeed = 0;
    return protocol;
}

double dataOfAllUsers(const Sweep& sweep)
{
    double sum = 0.0;
    for (const SweepPoint& point : sweep.points)
        sum += static_cast<double>(point.work.interactions) / point.share;
    return sum / static_cast<double>(sweep.points.size());
}

double secondsPerOperation(const Sweep& sweep)
{
    std::vector<double> paces;
    for (const SweepPoint& point : sweep.points)
        if (point.isDone() && point.run->secondsPerEpoch > 0.0)
            paces.push_back(point.run->secondsPerEpoch / point.work.flops);
    if (paces.empty())
        return 0.0;
    const auto middle = paces.begin() + static_cast<std::ptrdiff_t>(paces.size() / 2);
    std::nth_element(paces.begin(), middle, paces.end());
    return *middle;
}

std::vector<ScalingPoint> scalingPoints(const Sweep& sweep, ScalingForm form, SplitPart part)
{
    std::vector<ScalingPoint> points;
    for (const SweepPoint& point : sweep.points) {
        const auto value = sweepValue(point, part);
        if (!entersFit(point) || !value)
            continue;
        const bool joint = form == ScalingForm::Joint;
        points.push_back({joint ? static_cast<double>(point.parameterCount) : bestCompute(point),
            joint ? static_cast<double>(point.work.interactions) : 0.0, *value, point.run->id});
    }
    return points;
}

ComputeCost interactionCost(const Sweep& sweep)
{
    double uu = 0.0, uv = 0.0, vv = 0.0, u1 = 0.0, v1 = 0.0;
    const Grown grown = grownOf(sweep);
    if (grown.n.empty())
        throw Error(ErrorKind::Input, "no run of the sweep is done", "train one first");
    for (std::size_t i = 0; i < grown.n.size(); ++i) {
        const double cost = grown.compute[i] / grown.t[i];
        const double u = grown.n[i] / cost, v = 1.0 / cost;
        uu += u * u;
        uv += u * v;
        vv += v * v;
        u1 += u;
        v1 += v;
    }
    const double determinant = uu * vv - uv * uv;
    const bool solvable = determinant > 1e-12 * uu * vv;
    const ComputeCost cost{(u1 * vv - v1 * uv) / determinant, (v1 * uu - u1 * uv) / determinant};
    const bool positive = solvable && cost.perParameter > 0.0 && cost.perInteraction >= 0.0;
    return positive ? cost : ComputeCost{u1 / uu, 0.0};
}

SweepFit fitSweep(
    const Sweep& sweep, ScalingForm form, SplitPart part, const BootstrapSettings& settings, Progress& progress)
{
    SweepFit out;
    out.points = scalingPoints(sweep, form, part);
    out.fit = fitScalingLaw(out.points, form, ScalingDirection::Rising);
    out.bootstrap = bootstrapScalingLaw(out.points, out.fit, settings, progress);
    out.cost = interactionCost(sweep);
    const Grown grown = grownOf(sweep);
    const auto [low, high] = std::minmax_element(grown.compute.begin(), grown.compute.end());
    out.compute = {*low, *high};
    out.sizeByCompute = fitLogLogLine(grown.compute, grown.n);
    out.dataByCompute = fitLogLogLine(grown.compute, grown.t);
    frontOf(out, std::vector<double>{*high}); // now, not when it is looked at
    return out;
}

std::vector<FrontPoint> frontOf(const SweepFit& fitted, std::span<const double> budgets)
{
    if (fitted.fit.law.form == ScalingForm::Joint)
        return computeFront(fitted.fit, budgets, fitted.cost, &fitted.bootstrap);
    std::vector<FrontPoint> front;
    for (const double budget : budgets) {
        FrontPoint point;
        point.optimum
            = {budget, fitted.sizeByCompute.at(budget), fitted.dataByCompute.at(budget), fitted.fit.law.at(budget)};
        point.value = fitted.bootstrap.intervalOf([budget](const ScalingLaw& law) { return law.at(budget); });
        point.extrapolated = !fitted.fit.x.holds(budget);
        front.push_back(point);
    }
    return front;
}

} // namespace recoscope
