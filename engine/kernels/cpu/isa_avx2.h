// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// AVX2 with FMA. Include only from files compiled for it.
#pragma once

#include "engine/kernels/cpu/simd.h"

#include <immintrin.h>

namespace recoscope::kernels::cpu {

struct Avx2 : Vectors<8> {
    static constexpr int tileRows = 6;
    static constexpr int tileVectors = 2;

    static RECOSCOPE_INLINE F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
    static RECOSCOPE_INLINE F sqrt(F v) { return _mm256_sqrt_ps(v); }
    // Past the caches; `p` on a boundary of a vector.
    static RECOSCOPE_INLINE void stream(float* p, F v) { _mm256_stream_ps(p, v); }
    static RECOSCOPE_INLINE void finishStreams() { _mm_sfence(); }
    // base[index[i]] in lane i.
    static RECOSCOPE_INLINE F gather(const float* base, I index)
    {
        return _mm256_i32gather_ps(base, (__m256i)index, 4);
    }
    static RECOSCOPE_INLINE F reciprocal(F v) { return 1.0f / v; }
    using Table = GatheredTable<Avx2>;
    // Bit i is set when lane i of the mask is.
    static RECOSCOPE_INLINE unsigned bits(I mask) { return static_cast<unsigned>(_mm256_movemask_ps((__m256)mask)); }
    // sum + bytes * values, pairwise, over 2 * lanes of them.
    static RECOSCOPE_INLINE I addBytes(I sum, const std::int8_t* bytes, const std::int16_t* values)
    {
        const __m256i wide = _mm256_cvtepi8_epi16(loadAs<__m128i>(bytes));
        return (I)_mm256_add_epi32((__m256i)sum, _mm256_madd_epi16(wide, loadAs<__m256i>(values)));
    }
    // sum + the four products of each lane's bytes, 0 .. 15, with the signed bytes of `values`.
    static RECOSCOPE_INLINE I addFours(I sum, U bytes, std::int32_t values)
    {
        const __m256i pairs = _mm256_maddubs_epi16((__m256i)bytes, _mm256_set1_epi32(values)); // 30 * 128 at most
        return (I)_mm256_add_epi32((__m256i)sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    static RECOSCOPE_INLINE void multiplyWide(U a, std::uint32_t b, U& high, U& low)
    {
        const __m256i factor = _mm256_set1_epi32(static_cast<int>(b));
        const __m256i even = _mm256_mul_epu32((__m256i)a, factor);
        const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), factor);
        low = (U)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
        high = (U)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    }
};

} // namespace recoscope::kernels::cpu
