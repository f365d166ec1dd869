// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#if defined(__AVX2__)

#include "engine/data/importers/digit_scan_body.h"

#include <immintrin.h>

namespace recoscope {

namespace {

struct Avx2 {
    static std::uint64_t otherThanDigits32(const char* bytes)
    {
        const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
        const __m256i digits = _mm256_sub_epi8(values, _mm256_set1_epi8('0'));
        const __m256i small = _mm256_cmpeq_epi8(_mm256_min_epu8(digits, _mm256_set1_epi8(9)), digits);
        return static_cast<std::uint32_t>(~_mm256_movemask_epi8(small));
    }
    static std::uint64_t otherThanDigits(const char* bytes)
    {
        return otherThanDigits32(bytes) | otherThanDigits32(bytes + 32) << 32;
    }
    static std::uint64_t lowestBit(std::uint64_t mask) { return _tzcnt_u64(mask); }

    // Eight digit characters in each of four lanes of 64 bits: pairs, fours, eights.
    static __m256i values(__m256i characters)
    {
        const __m256i digits = _mm256_and_si256(characters, _mm256_set1_epi8(0x0f));
        const __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(10 | 1 << 8));
        const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(100 | 1 << 16));
        return _mm256_add_epi64(_mm256_mul_epu32(fours, _mm256_set1_epi64x(10'000)), _mm256_srli_epi64(fours, 32));
    }
    static __m256i load(const std::uint64_t* words)
    {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
    }
    static std::size_t joinSome(
        const std::uint64_t* high, const std::uint64_t* low, std::int64_t* numbers, std::size_t count)
    {
        std::size_t i = 0;
        for (; i + 4 <= count; i += 4) {
            const __m256i first = load(high + i);
            __m256i sum = values(load(low + i));
            if (!_mm256_testz_si256(first, first))
                sum = _mm256_add_epi64(sum, _mm256_mul_epu32(values(first), _mm256_set1_epi64x(100'000'000)));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(numbers + i), sum);
        }
        return i;
    }
};

} // namespace

extern const DigitScan avx2DigitScan;
const DigitScan avx2DigitScan{"avx2", listMarks<Avx2>, joinDigits<Avx2>};

} // namespace recoscope

#endif
