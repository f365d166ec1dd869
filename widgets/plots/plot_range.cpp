// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_range.h"

#include <algorithm>
#include <cmath>

namespace recoscope {

namespace {

void include(QCPRange& range, bool& any, const std::vector<double>& values, bool positiveOnly)
{
    for (const double v : values) {
        if (!std::isfinite(v) || (positiveOnly && v <= 0))
            continue;
        range.lower = any ? std::min(range.lower, v) : v;
        range.upper = any ? std::max(range.upper, v) : v;
        any = true;
    }
}

QCPRange padded(QCPRange range, const PlotAxis& axis, bool isY, bool hasBars)
{
    if (axis.log) {
        const double factor = std::pow(range.upper / range.lower, isY ? 0.06 : 0.02);
        const double least = range.upper > range.lower ? 1.0 : 2.0;
        return QCPRange(range.lower / (factor * least), range.upper * (factor * least));
    }
    if (range.size() <= 0)
        return QCPRange(range.lower - 0.5, range.upper + 0.5);
    const double pad = range.size() * (isY ? 0.06 : (hasBars ? 0.0 : 0.01));
    return QCPRange(range.lower - pad, range.upper + pad);
}

// Room on top for the labels of vertical references, so that they cover no data.
QCPRange withLabelRoom(QCPRange range, const PlotModel& model)
{
    const auto labels = std::count_if(model.references.begin(), model.references.end(),
        [](const ReferenceLine& line) { return line.orientation == Qt::Vertical && !line.text.isEmpty(); });
    const double free = 1.0 - referenceLabelRow * static_cast<double>(labels);
    if (labels == 0 || free <= 0.5)
        return range;
    if (model.y.log)
        range.upper = range.lower * std::pow(range.upper / range.lower, 1.0 / free);
    else
        range.upper = range.lower + range.size() / free;
    return range;
}

} // namespace

QCPRange dataRange(const PlotModel& model, Qt::Orientation orientation)
{
    const bool isY = orientation == Qt::Vertical;
    const PlotAxis& axis = isY ? model.y : model.x;
    QCPRange range(0, 1);
    bool any = false;
    bool hasBars = false;
    for (const PlotSeries& s : model.series) {
        include(range, any, isY ? s.y : s.x, axis.log);
        include(range, any, isY ? s.low : s.lowX, axis.log);
        include(range, any, isY ? s.high : s.highX, axis.log);
        if (s.mark == PlotMark::Bars) {
            hasBars = true;
            if (!isY && s.x.size() > 1)
                include(
                    range, any, {s.x.front() - 0.6 * (s.x[1] - s.x[0]), s.x.back() + 0.6 * (s.x[1] - s.x[0])}, false);
        }
    }
    for (const ReferenceLine& reference : model.references) {
        if ((reference.orientation == Qt::Horizontal) == isY)
            include(range, any, {reference.value}, axis.log);
    }
    if (axis.log && !any)
        range = QCPRange(1, 10);
    const bool zeroBased = !axis.log && (axis.fromZero || (isY && hasBars));
    if (zeroBased)
        range.lower = std::min(range.lower, 0.0);
    QCPRange result = padded(range, axis, isY, hasBars);
    if (zeroBased && range.lower == 0.0)
        result.lower = 0.0;
    if (isY && !axis.inverted)
        result = withLabelRoom(result, model);
    result.lower = axis.low.value_or(result.lower);
    result.upper = axis.high.value_or(result.upper);
    return result;
}

} // namespace recoscope
