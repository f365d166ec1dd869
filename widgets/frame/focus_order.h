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
void setFocusOrder(const QList<QWidget*>& regions);

} // namespace recoscope
