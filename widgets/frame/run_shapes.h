// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The shape of a run slot (circle, square, triangle, diamond, down-triangle), painted and as a pixmap.
#pragma once

#include <QPixmap>
#include <QPointF>

#include "widgets/frame/palette.h"

class QPainter;

namespace recoscope {

// Fills the shape of a slot around `centre`; `size` is its height.
void drawRunShape(QPainter& painter, int slot, const QPointF& centre, double size, const QColor& colour);
QPixmap runShapePixmap(int slot, const Palette& palette, int size, double pixelRatio);

} // namespace recoscope
