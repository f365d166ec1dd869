// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/palette.h"

#include <cmath>

namespace recoscope {

namespace {

Palette makeLight()
{
    Palette p;
    p.window = 0xF4F5F7;
    p.surface = 0xFFFFFF;
    p.rail = 0xE9EBEF;
    p.sunk = 0xF7F8FA;
    p.line = 0xDCE0E5;
    p.grid = 0xECEEF1;
    p.border = 0x858E9A;
    p.text = 0x1C2127;
    p.text2 = 0x535D69;
    p.text3 = 0x66707C;
    p.neutralLine = 0x5B6673;
    p.neutralFill = 0xC3CAD3;
    p.accent = 0x4650B4;
    p.onAccent = 0xFFFFFF;
    p.accentSoft = 0xE6E8F7;
    p.accentText = 0x3A43A0;
    p.good = {0x1A7548, 0xDFF2E8, 0x14603A};
    p.bad = {0xB3261E, 0xFBE5E3, 0x8F1D16};
    p.warn = {0x8A5300, 0xFCEFD2, 0x6E4200};
    p.info = {0x1D5FA3, 0xE3EEF9, 0x1D4F80};
    p.focusMark = 0xC77C00;
    p.focusSoft = 0xFDF1DA;
    p.focusText = 0x8A5300;
    p.runs = {
        {{0x0072B2, 0x0072B2}, {0xD55E00, 0xB54D00}, {0x009E73, 0x007A59}, {0x8A3A6B, 0x8A3A6B}, {0x22262B, 0x22262B}}};
    return p;
}

Palette makeDark()
{
    Palette p;
    p.dark = true;
    p.window = 0x131519;
    p.surface = 0x1B1E23;
    p.rail = 0x0F1114;
    p.sunk = 0x16181C;
    p.line = 0x30353C;
    p.grid = 0x262A30;
    p.border = 0x747D89;
    p.text = 0xE4E7EB;
    p.text2 = 0xA9B1BC;
    p.text3 = 0x8B94A0;
    p.neutralLine = 0x9AA4B0;
    p.neutralFill = 0x434B55;
    p.accent = 0xA3ABFF;
    p.onAccent = 0x14162B;
    p.accentSoft = 0x2A2E55;
    p.accentText = 0xBEC4FF;
    p.good = {0x5CC997, 0x16352A, 0x8FE0B9};
    p.bad = {0xFF8F85, 0x43201E, 0xFFB4AC};
    p.warn = {0xE9B44C, 0x3A2C10, 0xF4CB78};
    p.info = {0x7DB8EE, 0x172C40, 0xA9D0F5};
    p.focusMark = 0xF5B83D;
    p.focusSoft = 0x3B3014;
    p.focusText = 0xF5B83D;
    p.runs = {
        {{0x56B4E9, 0x56B4E9}, {0xE8691A, 0xE8691A}, {0x0FA77E, 0x0FA77E}, {0xD98CB6, 0xD98CB6}, {0xF2F4F7, 0xF2F4F7}}};
    return p;
}

std::vector<QColor> stops(std::initializer_list<QRgb> values)
{
    std::vector<QColor> colours;
    for (const QRgb value : values)
        colours.emplace_back(value);
    return colours;
}

QColor blend(const QColor& a, const QColor& b, double t)
{
    const auto mix = [t](int x, int y) { return static_cast<int>(std::lround(x + t * (y - x))); };
    return QColor(mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()));
}

std::array<QRgb, 256> makeTable(const std::vector<QColor>& colours)
{
    std::array<QRgb, 256> table{};
    for (int i = 0; i < 256; ++i) {
        const double position = i / 255.0 * static_cast<double>(colours.size() - 1);
        const auto low = std::min(static_cast<std::size_t>(position), colours.size() - 2);
        table[i] = blend(colours[low], colours[low + 1], position - static_cast<double>(low)).rgb();
    }
    return table;
}

double linearPart(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& c)
{
    return 0.2126 * linearPart(c.redF()) + 0.7152 * linearPart(c.greenF()) + 0.0722 * linearPart(c.blueF());
}

} // namespace

RunShape runShape(int slot)
{
    return slot >= 0 && slot < runSlots ? static_cast<RunShape>(slot) : RunShape::None;
}

std::vector<double> runDashes(int slot)
{
    switch (slot) {
    case 1: return {5, 3};
    case 2: return {9, 3, 2, 3};
    case 3: return {8, 3};
    case 4: return {2, 2};
    default: return {};
    }
}

const Palette& Palette::light()
{
    static const Palette palette = makeLight();
    return palette;
}

const Palette& Palette::darkOne()
{
    static const Palette palette = makeDark();
    return palette;
}

RunColours Palette::run(int slot) const
{
    return slot >= 0 && slot < runSlots ? runs[static_cast<std::size_t>(slot)] : RunColours{neutralLine, text2};
}

StatusColours Palette::status(StatusTone tone) const
{
    switch (tone) {
    case StatusTone::Good: return good;
    case StatusTone::Bad: return bad;
    case StatusTone::Warn: return warn;
    case StatusTone::Info: return info;
    case StatusTone::Accent: return {accent, accentSoft, accentText};
    case StatusTone::Neutral: break;
    }
    return {neutralLine, rail, text2};
}

const std::vector<QColor>& colourStops(ColourMap map, bool dark)
{
    static const std::vector<QColor> blues
        = stops({0xF7FBFF, 0xDEEBF7, 0xC6DBEF, 0x9ECAE1, 0x6BAED6, 0x4292C6, 0x2171B5, 0x08519C, 0x08306B});
    static const std::vector<QColor> darkBlues
        = stops({0x16191E, 0x14283A, 0x123A5A, 0x15507E, 0x2171B5, 0x4292C6, 0x7DB8DE, 0xB9DCF0, 0xF7FBFF});
    static const std::vector<QColor> redBlue = stops(
        {0x67001F, 0xB2182B, 0xD6604D, 0xF4A582, 0xFDDBC7, 0xF7F7F7, 0xD1E5F0, 0x92C5DE, 0x4393C3, 0x2166AC, 0x053061});
    static const std::vector<QColor> darkRedBlue = stops(
        {0xF4A582, 0xD6604D, 0xB2182B, 0x6E2A28, 0x3E2320, 0x202328, 0x1B2B3D, 0x17436F, 0x2166AC, 0x4393C3, 0x92C5DE});
    static const std::vector<QColor> cividis
        = stops({0x00224E, 0x123570, 0x3B496C, 0x575D6D, 0x707173, 0x8A8678, 0xA59C74, 0xC3B369, 0xE1CC55, 0xFEE838});
    switch (map) {
    case ColourMap::Magnitude: return dark ? darkBlues : blues;
    case ColourMap::Signed: return dark ? darkRedBlue : redBlue;
    case ColourMap::Plane: break;
    }
    return cividis;
}

const std::array<QRgb, 256>& colourTable(ColourMap map, bool dark)
{
    static const std::array<std::array<QRgb, 256>, 6> tables = [] {
        std::array<std::array<QRgb, 256>, 6> made{};
        for (int m = 0; m < 3; ++m) {
            for (int d = 0; d < 2; ++d)
                made[m * 2 + d] = makeTable(colourStops(static_cast<ColourMap>(m), d == 1));
        }
        return made;
    }();
    return tables[static_cast<int>(map) * 2 + (dark ? 1 : 0)];
}

double contrastRatio(const QColor& a, const QColor& b)
{
    const double x = luminance(a) + 0.05;
    const double y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

} // namespace recoscope
