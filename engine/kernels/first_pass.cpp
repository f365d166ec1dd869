// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/first_pass.h"

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/ranking_checks.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recoscope::kernels {

namespace {

double largestBias(const TopK& a)
{
    float most = 0.0f;
    for (std::int64_t i = 0; a.bias && i < a.items; ++i)
        most = std::max(most, std::fabs(a.bias[i]));
    return most;
}

// |exact - approximate| <= |q| * residual + rest * longest, by Cauchy and Schwarz, and the rounding of both sums.
float marginOf(const TopK& a, const float* query, double rest, const RoundedItems& table, double mostBias)
{
    double length = 0.0;
    for (std::int64_t d = 0; d < a.width; ++d)
        length += static_cast<double>(query[d]) * query[d];
    length = std::sqrt(length);
    const double longest = static_cast<double>(table.longest) + table.residual;
    const double rounding = static_cast<double>(4 * a.width + 32) * 0x1p-24 * (length * longest + mostBias);
    return static_cast<float>((length * table.residual + rest * longest + rounding) * 1.00001 + 1e-30);
}

} // namespace

RoundedItems roundItems(
    std::int64_t items, std::int64_t width, const std::function<ItemRounding(std::int64_t item)>& roundItem)
{
    constexpr std::int64_t grain = 1 << 14;
    constexpr double roundUp = 1.0 + 1e-6; // from double to a float that is not smaller
    std::vector<ItemRounding> most((items + grain - 1) / grain);
    parallelRanges(items, grain, [&](std::int64_t begin, std::int64_t end) {
        ItemRounding& block = most[begin / grain];
        for (std::int64_t i = begin; i < end; ++i) {
            const ItemRounding item = roundItem(i);
            block = {std::max(block.length, item.length), std::max(block.residual, item.residual)};
        }
    });
    RoundedItems bounds{items, width};
    for (const ItemRounding& block : most) {
        bounds.longest = std::max(bounds.longest, static_cast<float>(block.length * roundUp));
        bounds.residual = std::max(bounds.residual, static_cast<float>(block.residual * roundUp));
    }
    return bounds;
}

void topKFromRounded(const char* operation, const TopK& a, const RoundedItems& table, const FirstPass& pass)
{
    const Checks check(operation);
    checkTop(check, a);
    checkContents(operation, a);
    check.require(table.items == a.items && table.width == a.width, "table", "was made from other items");
    if (a.k == 0 || a.queries == 0)
        return;
    if (const DeviceApi* device = activeDevice())
        return pass.onDevice ? pass.onDevice(*device) : topK(a);
    const double mostBias = largestBias(a);
    for (std::int64_t u = 0; u < a.queries; ++u) {
        TopK one = a;
        one.queries = 1;
        one.query = a.query + u * a.width;
        one.ids = a.ids + u * a.k;
        one.scores = a.scores + u * a.k;
        std::int64_t offsets[2]{0, 0};
        if (!a.seenOffsets.empty()) {
            one.seen = a.seen.subspan(a.seenOffsets[u], a.seenOffsets[u + 1] - a.seenOffsets[u]);
            offsets[1] = static_cast<std::int64_t>(one.seen.size());
            one.seenOffsets = offsets;
        }
        const float margin = pass.list ? marginOf(a, one.query, pass.prepare(one.query), table, mostBias) : HUGE_VALF;
        if (margin < 1e30f)
            pass.list(one, margin);
        else
            activeTable().topK(one, 0, 1);
    }
}

} // namespace recoscope::kernels
