// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/mask_picture.h"

#include <QPainter>
#include <QPolygonF>

#include <algorithm>

#include "widgets/frame/theme.h"
#include "widgets/plots/read_out.h"

namespace recoscope {

namespace {

constexpr double widestToken = 3.0; // of the width of an event
constexpr double tokenPart = 0.25; // of the events' width that all tokens take at most
constexpr int rowNameWidth = 66;
constexpr int legendLines = 2;
constexpr int swatch = 12;
constexpr std::size_t causalStop = 5, wholeStop = 7; // of the colour map

QColor causalColour(const Palette& palette)
{
    return colourStops(ColourMap::Magnitude, palette.dark)[causalStop];
}

QColor wholeColour(const Palette& palette)
{
    return colourStops(ColourMap::Magnitude, palette.dark)[wholeStop];
}

void fillHatched(QPainter& painter, const QRectF& block, const QColor& ground, const QColor& lines)
{
    painter.fillRect(block, ground);
    painter.fillRect(block, QBrush(lines, Qt::BDiagPattern));
}

} // namespace

QRectF MaskPicture::Frame::block(int row, int rows, int column, int columns) const
{
    return {QPointF(square.left() + at(column), square.top() + at(row)),
        QPointF(square.left() + at(column + columns), square.top() + at(row + rows))};
}

MaskPicture::Frame MaskPicture::frameOf(const QRectF& area) const
{
    const double line = QFontMetrics(theme().font(TextRole::Caption)).height();
    const double left = theme().scaled(rowNameWidth), top = line + 4, below = legendLines * (line + 4) + 4;
    const double side = std::max(40.0, std::min(area.width() - left - 2, area.height() - top - below));
    Frame frame;
    const double spare = std::max(0.0, area.width() - left - side - 2) / 2;
    frame.square = QRectF(area.left() + left + spare, area.top() + top, side, side);
    int tokens = 0;
    for (const Band& band : m_mask.bands)
        tokens += band.isTokens ? band.rows : 0;
    const double token
        = tokens > 0 ? std::clamp(tokenPart * (m_rows - tokens) / static_cast<double>(tokens), 1.0, widestToken) : 1.0;
    const double whole = m_rows - tokens + tokens * token;
    double sum = 0.0;
    for (const Band& band : m_mask.bands) {
        for (int i = 0; i < band.rows; ++i) {
            frame.edges.push_back(sum / whole);
            sum += band.isTokens ? token : 1.0;
        }
    }
    frame.edges.push_back(1.0);
    return frame;
}

void MaskPicture::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    if (m_rows == 0)
        return;
    const Frame frame = frameOf(area);
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (std::size_t row = 0; row < m_mask.bands.size(); ++row)
        for (std::size_t column = 0; column < m_mask.bands.size(); ++column)
            drawBlock(painter, frame, row, column, palette);
    painter.setPen(QPen(palette.surface, 1.5));
    for (std::size_t band = 1; band < m_mask.bands.size(); ++band) {
        const double at = frame.at(m_first[band]);
        painter.drawLine(frame.square.topLeft() + QPointF(at, 0), frame.square.bottomLeft() + QPointF(at, 0));
        painter.drawLine(frame.square.topLeft() + QPointF(0, at), frame.square.topRight() + QPointF(0, at));
    }
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(QPen(palette.border, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(frame.square);
    drawNames(painter, frame, palette);
    drawBlocked(painter, frame, palette);
    drawLegend(painter, frame, area, palette);
    drawPointed(painter, frame, palette);
}

void MaskPicture::drawBlock(
    QPainter& painter, const Frame& frame, std::size_t row, std::size_t column, const Palette& palette) const
{
    const int top = m_first[row], rows = m_mask.bands[row].rows;
    const int left = m_first[column], columns = m_mask.bands[column].rows;
    const QRectF block = frame.block(top, rows, left, columns);
    if (row <= column)
        fillHatched(painter, block, palette.sunk, palette.line);
    if (row == column) {
        QPolygonF steps;
        steps << block.topLeft();
        for (int i = 0; i < rows; ++i)
            steps << frame.block(top + i, 1, left + i, 1).topRight()
                  << frame.block(top + i, 1, left + i, 1).bottomRight();
        steps << block.bottomLeft();
        painter.setPen(Qt::NoPen);
        painter.setBrush(causalColour(palette));
        painter.drawPolygon(steps);
        return;
    }
    if (row < column)
        return;
    if (m_mask.sees(top, left))
        painter.fillRect(block, wholeColour(palette));
    else
        fillHatched(painter, block, palette.bad.soft, palette.surface);
}

void MaskPicture::drawNames(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setFont(theme().font(TextRole::Caption));
    painter.setPen(palette.text);
    const QFontMetricsF metrics(painter.fontMetrics());
    const double line = metrics.height();
    for (std::size_t band = 0; band < m_mask.bands.size(); ++band) {
        const Band& shown = m_mask.bands[band];
        const QRectF own = frame.block(m_first[band], shown.rows, m_first[band], shown.rows);
        if (own.height() >= line - 3)
            painter.drawText(QRectF(frame.square.left() - theme().scaled(rowNameWidth), own.center().y() - line / 2,
                                 theme().scaled(rowNameWidth) - 6, line),
                Qt::AlignRight | Qt::AlignVCenter, shown.name);
        for (const QString& name : {shown.name, shown.shortName}) {
            if (name.isEmpty() || metrics.horizontalAdvance(name) > own.width() + 4)
                continue;
            painter.drawText(
                QRectF(own.left() - 20, frame.square.top() - line - 3, own.width() + 40, line), Qt::AlignCenter, name);
            break;
        }
    }
}

// In the largest blocked block, what it means.
void MaskPicture::drawBlocked(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    QRectF largest;
    for (std::size_t row = 0; row < m_mask.bands.size(); ++row)
        for (std::size_t column = 0; column < row; ++column) {
            if (m_mask.sees(m_first[row], m_first[column]))
                continue;
            const QRectF block
                = frame.block(m_first[row], m_mask.bands[row].rows, m_first[column], m_mask.bands[column].rows);
            if (block.width() * block.height() > largest.width() * largest.height())
                largest = block;
        }
    const QString words = tr("only through\ntokens");
    const QFontMetricsF metrics(painter.fontMetrics());
    const QSizeF room = metrics.boundingRect(largest, Qt::AlignCenter, words).size();
    if (largest.width() < room.width() + 8 || largest.height() < room.height())
        return;
    painter.setPen(palette.bad.text);
    painter.drawText(largest, Qt::AlignCenter, words);
}

void MaskPicture::drawLegend(QPainter& painter, const Frame& frame, const QRectF& area, const Palette& palette) const
{
    painter.setFont(theme().font(TextRole::Caption));
    const QFontMetricsF metrics(painter.fontMetrics());
    const double line = metrics.height();
    double x = area.left(), y = frame.square.bottom() + 6;
    const auto entry = [&](const QString& text, const QColor& ground, const QColor& lines) {
        const double wide = swatch + 5 + metrics.horizontalAdvance(text) + 12;
        if (x + wide - 12 > area.right() && x > area.left()) {
            x = area.left();
            y += line + 4;
        }
        const QRectF box(x, y + (line - swatch) / 2, swatch, swatch);
        fillHatched(painter, box, ground, lines);
        painter.setPen(QPen(palette.border, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(box);
        painter.setPen(palette.text2);
        painter.drawText(QRectF(x + swatch + 5, y, wide, line), Qt::AlignLeft | Qt::AlignVCenter, text);
        x += wide;
    };
    entry(tr("up to itself"), causalColour(palette), causalColour(palette));
    entry(tr("all of it"), wholeColour(palette), wholeColour(palette));
    entry(tr("through tokens only"), palette.bad.soft, palette.surface);
    entry(tr("masked: later"), palette.sunk, palette.line);
}

void MaskPicture::drawPointed(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    const QString text = readOut();
    if (text.isEmpty())
        return;
    const QRectF cell = frame.block(m_row, 1, m_column, 1);
    painter.setPen(QPen(palette.focusMark, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(cell.adjusted(-2, -2, 2, 2));
    QRect box(QPoint(), readOutSize(theme(), text));
    box.moveTopLeft(QPointF(cell.right() + 10, cell.top() - box.height() - 6).toPoint());
    box.moveLeft(std::clamp(box.left(), 0, std::max(0, width() - box.width())));
    if (box.top() < 0)
        box.moveTop(static_cast<int>(cell.bottom()) + 10);
    drawReadOut(painter, theme(), palette, box, text);
}

QPointF MaskPicture::cellCentre(int row, int column) const
{
    return frameOf(QRectF(rect())).block(row, 1, column, 1).center();
}

int MaskPicture::rowAt(const Frame& frame, double offset) const
{
    const auto after = std::upper_bound(frame.edges.begin(), frame.edges.end(), offset / frame.square.width());
    return std::clamp(static_cast<int>(after - frame.edges.begin()) - 1, 0, m_rows - 1);
}

} // namespace recoscope
