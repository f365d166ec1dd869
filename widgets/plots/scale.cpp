// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/scale.h"

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

double niceStep(double span, int wanted)
{
    const double rough = span / std::max(1, wanted);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough)
            return factor * power;
    }
    return 10.0 * power;
}

} // namespace

double Scale::toUnit(double value) const
{
    if (log)
        return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
}

double Scale::fromUnit(double unit) const
{
    return log ? low * std::pow(high / low, unit) : low + unit * (high - low);
}

std::vector<PlotTick> Scale::ticks(int wanted) const
{
    std::vector<PlotTick> result;
    if (!(high > low))
        return {{low, format::compact(low)}};
    if (log) {
        for (double tick = std::pow(10.0, std::ceil(std::log10(low) - 1e-9)); tick <= high * (1 + 1e-9); tick *= 10)
            result.push_back({tick, format::compact(tick)});
        return result;
    }
    const double step = niceStep(high - low, wanted);
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
        result.push_back({i * step, format::compact(i * step)});
    return result;
}

Scale scaleOf(const std::vector<double>& values, bool log)
{
    Scale scale{INFINITY, -INFINITY, log};
    for (const double v : values) {
        if (!std::isfinite(v) || (log && v <= 0))
            continue;
        scale.low = std::min(scale.low, v);
        scale.high = std::max(scale.high, v);
    }
    if (scale.low > scale.high)
        return {1.0, 10.0, log};
    if (scale.low == scale.high)
        scale.high = log ? scale.low * 2 : scale.low + 1;
    return scale;
}

} // namespace recoscope
