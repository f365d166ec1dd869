// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of topKInt8: makes the 16-bit query.
#include "engine/kernels/first_pass.h"
#include "engine/kernels/int8_query.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

// The largest value for which no sum of products with bytes leaves 32 bits.
float largestValue(std::int64_t stride)
{
    return static_cast<float>(std::min<std::int64_t>(32767, (std::int64_t(1) << 31) / (128 * stride) - 1));
}

// Fills q.step and `values`; returns the length of query - step * values, infinite where there is no step.
double roundQuery(const float* query, Int8Query& q, std::int16_t* values)
{
    float largest = 0.0f;
    for (std::int64_t d = 0; d < q.table->width; ++d)
        largest = std::max(largest, std::fabs(query[d]));
    q.step = largest / largestValue(q.table->stride);
    if (!std::isnormal(q.step))
        return std::numeric_limits<double>::infinity();
    double rest = 0.0;
    for (std::int64_t d = 0; d < q.table->width; ++d) {
        values[d] = static_cast<std::int16_t>(std::nearbyint(query[d] / q.step));
        const double kept = static_cast<double>(q.step) * values[d];
        rest += (query[d] - kept) * (query[d] - kept);
    }
    return std::sqrt(rest);
}

} // namespace

void topKInt8(const TopK& a, const QuantisedTable& table)
{
    std::vector<std::int16_t> values(table.stride);
    Int8Query q{&table, values.data(), 0.0f, 0.0f};
    FirstPass pass{[&](const float* query) { return roundQuery(query, q, values.data()); }, nullptr, nullptr};
    if (const auto kernel = activeTable().topKInt8)
        pass.list = [&q, kernel](const TopK& one, float margin) {
            q.margin = margin;
            kernel(one, q);
        };
    topKFromRounded("topKInt8", a, {table.items, table.width, table.longest, table.residual}, pass);
}

} // namespace recoscope::kernels
