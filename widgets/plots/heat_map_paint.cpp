// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How the heat map is painted: the still picture (kept in a pixmap, also what is exported) and the pointer over it.
#include <algorithm>
#include <cmath>

#include <QPaintEvent>
#include <QPainter>

#include "widgets/core/formatting.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/heat_map_sizes.h"
#include "widgets/plots/read_out.h"

namespace recoscope {

namespace {

constexpr int focusPen = 2;
constexpr int readOutDistance = 12;

} // namespace

void HeatMap::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    if (m_still.isNull()) {
        const double ratio = devicePixelRatioF();
        m_still = QPixmap(size() * ratio);
        m_still.setDevicePixelRatio(ratio);
        m_still.fill(Qt::transparent);
        QPainter still(&m_still);
        draw(still, m_theme.palette());
    }
    painter.setClipRegion(event->region());
    painter.drawPixmap(0, 0, m_still);
    drawPointer(painter, m_theme.palette());
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.palette().accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void HeatMap::drawForExport(QPainter& painter)
{
    painter.fillRect(rect(), Palette::light().surface);
    draw(painter, Palette::light());
}

void HeatMap::draw(QPainter& painter, const Palette& palette) const
{
    if (m_map.isEmpty())
        return;
    drawCells(painter, palette);
    if (hasLabels()) {
        drawRowLabels(painter, palette);
        drawColumnLabels(painter, palette);
    } else {
        drawEnds(painter, palette);
    }
    drawFocus(painter, palette);
    drawBar(painter, palette);
}

void HeatMap::drawCells(QPainter& painter, const Palette& palette) const
{
    if (m_data.style.causal) {
        painter.fillRect(m_map, palette.sunk);
        painter.fillRect(m_map, QBrush(palette.line, Qt::BDiagPattern));
    }
    HeatStyle style = m_data.style;
    style.high = m_high;
    const double scale = painter.deviceTransform().m11();
    const QImage image = heatImage(block(), style, palette.dark, (QSizeF(m_map.size()) * scale).toSize());
    if (m_cell < heat_sizes::separatedCell) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(m_map, image);
    } else {
        // Cell by cell, so that exports as SVG and PDF stay sharp.
        for (int r = 0; r < image.height(); ++r) {
            for (int c = 0; c < image.width(); ++c) {
                const QColor colour = image.pixelColor(c, r);
                if (colour.alpha() > 0)
                    painter.fillRect(
                        QRectF(m_map.left() + c * m_cell, m_map.top() + r * m_cell, m_cell - 1, m_cell - 1), colour);
            }
        }
    }
    painter.setPen(QPen(palette.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(m_map.adjusted(-1, -1, 0, 0));
    // In the empty corner, when nothing but masked cells is there.
    const HeatBlock shown = block();
    if (m_data.style.causal && shown.column0 == shown.row0) {
        painter.setFont(m_theme.font(TextRole::Caption));
        painter.setPen(palette.text2);
        const QString why = tr("masked: later than the query");
        if (painter.fontMetrics().horizontalAdvance(why) + 16 < m_map.width() / 2)
            painter.drawText(m_map.adjusted(0, 6, -8, 0), Qt::AlignRight | Qt::AlignTop, why);
    }
}

void HeatMap::drawEnds(QPainter& painter, const Palette& palette) const
{
    const HeatBlock shown = block();
    painter.setFont(m_theme.font(TextRole::Caption));
    painter.setPen(palette.text2);
    const int line = painter.fontMetrics().height();
    const QString first = format::count(shown.row0 + 1);
    const QString last = format::count(shown.row0 + shown.rows);
    const int room = m_map.left() - 5;
    painter.drawText(QRect(0, m_map.top(), room, line), Qt::AlignRight | Qt::AlignTop, first);
    painter.drawText(QRect(0, m_map.bottom() - line, room, line), Qt::AlignRight | Qt::AlignBottom, last);
    const QRect below(m_map.left(), m_map.bottom() + 3, m_map.width(), line);
    painter.drawText(below, Qt::AlignLeft, tr("event %1").arg(format::count(shown.column0 + 1)));
    painter.drawText(below, Qt::AlignRight, tr("event %1").arg(format::count(shown.column0 + shown.columns)));
}

void HeatMap::drawRowLabels(QPainter& painter, const Palette& palette) const
{
    const HeatBlock shown = block();
    const QFont font = m_theme.font(TextRole::Caption);
    const int noteWidth = m_data.rowNote ? m_theme.scaled(heat_sizes::note) : 0;
    for (int r = 0; r < shown.rows; ++r) {
        const int row = static_cast<int>(shown.row0) + r;
        const int y = m_map.top() + static_cast<int>(r * m_cell);
        painter.setFont(font);
        painter.setPen(palette.text2);
        if (m_data.rowNote)
            painter.drawText(
                QRect(0, y, noteWidth, qRound(m_cell)), Qt::AlignLeft | Qt::AlignVCenter, m_data.rowNote(row));
        painter.setFont(row == m_markedRow ? boldOf(font) : font);
        painter.setPen(palette.text);
        const QRect area(noteWidth, y, m_map.left() - noteWidth - 6, qRound(m_cell));
        const QString text = m_data.rowTitle ? m_data.rowTitle(row) : QString::number(row + 1);
        painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
    }
}

void HeatMap::drawColumnLabels(QPainter& painter, const Palette& palette) const
{
    const HeatBlock shown = block();
    const QFont font = m_theme.font(TextRole::Caption);
    painter.setPen(palette.text);
    for (int c = 0; c < shown.columns; ++c) {
        const int column = static_cast<int>(shown.column0) + c;
        const bool focused = std::find(m_focusColumns.begin(), m_focusColumns.end(), column) != m_focusColumns.end();
        painter.setFont(focused ? boldOf(font) : font);
        drawSlantedTitle(painter, QPointF(m_map.left() + (c + 0.65) * m_cell, m_map.bottom() + 6),
            m_theme.scaled(heat_sizes::columnLabel),
            m_data.columnTitle ? m_data.columnTitle(column) : QString::number(column + 1));
    }
}

void HeatMap::drawFocus(QPainter& painter, const Palette& palette) const
{
    const HeatBlock shown = block();
    painter.setBrush(Qt::NoBrush);
    if (m_markedRow >= shown.row0 && m_markedRow < shown.row0 + shown.rows) {
        const QRect cell = cellRect(m_markedRow, static_cast<int>(shown.column0));
        painter.setPen(QPen(palette.text, 1.5));
        painter.drawRect(QRect(m_map.left(), cell.top(), m_map.width() - 1, cell.height() - 1));
    }
    painter.setPen(QPen(palette.focusMark, focusPen));
    for (const int column : m_focusColumns) {
        if (column < shown.column0 || column >= shown.column0 + shown.columns)
            continue;
        const int top
            = m_data.style.causal ? std::max<int>(column, static_cast<int>(shown.row0)) : static_cast<int>(shown.row0);
        const QRect first = cellRect(top, column);
        painter.drawRect(QRect(first.left(), first.top(), first.width(), m_map.bottom() - first.top()));
        if (hasLabels())
            painter.drawLine(first.left(), m_map.bottom() + 4, first.right(), m_map.bottom() + 4);
    }
}

void HeatMap::drawBar(QPainter& painter, const Palette& palette) const
{
    painter.setFont(m_theme.font(TextRole::Caption));
    const QFontMetrics metrics = painter.fontMetrics();
    const int line = metrics.height();
    const int y = height() - line - 2;
    int x = 0;
    const auto text = [&](const QString& t, const QColor& colour) {
        painter.setPen(colour);
        painter.drawText(QRect(x, y, metrics.horizontalAdvance(t) + 2, line), Qt::AlignLeft | Qt::AlignVCenter, t);
        x += metrics.horizontalAdvance(t) + 8;
    };
    const bool isSigned = m_data.style.map == ColourMap::Signed;
    text(tr("%1, γ %2").arg(m_data.valueName, format::number(m_data.style.exponent, 1)), palette.text2);
    x += 4;
    text(isSigned ? format::compact(-m_high) : QStringLiteral("0"), palette.text);
    const int barHeight = m_theme.scaled(10);
    const QRect bar(x, y + (line - barHeight) / 2, m_theme.scaled(108), barHeight);
    for (int i = 0; i < bar.width(); ++i) {
        double unit = static_cast<double>(i) / (bar.width() - 1);
        if (isSigned)
            unit = 0.5 + 0.5 * std::copysign(std::pow(std::fabs(2 * unit - 1), m_data.style.exponent), 2 * unit - 1);
        else
            unit = std::pow(unit, m_data.style.exponent);
        painter.fillRect(bar.left() + i, bar.top(), 1, bar.height(),
            QColor(colourTable(
                m_data.style.map, palette.dark)[static_cast<std::size_t>(std::clamp(qRound(unit * 255), 0, 255))]));
    }
    painter.setPen(palette.border);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar.adjusted(0, 0, -1, -1));
    x = bar.right() + 8;
    text(format::number(m_high, m_high < 0.1 ? 3 : 2), palette.text);
    const auto sample = [&](const QString& name, const QPen& pen, const QBrush& brush) {
        const QRect box(x + 8, bar.top(), m_theme.scaled(14), bar.height());
        if (name.isEmpty() || box.right() + 6 + metrics.horizontalAdvance(name) > width())
            return;
        painter.setPen(pen);
        painter.setBrush(brush);
        painter.drawRect(box);
        x = box.right() + 6;
        text(name, palette.text2);
    };
    if (m_data.style.causal)
        sample(tr("masked"), palette.border, QBrush(palette.border, Qt::BDiagPattern));
    if (!m_focusColumns.empty())
        sample(m_data.focusName, QPen(palette.focusMark, focusPen), Qt::NoBrush);
}

QRect HeatMap::readOutRect() const
{
    const QString text = currentText();
    if (text.isEmpty())
        return {};
    const QSize size = readOutSize(m_theme, text);
    const QRect cell = cellRect(m_row, m_column);
    QRect box(QPoint(cell.right() + readOutDistance, cell.top() - size.height() / 2), size);
    if (box.right() > width())
        box.moveRight(cell.left() - readOutDistance);
    box.moveLeft(std::max(0, box.left()));
    box.moveTop(std::clamp(box.top(), 0, std::max(0, height() - box.height())));
    return box;
}

QRegion HeatMap::pointerRegion() const
{
    if (m_row < 0)
        return {};
    const QRect cell = cellRect(m_row, m_column).adjusted(-focusPen, -focusPen, focusPen + 1, focusPen + 1);
    return QRegion(cell) + readOutRect().adjusted(-1, -1, 1, 1);
}

void HeatMap::drawPointer(QPainter& painter, const Palette& palette) const
{
    if (m_row < 0)
        return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.focusMark, focusPen));
    painter.drawRect(cellRect(m_row, m_column));
    drawReadOut(painter, m_theme, palette, readOutRect(), currentText());
}

} // namespace recoscope
