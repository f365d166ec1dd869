// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/forest_chart.h"

#include <QHelpEvent>
#include <QPainter>
#include <QPolygonF>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/frame/theme.h"

namespace recoscope {

struct ForestChart::Layout {
    QRectF names, plot, chips, p, effect;
    double rowHeight = 0, headHeight = 0, axisHeight = 0;
    double low = 0, high = 0; // of the axis

    double x(double value) const { return plot.left() + plot.width() * (value - low) / (high - low); }
    double rowTop(int row) const { return plot.top() + row * rowHeight; }
    QRectF cell(const QRectF& column, int row) const { return {column.left(), rowTop(row), column.width(), rowHeight}; }
};

QString metricTitle(const std::string& metric)
{
    return QString::fromStdString(metric).toUpper();
}

ForestChart::ForestChart(Theme& theme, QWidget* parent)
    : PaintedChart(theme, QStringLiteral("compareForest"), parent)
{
}

void ForestChart::setDifferences(std::vector<MetricDifference> differences, SignificanceTest test)
{
    m_differences = std::move(differences);
    m_test = test;
    updateGeometry();
    dataChanged();
}

void ForestChart::setTest(SignificanceTest test)
{
    m_test = test;
    dataChanged();
}

double ForestChart::pOf(const MetricDifference& difference) const
{
    switch (m_test) {
    case SignificanceTest::TTest: return difference.tHolm;
    case SignificanceTest::Wilcoxon: return difference.wilcoxonHolm;
    case SignificanceTest::Permutation: break;
    }
    return difference.permutationHolm;
}

QSize ForestChart::sizeHint() const
{
    return {400, theme().scaled(20 + 24 * static_cast<int>(m_differences.size()) + 22)};
}

ForestChart::Layout ForestChart::layoutFor(const QRectF& area) const
{
    Layout layout;
    layout.headHeight = theme().scaled(20);
    layout.axisHeight = theme().scaled(22);
    layout.rowHeight = theme().scaled(24);
    const double top = area.top() + layout.headHeight;
    const double height = layout.rowHeight * static_cast<double>(m_differences.size());
    double right = area.right();
    const auto column = [&](int width) {
        right -= theme().scaled(width);
        return QRectF(right, top, theme().scaled(width), height);
    };
    layout.effect = column(46);
    layout.p = column(56);
    layout.chips = column(72).adjusted(2, 0, -2, 0);
    layout.names = QRectF(area.left(), top, theme().scaled(66), height);
    layout.plot = QRectF(layout.names.right() + 8, top, std::max(20.0, right - layout.names.right() - 20), height);
    for (const MetricDifference& difference : m_differences) {
        layout.low = std::min(layout.low, difference.test.ciLow);
        layout.high = std::max(layout.high, difference.test.ciHigh);
    }
    const double air = std::max(1e-6, 0.08 * (layout.high - layout.low));
    layout.low -= air;
    layout.high += air;
    return layout;
}

void ForestChart::drawHeader(QPainter& painter, const Layout& layout, const Palette& palette) const
{
    const double top = layout.plot.top() - layout.headHeight;
    painter.setFont(theme().font(TextRole::Caption));
    const double zero = layout.x(0.0);
    painter.setPen(palette.run(0).text);
    painter.drawText(
        QRectF(zero - 120, top, 114, layout.headHeight), Qt::AlignRight | Qt::AlignVCenter, tr("A better"));
    painter.setPen(palette.run(1).text);
    painter.drawText(QRectF(zero + 6, top, 114, layout.headHeight), Qt::AlignLeft | Qt::AlignVCenter, tr("B better"));
    painter.setPen(palette.text2);
    const auto title = [&](const QRectF& column, const QString& text) {
        painter.drawText(
            QRectF(column.left(), top, column.width(), layout.headHeight), Qt::AlignRight | Qt::AlignVCenter, text);
    };
    title(layout.chips, QStringLiteral("B − A"));
    title(layout.p, tr("p, Holm"));
    title(layout.effect, tr("effect"));
}

void ForestChart::drawAxis(QPainter& painter, const Layout& layout, const Palette& palette) const
{
    const double bottom = layout.plot.bottom();
    painter.setPen(QPen(palette.border, 1));
    painter.drawLine(QPointF(layout.x(0), layout.plot.top()), QPointF(layout.x(0), bottom + 4));
    painter.setFont(theme().numberFont(TextRole::Caption));
    const double step = std::pow(10.0, std::floor(std::log10(layout.high - layout.low)));
    const double tick = (layout.high - layout.low) / step < 2.5 ? step / 2 : step;
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(tick) - 1e-9)));
    for (double value = std::ceil(layout.low / tick) * tick; value <= layout.high; value += tick) {
        const double x = layout.x(value);
        painter.setPen(QPen(palette.grid, 1));
        if (std::abs(value) > tick / 2)
            painter.drawLine(QPointF(x, layout.plot.top()), QPointF(x, bottom));
        painter.setPen(palette.text2);
        painter.drawText(QRectF(x - 40, bottom + 4, 80, layout.axisHeight - 4), Qt::AlignHCenter | Qt::AlignTop,
            std::abs(value) < tick / 2 ? QStringLiteral("0") : format::number(value, decimals));
    }
}

void ForestChart::drawRow(QPainter& painter, const Layout& layout, int row, const Palette& palette) const
{
    const MetricDifference& difference = m_differences[static_cast<std::size_t>(row)];
    const bool decided = difference.decided();
    const bool better = difference.test.meanDifference > 0;
    painter.setFont(theme().font(decided ? TextRole::BodyStrong : TextRole::Body));
    painter.setPen(palette.text);
    drawElided(painter, layout.cell(layout.names, row), Qt::AlignLeft, metricTitle(difference.metric));

    const double y = layout.rowTop(row) + layout.rowHeight / 2;
    const QColor line = decided ? palette.text : palette.neutralLine;
    painter.setPen(QPen(line, decided ? 2 : 1.4));
    painter.drawLine(QPointF(layout.x(difference.test.ciLow), y), QPointF(layout.x(difference.test.ciHigh), y));
    for (const double end : {difference.test.ciLow, difference.test.ciHigh})
        painter.drawLine(QPointF(layout.x(end), y - 4), QPointF(layout.x(end), y + 4));
    const double x = layout.x(difference.test.meanDifference);
    painter.setPen(QPen(palette.surface, 1));
    painter.setBrush(line);
    painter.drawPolygon(QPolygonF({{x, y - 6}, {x + 5, y}, {x, y + 6}, {x - 5, y}}));

    const StatusColours tone = palette.status(!decided ? StatusTone::Neutral
            : better                                   ? StatusTone::Good
                                                       : StatusTone::Bad);
    const QRectF chip = layout.cell(layout.chips, row).adjusted(0, 3, 0, -3);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tone.soft);
    painter.drawRoundedRect(chip, 4, 4);
    painter.setPen(tone.text);
    painter.setFont(theme().numberFont(TextRole::Secondary));
    painter.drawText(chip.adjusted(0, 0, -6, 0), Qt::AlignRight | Qt::AlignVCenter,
        format::signedNumber(difference.test.meanDifference, 4));
    painter.setPen(palette.text);
    painter.drawText(layout.cell(layout.p, row), Qt::AlignRight | Qt::AlignVCenter, format::pValue(pOf(difference)));
    painter.setPen(palette.text2);
    painter.drawText(layout.cell(layout.effect, row), Qt::AlignRight | Qt::AlignVCenter,
        format::number(difference.test.effectSize, 2));
}

void ForestChart::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    if (m_differences.empty())
        return;
    const Layout layout = layoutFor(area);
    drawHeader(painter, layout, palette);
    drawAxis(painter, layout, palette);
    for (int row = 0; row < static_cast<int>(m_differences.size()); ++row)
        drawRow(painter, layout, row, palette);
}

bool ForestChart::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return PaintedChart::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const Layout layout = layoutFor(QRectF(rect()));
    const int row = static_cast<int>((help->pos().y() - layout.plot.top()) / std::max(1.0, layout.rowHeight));
    if (row < 0 || row >= static_cast<int>(m_differences.size())) {
        QToolTip::hideText();
        return true;
    }
    const MetricDifference& d = m_differences[static_cast<std::size_t>(row)];
    QToolTip::showText(help->globalPos(),
        tr("%1: A %2, B %3\n95 % CI of B − A: %4 to %5\np (Holm) %6, effect %7, n %8")
            .arg(metricTitle(d.metric), format::number(d.a, 4), format::number(d.b, 4),
                format::signedNumber(d.test.ciLow, 4), format::signedNumber(d.test.ciHigh, 4), format::pValue(pOf(d)),
                format::number(d.test.effectSize, 2), format::count(d.test.n)),
        this);
    return true;
}

QString ForestChart::csv() const
{
    QString text = QStringLiteral("metric,a,b,difference,ci_low,ci_high,p_holm,effect,n\n");
    for (const MetricDifference& d : m_differences) {
        QStringList cells{QString::fromStdString(d.metric)};
        for (const double value :
            {d.a, d.b, d.test.meanDifference, d.test.ciLow, d.test.ciHigh, pOf(d), d.test.effectSize})
            cells.push_back(QString::number(value, 'g', 9));
        cells.push_back(QString::number(d.test.n));
        text += cells.join(u',') + u'\n';
    }
    return text;
}

QString ForestChart::spoken() const
{
    QStringList parts;
    for (const MetricDifference& d : m_differences)
        parts.push_back(
            tr("%1 %2, p %3")
                .arg(metricTitle(d.metric), format::signedNumber(d.test.meanDifference, 4), format::pValue(pOf(d))));
    return tr("B minus A: %1").arg(parts.join(QStringLiteral("; ")));
}

} // namespace recoscope
