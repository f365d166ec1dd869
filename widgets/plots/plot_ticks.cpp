// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_ticks.h"

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

constexpr int mostTicks = 5;
constexpr int labelWidth = 44, labelHeight = 26; // pixels that a tick's text takes along its axis

// Ticks labelled in the way of the axis, fewer where they would touch.
class AxisTicker : public QCPAxisTicker {
public:
    AxisTicker(PlotAxis axis, const QCPAxis* drawn)
        : m_axis(std::move(axis))
        , m_drawn(drawn)
    {
        setTickStepStrategy(tssReadability);
    }

protected:
    double getTickStep(const QCPRange& range) override
    {
        const QCPAxisRect* rect = m_drawn->axisRect();
        const bool across = m_drawn->orientation() == Qt::Horizontal;
        setTickCount(std::clamp(across ? rect->width() / labelWidth : rect->height() / labelHeight, 2, mostTicks));
        const double step = QCPAxisTicker::getTickStep(range);
        return m_axis.decimals == 0 ? std::max(1.0, std::ceil(step)) : step; // there is no epoch 2.5
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override
    {
        if (m_axis.text)
            return m_axis.text(tick);
        return format::compact(std::fabs(tick) < 1e-12 ? 0.0 : tick);
    }
    int getSubTickCount(double) override { return 0; }

private:
    PlotAxis m_axis;
    const QCPAxis* m_drawn; // owns this
};

class LogAxisTicker : public QCPAxisTickerLog {
public:
    explicit LogAxisTicker(PlotAxis axis)
        : m_axis(std::move(axis))
    {
        setSubTickCount(0);
        setTickCount(mostTicks);
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

QSharedPointer<QCPAxisTicker> tickerFor(const PlotAxis& axis, const QCPAxis* drawn)
{
    if (!axis.ticks.empty()) {
        QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
        for (const PlotTick& tick : axis.ticks)
            ticker->addTick(tick.value, tick.text);
        return ticker;
    }
    if (axis.log)
        return QSharedPointer<QCPAxisTicker>(new LogAxisTicker(axis));
    return QSharedPointer<QCPAxisTicker>(new AxisTicker(axis, drawn));
}

} // namespace recoscope
