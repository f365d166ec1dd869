// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/quantised_table.h"

#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

constexpr double roundUp = 1.0 + 1e-6; // from double to a float that is not smaller

struct Bounds {
    double longest = 0.0, residual = 0.0;
};

Bounds quantiseItem(const float* item, std::int64_t width, std::int8_t* codes, float& scale)
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
    constexpr std::int64_t grain = 1 << 14;
    std::vector<Bounds> bounds((items + grain - 1) / grain);
    parallelRanges(items, grain, [&](std::int64_t begin, std::int64_t end) {
        Bounds& most = bounds[begin / grain];
        for (std::int64_t i = begin; i < end; ++i) {
            const Bounds b = quantiseItem(table + i * width, width, q.codes.data() + i * q.stride, q.scales[i]);
            most = {std::max(most.longest, b.longest), std::max(most.residual, b.residual)};
        }
    });
    for (const Bounds& b : bounds) {
        q.longest = std::max(q.longest, static_cast<float>(b.longest * roundUp));
        q.residual = std::max(q.residual, static_cast<float>(b.residual * roundUp));
    }
    return q;
}

} // namespace recoscope::kernels
