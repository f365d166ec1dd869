// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the charts that paint themselves have in common over the pointer and along an item axis: the box that says what
// is pointed at (its first line is the heading), and titles of items at a slant. GUI thread.
#pragma once

#include <QFont>
#include <QString>

class QPainter;
class QPointF;
class QRect;
class QSize;

namespace recoscope {

class Theme;
struct Palette;

QSize readOutSize(const Theme& theme, const QString& text); // empty for no text
void drawReadOut(QPainter& painter, const Theme& theme, const Palette& palette, const QRect& box, const QString& text);

// Ends under `end`, elided to `room`, in the painter's font and colour.
void drawSlantedTitle(QPainter& painter, const QPointF& end, int room, const QString& title);

QFont boldOf(QFont font);

} // namespace recoscope
