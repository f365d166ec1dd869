// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/int4_table.h"

#include "engine/kernels/bfloat16.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/first_pass.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace recoscope::kernels {

namespace {

constexpr int zeroCode = 8;

// Stored codes are 1 .. 15. Halves go up: a cast is what compilers have vectors for everywhere.
int codeOf(float x, float inverse)
{
    return std::clamp(static_cast<int>(x * inverse + (zeroCode + 0.5f)), 1, 15);
}

double squaredRest(const float* item, std::int64_t width, float step, float inverse)
{
    double rest = 0.0;
    for (std::int64_t d = 0; d < width; ++d) {
        const double away = item[d] - static_cast<double>(step) * (codeOf(item[d], inverse) - zeroCode);
        rest += away * away;
    }
    return rest;
}

// Of some steps the one that takes least away, zero when all numbers are next to zero. Short steps cut the largest
// numbers, which pays when they are few.
float bestStep(const float* item, std::int64_t width, float largest)
{
    float best = 0.0f;
    double least = std::numeric_limits<double>::infinity();
    for (const float steps : {7.0f, 7.5f, 8.0f, 8.5f, 9.5f}) {
        const float step = toFloat(toBfloat16(largest / steps)), inverse = 1.0f / step;
        if (!std::isnormal(step) || !std::isnormal(inverse))
            continue;
        const double rest = squaredRest(item, width, step, inverse);
        if (rest < least) {
            least = rest;
            best = step;
        }
    }
    return best;
}

Bfloat16 roundedUp(double length) // to infinity beyond the largest
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(static_cast<float>(length * (1.0 + 1e-6)));
    return {static_cast<std::uint16_t>((bits + 0xffffu) >> 16)};
}

ItemRounding roundItem(const float* item, std::int64_t i, Int4Table& t)
{
    float largest = 0.0f;
    for (std::int64_t d = 0; d < t.width; ++d) {
        if (!std::isfinite(item[d]))
            return {0.0, std::numeric_limits<double>::infinity()};
        largest = std::max(largest, std::fabs(item[d]));
    }
    const float step = bestStep(item, t.width, largest), inverse = step > 0.0f ? 1.0f / step : 0.0f;
    Int4Line* block = t.lines.data() + i / Int4Line::items * (1 + t.groups);
    const std::int64_t place = i % Int4Line::items * 4;
    double length = 0.0, rest = 0.0;
    for (std::int64_t d = 0; d < t.width; ++d) {
        const int code = codeOf(item[d], inverse);
        const double kept = static_cast<double>(step) * (code - zeroCode);
        length += kept * kept;
        rest += (item[d] - kept) * (item[d] - kept);
        std::uint8_t& byte = block[1 + d / 8].bytes[place + d % 4];
        byte = static_cast<std::uint8_t>(d % 8 < 4 ? (byte & 0xf0) | code : (byte & 0x0f) | code << 4);
    }
    const Bfloat16 residual = roundedUp(std::sqrt(rest));
    const std::uint32_t word = static_cast<std::uint32_t>(toBfloat16(step).bits) << 16 | residual.bits;
    std::memcpy(block->bytes + place, &word, sizeof word);
    return {std::sqrt(length), toFloat(residual)};
}

} // namespace

Int4Table roundToInt4(std::int64_t items, std::int64_t width, const float* table)
{
    const Checks check("roundToInt4");
    check.size(items, "items");
    check.positive(width, "width");
    check.require(width <= 100000, "width", "is above 100,000");
    if (items > 0)
        check.pointer(table, "table");
    Int4Table t;
    t.items = items;
    t.width = width;
    t.groups = (width + 7) / 8;
    Int4Line zeros;
    std::fill(std::begin(zeros.bytes), std::end(zeros.bytes), static_cast<std::uint8_t>(zeroCode << 4 | zeroCode));
    t.lines.resize((items + Int4Line::items - 1) / Int4Line::items * (1 + t.groups), zeros);
    const RoundedItems bounds
        = roundItems(items, width, [&](std::int64_t i) { return roundItem(table + i * width, i, t); });
    t.longest = bounds.longest;
    t.residual = bounds.residual;
    return t;
}

} // namespace recoscope::kernels
