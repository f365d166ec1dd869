// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/run_shapes.h"

#include <QPainter>

namespace recoscope {

void drawRunShape(QPainter& painter, int slot, const QPointF& c, double size, const QColor& colour)
{
    const double r = size / 2;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    switch (runShape(slot)) {
    case RunShape::Square: painter.drawRect(QRectF(c.x() - r * 0.9, c.y() - r * 0.9, size * 0.9, size * 0.9)); break;
    case RunShape::Triangle:
        painter.drawPolygon(QPolygonF{{c.x(), c.y() - r}, {c.x() + r, c.y() + r * 0.8}, {c.x() - r, c.y() + r * 0.8}});
        break;
    case RunShape::Diamond:
        painter.drawPolygon(QPolygonF{{c.x(), c.y() - r}, {c.x() + r, c.y()}, {c.x(), c.y() + r}, {c.x() - r, c.y()}});
        break;
    case RunShape::DownTriangle:
        painter.drawPolygon(QPolygonF{{c.x(), c.y() + r}, {c.x() + r, c.y() - r * 0.8}, {c.x() - r, c.y() - r * 0.8}});
        break;
    case RunShape::Circle:
    case RunShape::None: painter.drawEllipse(c, r, r); break;
    }
    painter.restore();
}

QPixmap runShapePixmap(int slot, const Palette& palette, int size, double pixelRatio)
{
    QPixmap pixmap(QSize(size, size) * pixelRatio);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawRunShape(painter, slot, QPointF(size / 2.0, size / 2.0), size * 0.72, palette.run(slot).mark);
    return pixmap;
}

} // namespace recoscope
