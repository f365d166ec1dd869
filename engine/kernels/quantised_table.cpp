// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/quantised_table.h"

#include "engine/kernels/checks.h"
#include "engine/kernels/first_pass.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

ItemRounding quantiseItem(const float* item, std::int64_t width, std::int8_t* codes, float& scale)
{
    float largest = 0.0f;
    bool finite = true;
    for (std::int64_t d = 0; d < width; ++d) {
        largest = std::max(largest, std::fabs(item[d]));
        finite = finite && std::isfinite(item[d]);
    }
    scale = finite ? largest / 127.0f : 0.0f;
    if (!finite)
        return {0.0, std::numeric_limits<double>::infinity()};
    double length = 0.0, rest = 0.0;
    for (std::int64_t d = 0; d < width; ++d) {
        const float code = scale > 0.0f ? std::clamp(std::nearbyint(item[d] / scale), -127.0f, 127.0f) : 0.0f;
        codes[d] = static_cast<std::int8_t>(code);
        const double kept = static_cast<double>(scale) * code;
        length += kept * kept;
        rest += (item[d] - kept) * (item[d] - kept);
    }
    return {std::sqrt(length), std::sqrt(rest)};
}

} // namespace

QuantisedTable quantise(std::int64_t items, std::int64_t width, const float* table)
{
    const Checks check("quantise");
    check.size(items, "items");
    check.positive(width, "width");
    if (items > 0)
        check.pointer(table, "table");
    QuantisedTable q;
    q.items = items;
    q.width = width;
    q.stride = (width + 31) / 32 * 32;
    q.codes.resize(items * q.stride);
    q.scales.resize(items);
    const RoundedItems bounds = roundItems(items, width, [&](std::int64_t i) {
        return quantiseItem(table + i * width, width, q.codes.data() + i * q.stride, q.scales[i]);
    });
    q.longest = bounds.longest;
    q.residual = bounds.residual;
    return q;
}

} // namespace recoscope::kernels
