// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of topKInt8: makes the 16-bit query and the margin, and leaves to topK() what no margin holds for.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/int8_query.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/ranking_checks.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>

namespace recoscope::kernels {

namespace {

// The largest value for which no sum of products with bytes leaves 32 bits.
float largestValue(std::int64_t stride)
{
    return static_cast<float>(std::min<std::int64_t>(32767, (std::int64_t(1) << 31) / (128 * stride) - 1));
}

double largestBias(const TopK& a)
{
    float most = 0.0f;
    for (std::int64_t i = 0; a.bias && i < a.items; ++i)
        most = std::max(most, std::fabs(a.bias[i]));
    return most;
}

// |exact - approximate| <= |q| * residual + |q - step * values| * longest, by Cauchy and Schwarz, and the rounding of
// both sums.
float marginOf(const TopK& a, const float* query, const Int8Query& q, double mostBias)
{
    double length = 0.0, rest = 0.0;
    for (std::int64_t d = 0; d < a.width; ++d) {
        const double kept = static_cast<double>(q.step) * q.values[d];
        length += static_cast<double>(query[d]) * query[d];
        rest += (query[d] - kept) * (query[d] - kept);
    }
    length = std::sqrt(length);
    const double longest = static_cast<double>(q.table->longest) + q.table->residual;
    const double rounding = static_cast<double>(4 * a.width + 32) * 0x1p-24 * (length * longest + mostBias);
    return static_cast<float>((length * q.table->residual + std::sqrt(rest) * longest + rounding) * 1.00001 + 1e-30);
}

} // namespace

void topKInt8(const TopK& a, const QuantisedTable& table)
{
    const Checks check("topKInt8");
    checkTop(check, a);
    checkContents("topKInt8", a);
    check.require(table.items == a.items && table.width == a.width, "table", "was made from other items");
    if (a.k == 0)
        return;
    if (activeDevice()) // there is no kernel on bytes: the same lists from floats
        return topK(a);
    const double mostBias = largestBias(a);
    std::vector<std::int16_t> values(table.stride);
    for (std::int64_t u = 0; u < a.queries; ++u) {
        const float* query = a.query + u * a.width;
        float largest = 0.0f;
        for (std::int64_t d = 0; d < a.width; ++d)
            largest = std::max(largest, std::fabs(query[d]));
        Int8Query q{&table, values.data(), largest / largestValue(table.stride), 0.0f};
        TopK one = a;
        one.queries = 1;
        one.query = query;
        one.ids = a.ids + u * a.k;
        one.scores = a.scores + u * a.k;
        std::int64_t offsets[2]{0, 0};
        if (!a.seenOffsets.empty()) {
            one.seen = a.seen.subspan(a.seenOffsets[u], a.seenOffsets[u + 1] - a.seenOffsets[u]);
            offsets[1] = static_cast<std::int64_t>(one.seen.size());
            one.seenOffsets = offsets;
        }
        if (std::isnormal(q.step)) {
            for (std::int64_t d = 0; d < a.width; ++d)
                values[d] = static_cast<std::int16_t>(std::nearbyint(query[d] / q.step));
            q.margin = marginOf(a, query, q, mostBias);
        }
        const auto kernel = activeTable().topKInt8;
        if (kernel && q.margin > 0.0f && q.margin < 1e30f)
            kernel(one, q);
        else
            activeTable().topK(one, 0, 1);
    }
}

} // namespace recoscope::kernels
