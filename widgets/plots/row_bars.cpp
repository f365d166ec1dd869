// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/row_bars.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr double labelShare = 0.46;
constexpr int numberWidth = 58;
constexpr double barHeight = 13;

// Blue lifts, red lowers: the ends of the signed map, dark enough to stand on the surface.
QColor signedColour(double value, bool dark)
{
    const std::vector<QColor>& stops = colourStops(ColourMap::Signed, dark);
    return value >= 0 ? stops[stops.size() - 3] : stops[2];
}

} // namespace

RowBars::RowBars(Theme& theme, const QString& objectName, Style style, QWidget* parent)
    : PaintedChart(theme, objectName, parent)
    , m_style(style)
    , m_valueName(QStringLiteral("value"))
{
}

void RowBars::setRows(std::vector<Row> rows)
{
    m_rows = std::move(rows);
    m_largest = 0.0;
    for (const Row& row : m_rows)
        m_largest = std::max(m_largest, std::abs(row.value));
    updateGeometry();
    dataChanged();
}

void RowBars::setRunSlot(int slot)
{
    m_slot = slot;
    update();
}

void RowBars::setSides(const QString& left, const QString& right)
{
    m_left = left;
    m_right = right;
    update();
}

void RowBars::setTotal(const QString& label, const QString& text)
{
    m_totalLabel = label;
    m_totalText = text;
    dataChanged();
}

int RowBars::rowHeight() const
{
    return theme().scaled(23);
}

int RowBars::headHeight() const
{
    return m_style == Style::Signed && !m_left.isEmpty() ? theme().scaled(20) : 0;
}

QSize RowBars::sizeHint() const
{
    const int rows = static_cast<int>(m_rows.size()) + (m_totalLabel.isEmpty() ? 0 : 1);
    return {280, headHeight() + rows * rowHeight() + 4};
}

QSize RowBars::minimumSizeHint() const
{
    return {200, std::min(sizeHint().height(), headHeight() + 3 * rowHeight())};
}

void RowBars::drawBar(
    QPainter& painter, const QRectF& bar, const Row& row, const QColor& fill, const Palette& palette) const
{
    painter.fillRect(bar, fill);
    if (m_style == Style::FromLeft && m_slot < 0) {
        painter.setPen(QPen(palette.neutralLine, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5));
    }
    if (!row.outlined)
        return;
    painter.setPen(QPen(palette.focusMark, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar.adjusted(-2, -2, 2, 2));
}

void RowBars::drawRow(QPainter& painter, const QRectF& area, const Row& row, const Palette& palette) const
{
    const double labelWidth = area.width() * labelShare;
    painter.setFont(theme().font(row.outlined ? TextRole::BodyStrong : TextRole::Secondary));
    painter.setPen(row.quiet ? palette.text2 : palette.text);
    drawElided(painter, QRectF(area.left(), area.top(), labelWidth - 8, area.height()), Qt::AlignLeft, row.label);

    const QRectF plot(area.left() + labelWidth, area.center().y() - barHeight / 2,
        std::max(10.0, area.width() - labelWidth - (m_style == Style::FromLeft ? numberWidth : 0)), barHeight);
    painter.setFont(theme().numberFont(TextRole::Secondary));
    if (m_style == Style::FromLeft) {
        const double length = m_largest > 0 ? plot.width() * std::max(0.0, row.value) / m_largest : 0;
        drawBar(painter, QRectF(plot.left(), plot.top(), std::max(1.0, length), plot.height()), row,
            m_slot < 0 ? palette.neutralFill : palette.run(m_slot).mark, palette);
        painter.setPen(palette.text);
        drawElided(painter, QRectF(area.right() - numberWidth, area.top(), numberWidth, area.height()), Qt::AlignRight,
            row.text);
        return;
    }
    // The numbers stand beyond the bar's end, so half the plot is left for the longest bar on each side.
    const double zero = plot.center().x();
    const double reach = std::max(4.0, plot.width() / 2 - numberWidth);
    const double length = m_largest > 0 ? reach * std::abs(row.value) / m_largest : 0;
    const bool up = row.value >= 0;
    drawBar(painter, QRectF(up ? zero : zero - length, plot.top(), std::max(1.0, length), plot.height()), row,
        signedColour(row.value, palette.dark), palette);
    painter.setPen(palette.text);
    const QRectF number(
        up ? zero + length + 5 : zero - length - 5 - numberWidth, area.top(), numberWidth, area.height());
    drawElided(painter, number, up ? Qt::AlignLeft : Qt::AlignRight, row.text);
}

void RowBars::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    double y = area.top();
    if (headHeight() > 0) {
        painter.setFont(theme().font(TextRole::Caption));
        painter.setPen(palette.text2);
        const QRectF head(area.left(), y, area.width(), headHeight());
        drawElided(painter, head, Qt::AlignLeft, m_left);
        drawElided(painter, head, Qt::AlignRight, m_right);
        y += headHeight();
    }
    for (const Row& row : m_rows) {
        drawRow(painter, QRectF(area.left(), y, area.width(), rowHeight()), row, palette);
        y += rowHeight();
    }
    if (m_style == Style::Signed && !m_rows.empty()) {
        const double zero = area.left() + area.width() * labelShare + area.width() * (1 - labelShare) / 2;
        painter.setPen(QPen(palette.border, 1));
        painter.drawLine(QPointF(zero, area.top() + headHeight()), QPointF(zero, y));
    }
    if (m_totalLabel.isEmpty())
        return;
    painter.setPen(QPen(palette.line, 1));
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.setPen(palette.text);
    painter.setFont(theme().font(TextRole::BodyStrong));
    const QRectF total(area.left(), y, area.width(), rowHeight());
    drawElided(painter, total, Qt::AlignLeft, m_totalLabel);
    painter.setFont(theme().numberFont(TextRole::BodyStrong));
    drawElided(painter, total, Qt::AlignRight, m_totalText);
}

QString RowBars::csv() const
{
    QString text = QStringLiteral("label,%1\n").arg(m_valueName);
    for (const Row& row : m_rows)
        text += QStringLiteral("%1,%2\n").arg(csvField(row.label), format::exact(row.value));
    return text;
}

QString RowBars::spoken() const
{
    QStringList parts;
    for (const Row& row : m_rows)
        parts.push_back(QStringLiteral("%1 %2").arg(row.label, row.text));
    if (!m_totalLabel.isEmpty())
        parts.push_back(QStringLiteral("%1 %2").arg(m_totalLabel, m_totalText));
    return parts.join(QStringLiteral(", "));
}

} // namespace recoscope
