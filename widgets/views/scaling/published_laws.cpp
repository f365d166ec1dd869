// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/published_laws.h"

#include <algorithm>
#include <functional>

#include "engine/scaling/reference_curves.h"
#include "widgets/views/scaling/scaling_parts.h"

namespace recoscope {

namespace {

constexpr double publishedSpan = 1000.0; // from where it is above zero
constexpr double largestLooked = 1e24;

// Of the series that are there.
std::pair<double, double> rangeOfX(const PlotModel& plot)
{
    double low = std::numeric_limits<double>::infinity(), high = 0.0;
    for (const PlotSeries& series : plot.series)
        for (const double x : series.x) {
            low = std::min(low, x);
            high = std::max(high, x);
        }
    return {low, high};
}

// Whether it is above zero anywhere.
bool addLine(PlotModel& plot, const QString& name, const std::function<double(double)>& value)
{
    const auto [low, high] = rangeOfX(plot);
    double from = low / aroundRuns;
    while (value(from) <= 0.0 && from < largestLooked)
        from *= 1.1;
    if (!(from < largestLooked))
        return false;
    PlotSeries line = scalingLine(name, -1, true);
    line.x = logSteps(from, std::max(high * aroundRuns, from * publishedSpan));
    for (const double x : line.x)
        line.y.push_back(value(x));
    plot.series.push_back(std::move(line));
    return true;
}

QString remarkOf(const ReferenceCurve& curve)
{
    return ScalingText::tr("published: %1, not comparable with a full ranking")
        .arg(QString::fromStdString(curve.quantity.substr(0, curve.quantity.find(','))));
}

} // namespace

QString addPublishedCompute(PlotModel& plot)
{
    const ReferenceCurve& curve = referenceCurve("srt_compute");
    addLine(plot, ScalingText::tr("SRT, Zivic et al. 2024"), [&curve](double x) { return curve.law.at(x); });
    return remarkOf(curve);
}

QString addPublishedGrowth(PlotModel& plot, bool byData, double other)
{
    const ReferenceCurve& curve = referenceCurve("srt_size_data");
    const QString size = (byData ? ScalingText::tr("N %1") : ScalingText::tr("T %1")).arg(powerText(other));
    const bool isSeen = addLine(plot, ScalingText::tr("SRT, Zivic et al. 2024, %1").arg(size),
        [&](double x) { return byData ? curve.law.at(other, x) : curve.law.at(x, other); });
    return isSeen ? remarkOf(curve) : ScalingText::tr("the published law is nowhere above 0 at %1").arg(size);
}

QString publishedWords()
{
    QString text;
    for (const ReferenceCurve& curve : referenceCurves())
        text += ScalingText::tr("%1: %2; %3; %4. %5.")
                    .arg(QString::fromStdString(curve.title), QString::fromStdString(curve.quantity),
                        QString::fromStdString(curve.unit), QString::fromStdString(curve.caveat),
                        QString::fromStdString(curve.source))
            + u'\n';
    return text.trimmed();
}

} // namespace recoscope
