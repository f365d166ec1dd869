// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of topKInt4: makes the query of bytes.
#include "engine/kernels/first_pass.h"
#include "engine/kernels/int4_query.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

// Fills `q` and `values`; returns the length of query - step * values, infinite where there is no step.
double roundQuery(const float* query, Int4Query& q, std::int8_t* values)
{
    float largest = 0.0f;
    for (std::int64_t d = 0; d < q.table->width; ++d)
        largest = std::max(largest, std::fabs(query[d]));
    q.step = largest / 127.0f;
    if (!std::isnormal(q.step))
        return std::numeric_limits<double>::infinity();
    double rest = 0.0, length = 0.0;
    q.start = 0;
    for (std::int64_t d = 0; d < q.table->width; ++d) {
        const float value = std::clamp(std::nearbyint(query[d] / q.step), -127.0f, 127.0f);
        values[d] = static_cast<std::int8_t>(value);
        q.start -= 8 * values[d];
        const double kept = static_cast<double>(q.step) * value;
        rest += (query[d] - kept) * (query[d] - kept);
        length += static_cast<double>(query[d]) * query[d];
    }
    q.length = static_cast<float>(std::sqrt(length) * (1.0 - 1e-6));
    return std::sqrt(rest);
}

} // namespace

void topKInt4(const TopK& a, const Int4Table& table)
{
    std::vector<std::int8_t> values(8 * table.groups);
    Int4Query q{&table, values.data()};
    FirstPass pass{[&](const float* query) { return roundQuery(query, q, values.data()); }, nullptr, nullptr};
    if (const auto kernel = activeTable().topKInt4)
        pass.list = [&q, kernel](const TopK& one, float margin) {
            q.margin = margin;
            kernel(one, q);
        };
    topKFromRounded("topKInt4", a, {table.items, table.width, table.longest, table.residual}, pass);
}

} // namespace recoscope::kernels
