// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// exp, the normal distribution and dropout numbers on one element. The dropout counters are those of
// engine/kernels/dropout.h.
#pragma once

#include "engine/kernels/cuda/block.h"
#include "engine/kernels/dropout.h"

namespace recoscope::kernels::cuda {

RECOSCOPE_DEVICE float exponential(float x)
{
    return expf(x);
}

RECOSCOPE_DEVICE float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

RECOSCOPE_DEVICE float normalCdf(float x)
{
    return 0.5f * erfcf(x * -0.707106781186547524f);
}

RECOSCOPE_DEVICE float normalDensity(float x)
{
    return expf(x * x * -0.5f) * 0.3989422804014327f;
}

struct PhiloxWords {
    std::uint32_t at[4];
};

// Philox4x32-10 (Salmon et al. 2011).
RECOSCOPE_DEVICE PhiloxWords philox(PhiloxWords c, std::uint64_t seed)
{
    auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t first = std::uint64_t(0xD2511F53u) * c.at[0], second = std::uint64_t(0xCD9E8D57u) * c.at[2];
        c = {{static_cast<std::uint32_t>(second >> 32) ^ c.at[1] ^ key0, static_cast<std::uint32_t>(second),
            static_cast<std::uint32_t>(first >> 32) ^ c.at[3] ^ key1, static_cast<std::uint32_t>(first)}};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

// The seed of an operation, and the number of a captured step that moves it (DeviceCall::stepSeed) or null.
struct DropoutSeed {
    std::uint64_t seed;
    const std::uint64_t* step;

    RECOSCOPE_DEVICE operator std::uint64_t() const { return step ? seed + *step : seed; }
};

// Which of the eight 16-bit numbers of a counter is below the threshold decides: 0 or the scale.
RECOSCOPE_DEVICE float dropoutPart(const PhiloxWords& words, int part, const DropoutRule& rule)
{
    // Chosen, not indexed: an array with a place known at run time would leave the registers.
    const std::uint32_t low = part < 2 ? words.at[0] : words.at[1], high = part < 6 ? words.at[2] : words.at[3];
    const std::uint32_t number = (part < 4 ? low : high) >> (16 * (part % 2)) & 0xffffu;
    return number < rule.threshold ? 0.0f : rule.scale;
}

// The numbers of elements 128 s + c + 16 w of a flat array, w < 8; call = 16 s + c.
RECOSCOPE_DEVICE PhiloxWords elementWords(std::uint64_t seed, std::uint64_t call)
{
    return philox({{static_cast<std::uint32_t>(call), static_cast<std::uint32_t>(call >> 32), 0, 0}}, seed);
}

// A Seed is a number or a DropoutSeed, which is read only where something is dropped.
template <class Seed> RECOSCOPE_DEVICE float elementFactor(const Seed& seed, const DropoutRule& rule, std::int64_t i)
{
    if (rule.threshold == 0)
        return 1.0f;
    return dropoutPart(
        elementWords(seed, static_cast<std::uint64_t>(i / 128 * 16 + i % 16)), static_cast<int>(i % 128 / 16), rule);
}

// Of an attention weight: head of a sequence that starts at packed row `start`.
template <class Seed>
RECOSCOPE_DEVICE float weightFactor(const Seed& seed, const DropoutRule& rule, std::int64_t start, std::int64_t head,
    std::int64_t row, std::int64_t column)
{
    if (rule.threshold == 0)
        return 1.0f;
    const auto last = static_cast<std::uint32_t>(head + 1 + (start >> 32 << 16));
    return dropoutPart(philox({{static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(row / 8),
                                  static_cast<std::uint32_t>(start), last}},
                           seed),
        static_cast<int>(row % 8), rule);
}

} // namespace recoscope::kernels::cuda
