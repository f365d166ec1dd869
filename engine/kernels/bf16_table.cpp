// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/bf16_table.h"

#include "engine/kernels/checks.h"
#include "engine/kernels/first_pass.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

ItemRounding roundItem(const float* item, std::int64_t width, Bfloat16* values)
{
    double length = 0.0, rest = 0.0;
    for (std::int64_t d = 0; d < width; ++d) {
        values[d] = toBfloat16(item[d]);
        const double kept = toFloat(values[d]);
        length += kept * kept;
        rest += (item[d] - kept) * (item[d] - kept);
    }
    if (!std::isfinite(length))
        return {0.0, std::numeric_limits<double>::infinity()};
    return {std::sqrt(length), std::sqrt(rest)};
}

} // namespace

Bf16Table roundToBf16(std::int64_t items, std::int64_t width, const float* table)
{
    const Checks check("roundToBf16");
    check.size(items, "items");
    check.positive(width, "width");
    if (items > 0)
        check.pointer(table, "table");
    Bf16Table t;
    t.items = items;
    t.width = width;
    t.stride = (width + 31) / 32 * 32;
    t.values.resize(items * t.stride);
    const RoundedItems bounds = roundItems(items, width,
        [&](std::int64_t i) { return roundItem(table + i * width, width, t.values.data() + i * t.stride); });
    t.longest = bounds.longest;
    t.residual = bounds.residual;
    return t;
}

void topKBf16(const TopK& a, const Bf16Table& table)
{
    FirstPass pass{[](const float*) { return 0.0; }, nullptr,
        [&](const DeviceApi& device) {
            runOnDevice(device, TopKBf16Op{a, table.values.data(), table.stride, table.longest, table.residual});
        }};
    if (const auto kernel = activeTable().topKBf16)
        pass.list = [&table, kernel](const TopK& one, float margin) { kernel(one, table, margin); };
    topKFromRounded("topKBf16", a, {table.items, table.width, table.longest, table.residual}, pass);
}

} // namespace recoscope::kernels
