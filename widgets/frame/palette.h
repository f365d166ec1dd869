// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every colour of the window, light and dark, with the run slots and colour maps. Chrome is grey; colour belongs to
// data. A value type.
#pragma once

#include <array>
#include <vector>

#include <QColor>
#include <QImage>

namespace recoscope {

// good, bad, warn, info: a line or icon colour, a soft fill, and the text that stands on the fill.
struct StatusColours {
    QColor line, soft, text;
};

enum class StatusTone { Neutral, Accent, Good, Bad, Warn, Info };

// A run's slot: A to E have colour, shape and dash; later runs are neutral.
struct RunColours {
    QColor mark; // lines, symbols, bars
    QColor text; // the same run as text
};

constexpr int runSlots = 5;
enum class RunShape { Circle, Square, Triangle, Diamond, DownTriangle, None };
RunShape runShape(int slot);
std::vector<double> runDashes(int slot); // in line widths; empty = solid

struct Palette {
    bool dark = false;
    QColor window, surface, rail, sunk, line, grid, border, text, text2, text3, neutralLine, neutralFill;
    QColor accent, onAccent, accentSoft, accentText;
    StatusColours good, bad, warn, info;
    QColor focusMark, focusSoft, focusText;
    std::array<RunColours, runSlots> runs;

    static const Palette& light();
    static const Palette& darkOne();

    // Colours of slot 0..4; neutral for any other.
    RunColours run(int slot) const;
    StatusColours status(StatusTone tone) const;
};

enum class ColourMap { Magnitude, Signed, Plane };
// Stops from low to high (Signed: from - to +).
const std::vector<QColor>& colourStops(ColourMap map, bool dark);
// 256 colours, low to high, blended linearly between the stops.
const std::array<QRgb, 256>& colourTable(ColourMap map, bool dark);

// WCAG 2 contrast ratio, 1..21.
double contrastRatio(const QColor& a, const QColor& b);

} // namespace recoscope
