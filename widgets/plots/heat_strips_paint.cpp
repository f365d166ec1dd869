// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_strips.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/read_out.h"
#include "widgets/plots/scale.h"

namespace recoscope {

namespace {

constexpr double exponent = 0.6;
constexpr int stripNameWidth = 118;
constexpr int stripLeastRow = 62;
constexpr int stripUsualRow = 92;
constexpr int largestRow = 122;
constexpr int stripRowGap = 10;
constexpr int noteRoom = 22;
constexpr int stripAxisRoom = 24;
constexpr int stripBarRoom = 24;
constexpr int stripBarWidth = 110;
constexpr int stripBarHeight = 10;
constexpr int rightRoom = 8;
constexpr int markLength = 4;
constexpr int stripWantedTicks = 8;
constexpr int stops = 8;

} // namespace

HeatStrips::Frame HeatStrips::frameOf(const QRectF& area) const
{
    Frame frame;
    const double left = theme().scaled(stripNameWidth), below = theme().scaled(stripAxisRoom + stripBarRoom);
    frame.strips = QRectF(area.left() + left, area.top() + 2, std::max(20.0, area.width() - left - rightRoom),
        std::max(20.0, area.height() - below - 2));
    frame.rowHeight
        = std::min(frame.strips.height() / std::max(1, strips()), static_cast<double>(theme().scaled(largestRow)));
    frame.strips.setHeight(frame.rowHeight * std::max(1, strips()));
    frame.cells = std::max(10.0, frame.rowHeight - theme().scaled(stripRowGap + noteRoom));
    frame.step = frame.strips.width() / std::max(1, events());
    return frame;
}

QRectF HeatStrips::stripRect(const Frame& frame, int strip) const
{
    return {frame.strips.left(), frame.strips.top() + strip * frame.rowHeight + 4, frame.strips.width(), frame.cells};
}

QPointF HeatStrips::cellCentre(int strip, int event) const
{
    const Frame frame = frameOf(QRectF(rect()));
    const QRectF cells = stripRect(frame, strip);
    return {cells.left() + (event + 0.5) * frame.step, cells.center().y()};
}

QColor HeatStrips::colourOf(double value, const Palette& palette) const
{
    const double unit = m_high > 0.0 ? std::pow(std::clamp(value / m_high, 0.0, 1.0), exponent) : 0.0;
    return QColor(colourTable(ColourMap::Magnitude, palette.dark)[static_cast<std::size_t>(qRound(unit * 255))]);
}

void HeatStrips::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    if (strips() == 0 || events() == 0)
        return;
    const Frame frame = frameOf(area);
    for (int strip = 0; strip < strips(); ++strip) {
        if (strip == m_current) {
            const double top = frame.strips.top() + strip * frame.rowHeight;
            painter.fillRect(
                QRectF(area.left(), top - 1, area.width(), frame.rowHeight - theme().scaled(stripRowGap) / 2.0),
                palette.focusSoft);
        }
        drawWords(painter, frame, strip, palette);
        drawStrip(painter, frame, strip, palette);
    }
    drawAxis(painter, frame, palette);
    drawBar(painter, frame, area, palette);
    drawPointed(painter, frame, palette);
}

void HeatStrips::drawWords(QPainter& painter, const Frame& frame, int strip, const Palette& palette) const
{
    const Strip& shown = m_content.strips[static_cast<std::size_t>(strip)];
    const double left = frame.strips.left() - theme().scaled(stripNameWidth) + 6,
                 width = theme().scaled(stripNameWidth) - 12;
    const double bottom = frame.strips.top() + (strip + 1) * frame.rowHeight - theme().scaled(stripRowGap) / 2.0;
    double y = frame.strips.top() + strip * frame.rowHeight + 2;
    painter.setFont(boldOf(theme().font(TextRole::Secondary)));
    painter.setPen(palette.text);
    drawElided(painter, QRectF(left, y, width, painter.fontMetrics().height()), Qt::AlignLeft, shown.name);
    y += painter.fontMetrics().height() + 1;
    painter.setFont(theme().font(TextRole::Caption));
    painter.setPen(palette.text2);
    const double line = painter.fontMetrics().height();
    for (const QString& words : shown.words) {
        if (y + line > bottom)
            break;
        drawElided(painter, QRectF(left, y, width, line), Qt::AlignLeft, words);
        y += line;
    }
    const QRectF cells = stripRect(frame, strip);
    painter.setFont(strip == m_current ? boldOf(painter.font()) : painter.font());
    painter.setPen(palette.text);
    drawElided(
        painter, QRectF(cells.left(), cells.bottom() + markLength, cells.width(), line), Qt::AlignLeft, shown.note);
}

void HeatStrips::drawStrip(QPainter& painter, const Frame& frame, int strip, const Palette& palette) const
{
    const Strip& shown = m_content.strips[static_cast<std::size_t>(strip)];
    const QRectF cells = stripRect(frame, strip);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.fillRect(cells, palette.sunk);
    painter.fillRect(cells, QBrush(palette.line, Qt::BDiagPattern));
    for (int event = 0; event < events(); ++event) {
        const double value = shown.values[static_cast<std::size_t>(event)];
        if (std::isfinite(value))
            painter.fillRect(QRectF(QPointF(cells.left() + event * frame.step, cells.top()),
                                 QPointF(cells.left() + (event + 1) * frame.step, cells.bottom())),
                colourOf(value, palette));
    }
    painter.setPen(QPen(palette.text, 1));
    for (const int event : shown.marked) {
        const double x = cells.left() + (event + 0.5) * frame.step;
        painter.drawLine(QPointF(x, cells.bottom()), QPointF(x, cells.bottom() + markLength));
    }
    painter.setPen(QPen(palette.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(cells);
    painter.setRenderHint(QPainter::Antialiasing, true);
}

void HeatStrips::drawAxis(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setFont(theme().numberFont(TextRole::Caption));
    const QFontMetricsF metrics(painter.fontMetrics());
    const double y = frame.strips.bottom();
    painter.setPen(QPen(palette.border, 1));
    painter.drawLine(QPointF(frame.strips.left(), y), QPointF(frame.strips.right(), y));
    double free = frame.strips.left() - 20;
    const double first = m_content.first + 1.0;
    for (const PlotTick& tick : Scale{first, first + std::max(1, events() - 1), false}.ticks(stripWantedTicks)) {
        const int event = qRound(tick.value) - m_content.first;
        if (event < 1 || event > events() || std::abs(tick.value - qRound(tick.value)) > 1e-6)
            continue;
        const double x = frame.strips.left() + (event - 0.5) * frame.step;
        const QString text = format::count(qRound(tick.value));
        const double half = metrics.horizontalAdvance(text) / 2 + 4;
        if (x - half < free)
            continue;
        free = x + half;
        painter.setPen(QPen(palette.border, 1));
        painter.drawLine(QPointF(x, y), QPointF(x, y + 3));
        painter.setPen(palette.text2);
        painter.drawText(QRectF(x - half, y + 4, 2 * half, metrics.height()), Qt::AlignCenter, text);
    }
}

void HeatStrips::drawBar(QPainter& painter, const Frame& frame, const QRectF& area, const Palette& palette) const
{
    painter.setFont(theme().font(TextRole::Caption));
    const QFontMetricsF metrics(painter.fontMetrics());
    const double y = area.bottom() - metrics.height() - 1, line = metrics.height();
    painter.setPen(palette.text2);
    const QString high = m_content.text(m_high);
    const double wide = theme().scaled(stripBarWidth), tall = theme().scaled(stripBarHeight);
    const double x = frame.strips.right() - metrics.horizontalAdvance(high) - wide - 12;
    const QRectF bar(x + 6, y + (line - tall) / 2, wide, tall);
    const QString scale = tr("%1, γ %2   0").arg(m_content.valueName, format::number(exponent, 1));
    const QRectF words(frame.strips.left(), y, bar.left() - frame.strips.left() - 6, line);
    painter.drawText(words, Qt::AlignRight | Qt::AlignVCenter, scale);
    // The axis has what the scale leaves of the line.
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(
            m_content.axisName, Qt::ElideRight, std::max(0.0, words.width() - metrics.horizontalAdvance(scale) - 12)));
    painter.drawText(
        QRectF(bar.right() + 6, y, metrics.horizontalAdvance(high) + 2, line), Qt::AlignLeft | Qt::AlignVCenter, high);
    QLinearGradient gradient(bar.topLeft(), bar.topRight());
    for (int i = 0; i <= stops; ++i)
        gradient.setColorAt(static_cast<double>(i) / stops, colourOf(m_high * i / stops, palette));
    painter.setPen(QPen(palette.border, 1));
    painter.setBrush(gradient);
    painter.drawRect(bar);
}

void HeatStrips::drawPointed(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    const QString text = readOut();
    if (text.isEmpty())
        return;
    const double x = frame.strips.left() + m_pointed * frame.step;
    const QRectF column(x, frame.strips.top(), std::max(2.0, frame.step), frame.strips.height() - 2);
    painter.setPen(QPen(palette.focusMark, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(column);
    QRect box(QPoint(), readOutSize(theme(), text));
    box.moveTopLeft(QPointF(column.right() + 8, column.top() + 4).toPoint());
    if (box.right() > width())
        box.moveRight(static_cast<int>(column.left()) - 8);
    drawReadOut(painter, theme(), palette, box, text);
}

QSize HeatStrips::sizeHint() const
{
    return {560, theme().scaled(std::max(1, strips()) * stripUsualRow + stripAxisRoom + stripBarRoom) + 2};
}

QSize HeatStrips::minimumSizeHint() const
{
    return {300, theme().scaled(std::max(1, strips()) * stripLeastRow + stripAxisRoom + stripBarRoom) + 2};
}

} // namespace recoscope
