// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What counts as a picture: single keys (layers, zoom) act only where the focus is in one. GUI thread.
#pragma once

class QWidget;

namespace recoscope {

bool isPicture(const QWidget* widget); // false for null

} // namespace recoscope
