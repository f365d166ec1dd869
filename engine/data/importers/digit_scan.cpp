// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/digit_scan.h"

#include <array>
#include <bit>

#include "engine/data/importers/digit_scan_body.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace recoscope {

namespace {

struct Portable {
    static std::uint64_t otherThanDigits(const char* bytes)
    {
        std::uint64_t mask = 0;
#if defined(__SSE2__)
        for (int part = 0; part < 4; ++part) {
            const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * part));
            const __m128i digits = _mm_sub_epi8(values, _mm_set1_epi8('0'));
            const __m128i small = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
            mask |= static_cast<std::uint64_t>(static_cast<std::uint16_t>(~_mm_movemask_epi8(small))) << (16 * part);
        }
#else
        for (int i = 0; i < 64; ++i)
            mask |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i] - '0') > 9) << i;
#endif
        return mask;
    }
    static int lowestBit(std::uint64_t mask)
    {
        return std::countr_zero(mask);
    }
    static std::size_t joinSome(const std::uint64_t*, const std::uint64_t*, std::int64_t*, std::size_t)
    {
        return 0;
    }
};

constexpr DigitScan portable{"portable", listMarks<Portable>, joinDigits<Portable>};

} // namespace

#if defined(__x86_64__)
extern const DigitScan avx2DigitScan; // digit_scan_avx2.cpp
#endif

std::span<const DigitScan> availableDigitScans()
{
#if defined(__x86_64__)
    static const std::array all{portable, avx2DigitScan};
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
    return std::span(all).first(avx2 ? 2 : 1);
#else
    static const std::array all{portable};
    return all;
#endif
}

} // namespace recoscope
