// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix to picture: colour through a table with exponent, masked cells transparent (the caller hatches behind them).
// When the picture is smaller than the matrix each pixel shows the largest magnitude of its cells, so that a single
// strong cell never disappears. Pure functions.
#pragma once

#include <cstdint>

#include <QImage>

#include "widgets/frame/palette.h"

namespace recoscope {

struct HeatStyle {
    ColourMap map = ColourMap::Magnitude; // Signed maps -high..+high
    double high = 1.0; // value of the last colour
    double exponent = 0.6; // of the magnitude
    bool causal = false; // cells right of the diagonal are masked
    bool rowNormalised = false; // each row divided by its sum
};

// `values` is [rows, stride] row-major, of which the block at (row0, column0) of size rows × columns is shown.
struct HeatBlock {
    const float* values = nullptr;
    std::int64_t stride = 0;
    std::int64_t row0 = 0, column0 = 0;
    std::int64_t rows = 0, columns = 0;
};

// At most rows × columns pixels and at most `limit`; scale it without smoothing.
QImage heatImage(const HeatBlock& block, const HeatStyle& style, bool dark, const QSize& limit);
// The largest magnitude that `style` would show in the block.
double heatMaximum(const HeatBlock& block, const HeatStyle& style);
// Value of one cell as `style` shows it (row-normalised or raw); row and column count within the block.
double heatValue(const HeatBlock& block, const HeatStyle& style, std::int64_t row, std::int64_t column);

} // namespace recoscope
