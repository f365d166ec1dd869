// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_model.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "widgets/core/formatting.h"
#include "widgets/frame/exportable.h"

namespace recoscope {

namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("PlotView", text);
}

bool shareX(const std::vector<PlotSeries>& series)
{
    return std::all_of(series.begin(), series.end(),
        [&](const PlotSeries& s) { return s.x == series.front().x && s.labels.empty() && s.low.empty(); });
}

QString sharedTable(const PlotModel& model)
{
    QString text = csvField(model.x.name);
    for (const PlotSeries& s : model.series)
        text += u',' + csvField(s.name.isEmpty() ? model.y.name : s.name);
    text += u'\n';
    for (std::size_t i = 0; i < model.series.front().x.size(); ++i) {
        text += format::exact(model.series.front().x[i]);
        for (const PlotSeries& s : model.series)
            text += u',' + format::exact(s.y[i]);
        text += u'\n';
    }
    return text;
}

QString longTable(const PlotModel& model)
{
    QString text = QStringLiteral("series,label,") + csvField(model.x.name) + u',' + csvField(model.y.name)
        + QStringLiteral(",low,high\n");
    for (const PlotSeries& s : model.series) {
        for (std::size_t i = 0; i < s.x.size(); ++i) {
            text += csvField(s.name) + u',' + (i < s.labels.size() ? csvField(s.labels[i]) : QString()) + u','
                + format::exact(s.x[i]) + u',' + format::exact(s.y[i]) + u','
                + (i < s.low.size() ? format::exact(s.low[i]) : QString()) + u','
                + (i < s.high.size() ? format::exact(s.high[i]) : QString()) + u'\n';
        }
    }
    return text;
}

} // namespace

QString axisText(const PlotAxis& axis, double value)
{
    if (axis.text)
        return axis.text(value);
    if (axis.decimals >= 0)
        return format::number(value, axis.decimals);
    return format::compact(value);
}

QString plotSummary(const PlotModel& model)
{
    QString text
        = translate("Chart of %1 against %2.").arg(model.y.name.isEmpty() ? model.title : model.y.name, model.x.name);
    for (const PlotSeries& s : model.series) {
        double low = INFINITY;
        double high = -INFINITY;
        qint64 points = 0;
        for (const double y : s.y) {
            if (!std::isfinite(y))
                continue;
            ++points;
            low = std::min(low, y);
            high = std::max(high, y);
        }
        if (points == 0)
            continue;
        text += u' '
            + translate("%1: %2 points, from %3 to %4.")
                  .arg(s.name.isEmpty() ? translate("Values") : s.name, format::count(points), axisText(model.y, low),
                      axisText(model.y, high));
    }
    return text;
}

QString plotCsv(const PlotModel& model)
{
    if (model.series.empty())
        return {};
    return shareX(model.series) ? sharedTable(model) : longTable(model);
}

} // namespace recoscope
