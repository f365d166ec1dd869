// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/dropout.h"

#include "engine/core/random.h"

namespace recoscope::kernels {

namespace {

float factor(std::uint64_t seed, const DropoutRule& rule, std::array<std::uint32_t, 4> counter, std::int64_t part)
{
    if (rule.threshold == 0)
        return 1.0f;
    const auto words = philox4x32(counter, {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    const std::uint32_t number = words[part / 2] >> (16 * (part % 2)) & 0xffffu;
    return number < rule.threshold ? 0.0f : rule.scale;
}

} // namespace

DropoutRule dropoutRule(float probability)
{
    const auto wanted = static_cast<std::uint32_t>(probability * 65536.0f + 0.5f);
    const std::uint32_t threshold = wanted > 65535u ? 65535u : wanted;
    return {threshold, 65536.0f / static_cast<float>(65536u - threshold)};
}

float dropoutFactor(std::uint64_t seed, const DropoutRule& rule, std::int64_t index)
{
    const std::uint64_t call = static_cast<std::uint64_t>(index / 128 * 16 + index % 16);
    return factor(
        seed, rule, {static_cast<std::uint32_t>(call), static_cast<std::uint32_t>(call >> 32), 0, 0}, index % 128 / 16);
}

float attentionDropoutFactor(std::uint64_t seed, const DropoutRule& rule, std::int64_t start, std::int64_t head,
    std::int64_t row, std::int64_t column)
{
    const auto last = static_cast<std::uint32_t>(head + 1 + (start >> 32 << 16));
    return factor(seed, rule,
        {static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(row / 8), static_cast<std::uint32_t>(start),
            last},
        row % 8);
}

} // namespace recoscope::kernels
