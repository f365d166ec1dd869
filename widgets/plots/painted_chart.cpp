// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/painted_chart.h"

#include <QPainter>
#include <QPen>

#include "widgets/frame/theme.h"

namespace recoscope {

PaintedChart::PaintedChart(Theme& theme, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName(objectName);
    setAccessibleName(objectName);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void PaintedChart::setExportHeader(const ExportHeader& header)
{
    m_header = header;
    setAccessibleName(header.title);
}

void PaintedChart::drawForExport(QPainter& painter)
{
    const QRectF area(QPointF(), exportSize());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(area, Palette::light().surface);
    draw(painter, area, Palette::light());
}

void PaintedChart::dataChanged()
{
    setAccessibleDescription(spoken());
    update();
}

void PaintedChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    draw(painter, QRectF(rect()), m_theme.palette());
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.palette().accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void drawElided(QPainter& painter, const QRectF& area, Qt::Alignment alignment, const QString& text)
{
    const QString shown = painter.fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(area.width()));
    painter.drawText(area, static_cast<int>(alignment | Qt::AlignVCenter | Qt::TextSingleLine), shown);
}

} // namespace recoscope
