// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_image.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace recoscope {

namespace {

constexpr int lookupSize = 4096;

// Colours of magnitudes 0..1 with the exponent applied; signed maps have the negative half first.
struct Lookup {
    std::vector<QRgb> colours;
    double scale = 0.0;
    bool isSigned = false;

    QRgb at(float value) const
    {
        const double unit = isSigned ? 0.5 + 0.5 * value * scale : value * scale;
        const int index = static_cast<int>(std::clamp(unit, 0.0, 1.0) * (lookupSize - 1));
        return colours[static_cast<std::size_t>(index)];
    }
};

Lookup makeLookup(const HeatStyle& style, bool dark)
{
    const auto& table = colourTable(style.map, dark);
    Lookup lookup;
    lookup.isSigned = style.map == ColourMap::Signed;
    lookup.scale = style.high > 0 ? 1.0 / style.high : 0.0;
    lookup.colours.resize(lookupSize);
    for (int i = 0; i < lookupSize; ++i) {
        double unit = static_cast<double>(i) / (lookupSize - 1);
        if (lookup.isSigned) {
            const double side = 2 * unit - 1;
            unit = 0.5 + 0.5 * std::copysign(std::pow(std::fabs(side), style.exponent), side);
        } else {
            unit = std::pow(unit, style.exponent);
        }
        lookup.colours[static_cast<std::size_t>(i)] = table[static_cast<std::size_t>(std::lround(unit * 255))];
    }
    return lookup;
}

std::int64_t visibleColumns(const HeatBlock& block, const HeatStyle& style, std::int64_t row)
{
    if (!style.causal)
        return block.columns;
    return std::clamp<std::int64_t>(block.row0 + row + 1 - block.column0, 0, block.columns);
}

const float* rowOf(const HeatBlock& block, std::int64_t row)
{
    return block.values + (block.row0 + row) * block.stride;
}

float rowFactor(const HeatBlock& block, const HeatStyle& style, std::int64_t row)
{
    if (!style.rowNormalised)
        return 1.0F;
    const float* values = rowOf(block, row);
    const std::int64_t end = style.causal ? block.row0 + row + 1 : block.stride;
    double sum = 0;
    for (std::int64_t c = 0; c < end; ++c)
        sum += std::fabs(values[c]);
    return sum > 0 ? static_cast<float>(1.0 / sum) : 0.0F;
}

QImage fullImage(const HeatBlock& block, const HeatStyle& style, const Lookup& lookup)
{
    QImage image(static_cast<int>(block.columns), static_cast<int>(block.rows), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    for (std::int64_t r = 0; r < block.rows; ++r) {
        const float* values = rowOf(block, r) + block.column0;
        const float factor = rowFactor(block, style, r);
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(static_cast<int>(r)));
        const std::int64_t end = visibleColumns(block, style, r);
        for (std::int64_t c = 0; c < end; ++c)
            line[c] = lookup.at(values[c] * factor);
    }
    return image;
}

QImage pooledImage(const HeatBlock& block, const HeatStyle& style, const Lookup& lookup, const QSize& size)
{
    const auto width = static_cast<std::size_t>(size.width());
    std::vector<float> pooled(width * static_cast<std::size_t>(size.height()));
    std::vector<char> seen(pooled.size(), 0);
    for (std::int64_t r = 0; r < block.rows; ++r) {
        const float* values = rowOf(block, r) + block.column0;
        const float factor = rowFactor(block, style, r);
        const auto line = static_cast<std::size_t>(r * size.height() / block.rows) * width;
        const std::int64_t end = visibleColumns(block, style, r);
        for (std::int64_t c = 0; c < end; ++c) {
            const std::size_t pixel = line + static_cast<std::size_t>(c * size.width() / block.columns);
            const float value = values[c] * factor;
            if (!seen[pixel] || std::fabs(value) > std::fabs(pooled[pixel]))
                pooled[pixel] = value;
            seen[pixel] = 1;
        }
    }
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    for (int y = 0; y < size.height(); ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < size.width(); ++x) {
            const std::size_t pixel = static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x);
            if (seen[pixel])
                line[x] = lookup.at(pooled[pixel]);
        }
    }
    return image;
}

} // namespace

QImage heatImage(const HeatBlock& block, const HeatStyle& style, bool dark, const QSize& limit)
{
    if (block.rows <= 0 || block.columns <= 0 || limit.isEmpty())
        return {};
    const Lookup lookup = makeLookup(style, dark);
    if (block.rows <= limit.height() && block.columns <= limit.width())
        return fullImage(block, style, lookup);
    const QSize size(static_cast<int>(std::min<std::int64_t>(block.columns, limit.width())),
        static_cast<int>(std::min<std::int64_t>(block.rows, limit.height())));
    return pooledImage(block, style, lookup, size);
}

double heatMaximum(const HeatBlock& block, const HeatStyle& style)
{
    double largest = 0;
    for (std::int64_t r = 0; r < block.rows; ++r) {
        const float* values = rowOf(block, r) + block.column0;
        const float factor = rowFactor(block, style, r);
        const std::int64_t end = visibleColumns(block, style, r);
        for (std::int64_t c = 0; c < end; ++c)
            largest = std::max(largest, std::fabs(static_cast<double>(values[c] * factor)));
    }
    return largest;
}

double heatValue(const HeatBlock& block, const HeatStyle& style, std::int64_t row, std::int64_t column)
{
    return rowOf(block, row)[block.column0 + column] * rowFactor(block, style, row);
}

} // namespace recoscope
