// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/forest_chart.h"

#include <QHelpEvent>
#include <QPainter>
#include <QPolygonF>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

// Two lines of caption.
constexpr int ruleHeight = 38;

// 1, 2 or 5 times a power of ten, so that no more than `most` labels stand in the span.
double tickStep(double span, double most)
{
    const double least = span / std::max(1.0, most);
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double digit : {1.0, 2.0, 5.0}) {
        if (digit * power >= least)
            return digit * power;
    }
    return 10.0 * power;
}

} // namespace

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

QString ForestChart::rule() const
{
    if (m_differences.empty())
        return {};
    const QString n = format::count(m_differences.front().test.n);
    switch (m_test) {
    case SignificanceTest::TTest:
        return tr("Coloured where p < 0.05. Paired t test over %1 users, p by Holm over the rows; intervals by t.")
            .arg(n);
    case SignificanceTest::Wilcoxon:
        return tr("Coloured where p < 0.05. Wilcoxon over %1 users, p by Holm over the rows; intervals by bootstrap.")
            .arg(n);
    case SignificanceTest::Permutation: break;
    }
    return tr("Coloured where p < 0.05. Sign flips over %1 users, p by Holm over the rows; intervals by bootstrap.")
        .arg(n);
}

QSize ForestChart::sizeHint() const
{
    return {400, theme().scaled(20 + 24 * static_cast<int>(m_differences.size()) + 22 + ruleHeight)};
}

ForestChart::Layout ForestChart::layoutFor(const QRectF& area) const
{
    Layout layout;
    layout.headHeight = theme().scaled(20);
    layout.axisHeight = theme().scaled(22);
    layout.rowHeight = theme().scaled(24);
    const double top = area.top() + layout.headHeight;
    const double height = layout.rowHeight * static_cast<double>(m_differences.size());
    // Columns are as wide as their widest text in bold, so that no name is ever cut.
    const QFontMetricsF strong(theme().font(TextRole::BodyStrong));
    const QFontMetricsF numbers(theme().numberFont(TextRole::BodyStrong));
    const QFontMetricsF caption(theme().font(TextRole::Caption));
    double names = 0;
    for (const MetricDifference& difference : m_differences)
        names = std::max(names, strong.horizontalAdvance(metricTitle(difference.metric)));
    double right = area.right();
    const auto column = [&](const QString& widest, const QString& title) {
        const double width
            = std::max(numbers.horizontalAdvance(widest), caption.horizontalAdvance(title)) + theme().scaled(8);
        right -= width;
        return QRectF(right, top, width, height);
    };
    layout.effect = column(format::number(-0.88, 2), tr("effect"));
    layout.p = column(format::pValue(0.0), tr("p, Holm"));
    layout.chips = column(format::signedNumber(-0.8888, 4), QString()).adjusted(-4, 0, 0, 0);
    right -= 4;
    layout.names = QRectF(area.left(), top, names + 4, height);
    layout.plot = QRectF(layout.names.right() + 8, top, std::max(20.0, right - layout.names.right() - 18), height);
    for (const MetricDifference& difference : m_differences) {
        const auto interval = difference.interval(m_test);
        layout.low = std::min(layout.low, interval.low);
        layout.high = std::max(layout.high, interval.high);
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
    // Beside the zero line, but inside the plot: the words never reach into the columns of numbers.
    const QString left = tr("A better");
    const QString right = tr("B better");
    const double leftWidth = painter.fontMetrics().horizontalAdvance(left) + 2;
    const double rightWidth = painter.fontMetrics().horizontalAdvance(right) + 2;
    const double leftEdge = layout.names.left();
    const double middle = std::clamp(layout.x(0.0), leftEdge + leftWidth + 6,
        std::max(leftEdge + leftWidth + 6, layout.chips.left() - rightWidth - 6));
    painter.setPen(palette.run(0).text);
    painter.drawText(
        QRectF(middle - 6 - leftWidth, top, leftWidth, layout.headHeight), Qt::AlignRight | Qt::AlignVCenter, left);
    painter.setPen(palette.run(1).text);
    painter.drawText(QRectF(middle + 6, top, rightWidth, layout.headHeight), Qt::AlignLeft | Qt::AlignVCenter, right);
    painter.setPen(palette.text2);
    const auto title = [&](const QRectF& column, const QString& text) {
        painter.drawText(
            QRectF(column.left(), top, column.width(), layout.headHeight), Qt::AlignRight | Qt::AlignVCenter, text);
    };
    title(layout.chips.adjusted(0, 0, -6, 0), QStringLiteral("B − A"));
    title(layout.p, tr("p, Holm"));
    title(layout.effect, tr("effect"));
}

void ForestChart::drawAxis(QPainter& painter, const Layout& layout, const Palette& palette) const
{
    const double bottom = layout.plot.bottom();
    painter.setPen(QPen(palette.border, 1));
    painter.drawLine(QPointF(layout.x(0), layout.plot.top()), QPointF(layout.x(0), bottom + 4));
    painter.setFont(theme().numberFont(TextRole::Caption));
    const double tick = tickStep(layout.high - layout.low, layout.plot.width() / theme().scaled(48));
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

void ForestChart::drawInterval(QPainter& painter, const Layout& layout, int row, const Palette& palette) const
{
    const MetricDifference& difference = m_differences[static_cast<std::size_t>(row)];
    const bool decided = difference.decided(m_test);
    const auto interval = difference.interval(m_test);
    const double y = layout.rowTop(row) + layout.rowHeight / 2;
    const QColor line = decided ? palette.text : palette.neutralLine;
    painter.setPen(QPen(line, decided ? 2 : 1.4));
    painter.drawLine(QPointF(layout.x(interval.low), y), QPointF(layout.x(interval.high), y));
    for (const double end : {interval.low, interval.high})
        painter.drawLine(QPointF(layout.x(end), y - 4), QPointF(layout.x(end), y + 4));
    const double x = layout.x(difference.test.meanDifference);
    painter.setPen(QPen(palette.surface, 1));
    painter.setBrush(line);
    painter.drawPolygon(QPolygonF({{x, y - 6}, {x + 5, y}, {x, y + 6}, {x - 5, y}}));
}

void ForestChart::drawRow(QPainter& painter, const Layout& layout, int row, const Palette& palette) const
{
    const MetricDifference& difference = m_differences[static_cast<std::size_t>(row)];
    const bool decided = difference.decided(m_test);
    const bool better = difference.test.meanDifference > 0;
    painter.setFont(theme().font(decided ? TextRole::BodyStrong : TextRole::Body));
    painter.setPen(palette.text);
    drawElided(painter, layout.cell(layout.names, row), Qt::AlignLeft, metricTitle(difference.metric));
    drawInterval(painter, layout, row, palette);
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
    painter.setFont(theme().numberFont(decided ? TextRole::BodyStrong : TextRole::Secondary));
    painter.drawText(
        layout.cell(layout.p, row), Qt::AlignRight | Qt::AlignVCenter, format::pValue(difference.holmP(m_test)));
    painter.setPen(palette.text2);
    painter.setFont(theme().numberFont(TextRole::Secondary));
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
    painter.setPen(palette.text2);
    painter.setFont(theme().font(TextRole::Caption));
    const double top = layout.plot.bottom() + layout.axisHeight + 4;
    painter.drawText(QRectF(area.left(), top, area.width(), std::max(0.0, area.bottom() - top)),
        Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, rule());
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
    const auto interval = d.interval(m_test);
    QToolTip::showText(help->globalPos(),
        tr("%1: A %2, B %3\n95 % CI of B − A: %4 to %5\np (Holm) %6, effect %7, n %8")
            .arg(metricTitle(d.metric), format::number(d.a, 4), format::number(d.b, 4),
                format::signedNumber(interval.low, 4), format::signedNumber(interval.high, 4),
                format::pValue(d.holmP(m_test)), format::number(d.test.effectSize, 2), format::count(d.test.n)),
        this);
    return true;
}

QString ForestChart::csv() const
{
    static constexpr std::array names{"permutation", "t", "wilcoxon"};
    QString text = QStringLiteral("metric,a,b,difference,ci_low,ci_high,test,p_holm,significant,effect,n\n");
    for (const MetricDifference& d : m_differences) {
        const auto interval = d.interval(m_test);
        QStringList cells{QString::fromStdString(d.metric)};
        const auto add = [&cells](double value) { cells.push_back(format::exact(value)); };
        for (const double value : {d.a, d.b, d.test.meanDifference, interval.low, interval.high})
            add(value);
        cells.push_back(QString::fromLatin1(names[static_cast<std::size_t>(m_test)]));
        add(d.holmP(m_test));
        cells.push_back(QString::number(d.decided(m_test) ? 1 : 0));
        add(d.test.effectSize);
        cells.push_back(QString::number(d.test.n));
        text += cells.join(u',') + u'\n';
    }
    return text;
}

QString ForestChart::spoken() const
{
    QStringList parts;
    for (const MetricDifference& d : m_differences)
        parts.push_back(tr("%1 %2, p %3")
                            .arg(metricTitle(d.metric), format::signedNumber(d.test.meanDifference, 4),
                                format::pValue(d.holmP(m_test))));
    return tr("B minus A: %1. %2").arg(parts.join(QStringLiteral("; ")), rule());
}

} // namespace recoscope
