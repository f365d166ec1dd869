// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_ticks.h"

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

// Ticks labelled in the way of the axis.
class AxisTicker : public QCPAxisTicker {
public:
    explicit AxisTicker(PlotAxis axis)
        : m_axis(std::move(axis))
    {
        setTickCount(5);
        setTickStepStrategy(tssReadability);
    }

protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override
    {
        if (m_axis.text)
            return m_axis.text(tick);
        return format::compact(std::fabs(tick) < 1e-12 ? 0.0 : tick);
    }
    int getSubTickCount(double) override { return 0; }

private:
    PlotAxis m_axis;
};

class LogAxisTicker : public QCPAxisTickerLog {
public:
    explicit LogAxisTicker(PlotAxis axis)
        : m_axis(std::move(axis))
    {
        setSubTickCount(0);
        setTickCount(5);
    }

protected:
    // Powers of ten; within less than two decades also 2 and 5; where that leaves one or none, even steps.
    QVector<double> createTickVector(double, const QCPRange& range) override
    {
        QVector<double> ticks;
        const bool narrow = range.upper / range.lower < 100;
        for (int power = static_cast<int>(std::floor(std::log10(range.lower))); std::pow(10.0, power) <= range.upper;
             ++power) {
            for (const double digit : {1.0, 2.0, 5.0}) {
                if (digit == 1.0 || narrow)
                    ticks.append(digit * std::pow(10.0, power));
            }
        }
        const auto shown = std::count_if(ticks.begin(), ticks.end(), [&](double tick) { return range.contains(tick); });
        return shown > 1 ? ticks : QCPAxisTicker::createTickVector(QCPAxisTicker::getTickStep(range), range);
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override
    {
        return m_axis.text ? m_axis.text(tick) : format::compact(tick);
    }

private:
    PlotAxis m_axis;
};

} // namespace

QSharedPointer<QCPAxisTicker> tickerFor(const PlotAxis& axis)
{
    if (!axis.ticks.empty()) {
        QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
        for (const PlotTick& tick : axis.ticks)
            ticker->addTick(tick.value, tick.text);
        return ticker;
    }
    if (axis.log)
        return QSharedPointer<QCPAxisTicker>(new LogAxisTicker(axis));
    return QSharedPointer<QCPAxisTicker>(new AxisTicker(axis));
}

} // namespace recoscope
