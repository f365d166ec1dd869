// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Dropout factors a vector at a time; the numbers and their layout are defined in engine/kernels/dropout.h.
#pragma once

#include "engine/kernels/cpu/simd.h"
#include "engine/kernels/dropout.h"

namespace recoscope::kernels::cpu {

template <class V> struct PhiloxWords {
    typename V::U word[4];
};

// Philox4x32-10 of one counter per lane.
template <class V> RECOSCOPE_INLINE PhiloxWords<V> philox(PhiloxWords<V> c, std::uint64_t seed)
{
    using U = typename V::U;
    auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        U high0, low0, high1, low1;
        V::multiplyWide(c.word[0], 0xD2511F53u, high0, low0);
        V::multiplyWide(c.word[2], 0xCD9E8D57u, high1, low1);
        c = {{high1 ^ c.word[1] ^ key0, low1, high0 ^ c.word[3] ^ key1, low0}};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

// 0 or the scale, from 16-bit number `part` of each lane.
template <class V>
RECOSCOPE_INLINE typename V::F factorOf(const PhiloxWords<V>& words, int part, const DropoutRule& rule)
{
    using I = typename V::I;
    const I number = (I)(words.word[part / 2] >> (16 * (part % 2)) & 0xffffu);
    return number < static_cast<std::int32_t>(rule.threshold) ? typename V::F{} : splat<V>(rule.scale);
}

template <class V> RECOSCOPE_INLINE typename V::U laneNumbers()
{
    typename V::U v;
    for (int i = 0; i < V::lanes; ++i)
        v[i] = static_cast<std::uint32_t>(i);
    return v;
}

constexpr int superblock = 128; // elements that share one group of 16 Philox calls

// Factors of elements [128 s, 128 s + 128).
template <class V> void superblockFactors(std::uint64_t seed, const DropoutRule& rule, std::int64_t s, float* factors)
{
    using U = typename V::U;
    for (int lane = 0; lane < 16; lane += V::lanes) {
        const auto call = static_cast<std::uint64_t>(s) * 16 + lane;
        const U low = laneNumbers<V>() + static_cast<std::uint32_t>(call);
        const U high = U{} + static_cast<std::uint32_t>(call >> 32);
        const PhiloxWords<V> words = philox<V>({{low, high, U{}, U{}}}, seed);
#pragma GCC unroll 8
        for (int part = 0; part < 8; ++part)
            store<V>(factors + part * 16 + lane, factorOf<V>(words, part, rule));
    }
}

// Calls body(i, factor, part) over elements [begin, end), begin a multiple of 128, with the vector of dropout factors.
template <class V, class Body>
RECOSCOPE_INLINE void dropoutLoop(
    std::uint64_t seed, float probability, std::int64_t begin, std::int64_t end, Body&& body)
{
    if (probability == 0.0f) {
        rowLoop<V>(begin, end, [&](std::int64_t i, auto part) { body(i, splat<V>(1.0f), part); });
        return;
    }
    const DropoutRule rule = dropoutRule(probability);
    float factors[superblock];
    for (std::int64_t at = begin; at < end; at += superblock) {
        superblockFactors<V>(seed, rule, at / superblock, factors);
        rowLoop<V>(at, smaller<std::int64_t>(end, at + superblock),
            [&](std::int64_t i, auto part) { body(i, load<V>(factors + (i - at)), part); });
    }
}

// Floats that factorsBetween needs for `count` elements.
RECOSCOPE_INLINE constexpr std::int64_t factorRoom(std::int64_t count)
{
    return count + 2 * superblock;
}

// Factors of elements [begin, end) in `room`; the result points at the one of `begin`.
template <class V>
const float* factorsBetween(
    std::uint64_t seed, const DropoutRule& rule, std::int64_t begin, std::int64_t end, float* room)
{
    const std::int64_t first = begin / superblock;
    for (std::int64_t s = first; s * superblock < end; ++s)
        superblockFactors<V>(seed, rule, s, room + (s - first) * superblock);
    return room + (begin - first * superblock);
}

} // namespace recoscope::kernels::cpu
