// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_overlay.h"

#include <algorithm>

#include <QPainter>
#include <QPainterPath>

#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr double boxPadding = 8.0;

} // namespace

PlotOverlay::PlotOverlay(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
}

void PlotOverlay::setCrosshair(std::optional<Crosshair> crosshair)
{
    m_crosshair = std::move(crosshair);
    update();
}

void PlotOverlay::setLasso(const QPolygonF& lasso)
{
    m_lasso = lasso;
    update();
}

void PlotOverlay::setFocusRing(bool visible)
{
    m_focusRing = visible;
    update();
}

void PlotOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette& p = m_theme.palette();
    if (m_crosshair) {
        QPen pen(p.neutralLine, 1.2);
        if (!m_crosshair->locked)
            pen.setDashPattern({4, 3});
        painter.setPen(pen);
        painter.drawLine(QPointF(m_crosshair->pixelX, m_crosshair->area.top()),
            QPointF(m_crosshair->pixelX, m_crosshair->area.bottom()));
        for (const Line& line : m_crosshair->lines)
            drawRunShape(painter, line.slot, line.pixel, 9, p.run(line.slot).mark);
        drawReadOut(painter, *m_crosshair);
    }
    if (m_lasso.size() > 1) {
        painter.setPen(QPen(p.focusMark, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolygon(m_lasso);
    }
    if (m_focusRing) {
        painter.setPen(QPen(p.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void PlotOverlay::drawReadOut(QPainter& painter, const Crosshair& crosshair) const
{
    const Palette& p = m_theme.palette();
    const QFont strong = m_theme.font(TextRole::BodyStrong);
    QFont small = m_theme.font(TextRole::Caption);
    QFont value = m_theme.numberFont(TextRole::Caption);
    value.setWeight(QFont::DemiBold);
    QFont heading = strong;
    heading.setPixelSize(small.pixelSize());
    const QFontMetricsF smallMetrics(small);
    const QFontMetricsF valueMetrics(value);
    const double rowHeight = smallMetrics.height() + 3;
    double nameWidth = 0;
    double valueWidth = 0;
    for (const Line& line : crosshair.lines) {
        nameWidth = std::max(nameWidth, smallMetrics.horizontalAdvance(line.name));
        valueWidth = std::max(valueWidth, valueMetrics.horizontalAdvance(line.value));
    }
    const double content
        = std::max(QFontMetricsF(heading).horizontalAdvance(crosshair.heading), 14 + nameWidth + 14 + valueWidth);
    const QSizeF size(content + 2 * boxPadding, rowHeight * (1 + crosshair.lines.size()) + 2 * boxPadding - 3);
    double left = crosshair.pixelX + 8;
    if (left + size.width() > width())
        left = crosshair.pixelX - 8 - size.width();
    const QRectF box(QPointF(std::max(0.0, left), crosshair.area.top() + 4), size);
    painter.setPen(QPen(p.line, 1));
    painter.setBrush(p.surface);
    painter.drawRoundedRect(box, 4, 4);

    double y = box.top() + boxPadding;
    painter.setPen(p.text);
    painter.setFont(heading);
    painter.drawText(
        QRectF(box.left() + boxPadding, y, content, rowHeight), Qt::AlignLeft | Qt::AlignVCenter, crosshair.heading);
    for (const Line& line : crosshair.lines) {
        y += rowHeight;
        drawRunShape(
            painter, line.slot, QPointF(box.left() + boxPadding + 4, y + rowHeight / 2), 8, p.run(line.slot).mark);
        painter.setFont(small);
        painter.setPen(p.text2);
        painter.drawText(
            QRectF(box.left() + boxPadding + 14, y, content, rowHeight), Qt::AlignLeft | Qt::AlignVCenter, line.name);
        painter.setFont(value);
        painter.setPen(p.text);
        painter.drawText(
            QRectF(box.left() + boxPadding, y, content, rowHeight), Qt::AlignRight | Qt::AlignVCenter, line.value);
    }
}

} // namespace recoscope
