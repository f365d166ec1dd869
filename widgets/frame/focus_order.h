// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The order of the Tab key: region after region, and within a region as its layouts read (rows, columns, panels).
#pragma once

#include <QList>

class QWidget;

namespace recoscope {

// Everything below `region` that Tab reaches, in layout order, hidden ones included.
QList<QWidget*> tabStops(QWidget* region);
// Where Tab goes from `from`: the next visible and enabled stop of the regions, round and round; null when there is
// none. Asked at each key, so that widgets made since are in their places.
QWidget* nextStop(const QList<QWidget*>& regions, const QWidget* from, bool forward);

} // namespace recoscope
