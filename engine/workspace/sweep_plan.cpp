// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/sweep_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/core/error.h"
#include "engine/workspace/sweep_results.h"

namespace recoscope {

namespace {

constexpr double shareSteps = 1000.0;

// The whole-number parameters that differ among the points, each with its values in their order.
std::map<std::string, std::vector<double>> grownParameters(const Sweep& sweep)
{
    std::map<std::string, std::vector<double>> grown;
    for (const auto& [key, first] : sweep.points.front().request.parameters.items()) {
        std::vector<double> values;
        for (const SweepPoint& point : sweep.points) {
            const Json& parameters = point.request.parameters;
            const auto found = parameters.find(key);
            if (found != parameters.end() && found->is_number_integer() && found->get<double>() > 0.0)
                values.push_back(found->get<double>());
        }
        const bool everywhere = values.size() == sweep.points.size();
        if (everywhere && std::any_of(values.begin(), values.end(), [&](double v) { return v != values.front(); }))
            grown[key] = std::move(values);
    }
    return grown;
}

std::int64_t commonDivisor(const std::vector<double>& values)
{
    std::int64_t divisor = 0;
    for (const double value : values)
        divisor = std::gcd(divisor, static_cast<std::int64_t>(value));
    return divisor;
}

const SweepPoint& nearestInSize(const Sweep& sweep, double n)
{
    const auto distance
        = [n](const SweepPoint& point) { return std::abs(std::log(static_cast<double>(point.parameterCount) / n)); };
    return *std::min_element(sweep.points.begin(), sweep.points.end(),
        [&](const SweepPoint& a, const SweepPoint& b) { return distance(a) < distance(b); });
}

// The users whose events make up T interactions.
double shareFor(const Sweep& sweep, double t)
{
    return std::clamp(std::round(shareSteps * t / dataOfAllUsers(sweep)) / shareSteps, 1.0 / shareSteps, 1.0);
}

// Along the lines through the logarithms, in steps of the common divisors.
void growParameters(Workspace::NewRun& run, const Sweep& sweep, double n)
{
    std::vector<double> sizes;
    for (const SweepPoint& point : sweep.points)
        sizes.push_back(static_cast<double>(point.parameterCount));
    for (const auto& [key, values] : grownParameters(sweep)) {
        const std::int64_t step = commonDivisor(values);
        const double wanted = fitLogLogLine(sizes, values).at(n);
        const auto steps = std::max<std::int64_t>(1, std::llround(wanted / static_cast<double>(step)));
        run.parameters[key] = steps * step;
        run.name += " " + key + "=" + std::to_string(steps * step);
    }
}

// With the seed that the shares of the sweep have.
void drawUsers(Workspace::NewRun& run, const Sweep& sweep, double t)
{
    const double share = shareFor(sweep, t);
    run.name += " users=" + Json(share).dump();
    run.protocol = sweepProtocol(sweep);
    if (share >= 1.0)
        return;
    const auto seeded = std::find_if(sweep.points.begin(), sweep.points.end(),
        [](const SweepPoint& point) { return point.request.protocol.trainUsers.has_value(); });
    const bool isSeeded = seeded != sweep.points.end();
    run.protocol.trainUsers = share;
    run.protocol.trainUsersSeed = isSeeded ? seeded->request.protocol.trainUsersSeed : std::uint64_t{sweepUsersSeed};
}

} // namespace

Workspace::NewRun plannedRun(const Sweep& sweep, double n, double t)
{
    if (sweep.points.empty())
        throw Error(ErrorKind::Input, "the sweep has no runs", "start it first");
    Workspace::NewRun run = nearestInSize(sweep, n).request;
    run.name = sweep.name;
    run.tags = {sweepTag + sweep.name};
    growParameters(run, sweep, n);
    drawUsers(run, sweep, t);
    return run;
}

} // namespace recoscope
