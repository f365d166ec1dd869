// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/histogram.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "widgets/core/formatting.h"
#include "widgets/plots/scale.h"

namespace recoscope {

namespace {

constexpr int histogramTicks = 5;

std::vector<double> roundValues(const Histogram& histogram)
{
    const double low = histogram.logarithmic ? std::max(histogram.edges.front(), 1e-9) : histogram.edges.front();
    const double high = histogram.edges.back();
    std::vector<double> values;
    for (const PlotTick& tick : Scale{low, high, histogram.logarithmic}.ticks(histogramTicks))
        values.push_back(tick.value);
    if (!histogram.logarithmic || values.size() > 2)
        return values;
    for (double power = std::pow(10.0, std::floor(std::log10(low))); power <= high; power *= 10) {
        for (const double factor : {2.0, 5.0}) {
            if (factor * power >= low && factor * power <= high)
                values.push_back(factor * power);
        }
    }
    return values;
}

} // namespace

double histogramPosition(const Histogram& histogram, double value)
{
    const auto& edges = histogram.edges;
    const auto next = std::upper_bound(edges.begin(), edges.end(), value);
    if (next == edges.begin())
        return -0.5;
    if (next == edges.end())
        return static_cast<double>(edges.size()) - 1.5;
    const auto bin = static_cast<std::size_t>(next - edges.begin()) - 1;
    double within = (value - edges[bin]) / (edges[bin + 1] - edges[bin]);
    if (histogram.logarithmic && edges[bin] > 0)
        within = std::log(value / edges[bin]) / std::log(edges[bin + 1] / edges[bin]);
    return static_cast<double>(bin) + within - 0.5;
}

PlotModel histogramModel(const Histogram& histogram, const QString& xName, const QString& yName,
    const std::vector<double>& ticks, const std::function<QString(double)>& text)
{
    PlotModel model;
    const auto written = [text](double value) { return text ? text(value) : format::compact(value); };
    model.x.name = histogram.logarithmic ? QCoreApplication::translate("PlotView", "%1 (log)").arg(xName) : xName;
    model.x.logAllowed = false;
    model.y.name = yName;
    model.y.logAllowed = false;
    model.y.text = [](double value) { return format::compact(value); };
    if (histogram.counts.empty() || histogram.edges.size() != histogram.counts.size() + 1)
        return model;
    for (const double value : ticks.empty() ? roundValues(histogram) : ticks) {
        if (value >= histogram.edges.front() && value <= histogram.edges.back())
            model.x.ticks.push_back({histogramPosition(histogram, value), written(value)});
    }
    model.x.text = [edges = histogram.edges, written](double bar) {
        const auto i = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(0.0, bar)), 0, edges.size() - 2);
        return QStringLiteral("%1 – %2").arg(written(edges[i]), written(edges[i + 1]));
    };
    PlotSeries bars;
    bars.mark = PlotMark::Bars;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        bars.x.push_back(static_cast<double>(i));
        bars.y.push_back(static_cast<double>(histogram.counts[i]));
    }
    model.series.push_back(std::move(bars));
    return model;
}

} // namespace recoscope
