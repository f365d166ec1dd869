// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Line icons (Lucide) in the colours of the palette: "currentColor" of the SVG becomes the wanted colour, stroke 1.75.
// Names are those of resources/icons.txt. GUI thread only.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>
#include <QString>

namespace recoscope {

struct Palette;

// Normal state in `normal`, disabled in `disabled`. An unknown name is a null icon.
QIcon makeIcon(const QString& name, const QColor& normal, const QColor& disabled);
// Usual icon of controls: text 2, disabled in the border colour.
QIcon makeIcon(const QString& name, const Palette& palette);
QPixmap iconPixmap(const QString& name, const QColor& colour, int size, double pixelRatio);
bool hasIcon(const QString& name);

} // namespace recoscope
