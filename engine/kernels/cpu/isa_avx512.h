// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// AVX-512 (F, BW, DQ, VL, VNNI). Include only from files compiled for it.
#pragma once

#include "engine/kernels/cpu/simd.h"

#include <immintrin.h>

namespace recoscope::kernels::cpu {

struct Avx512 : Vectors<16> {
    static constexpr int tileRows = 6;
    static constexpr int tileVectors = 4; // groups of 64 columns, as wide as most layers

    static RECOSCOPE_INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    static RECOSCOPE_INLINE F8 fma(F8 a, F8 b, F8 c) { return _mm256_fmadd_ps(a, b, c); }
    static RECOSCOPE_INLINE F sqrt(F v) { return _mm512_maskz_sqrt_ps(0xffff, v); }
    // Past the caches; `p` on a boundary of a vector.
    static RECOSCOPE_INLINE void stream(float* p, F v) { _mm512_stream_ps(p, v); }
    static RECOSCOPE_INLINE void finishStreams() { _mm_sfence(); }
    // base[index[i]] in lane i.
    static RECOSCOPE_INLINE F gather(const float* base, I index)
    {
        return _mm512_i32gather_ps((__m512i)index, base, 4);
    }
    // 1 / v within 2 ulp, for v whose inverse is a normal number: an estimate of 14 bits and a step of Newton.
    static RECOSCOPE_INLINE F reciprocal(F v)
    {
        const F estimate = _mm512_maskz_rcp14_ps(0xffff, v);
        return fma(fma(-v, estimate, F{} + 1.0f), estimate, estimate);
    }
    // A table of 128 floats in registers.
    struct Table {
        static constexpr int size = 128;
        F part[8];

        explicit RECOSCOPE_INLINE Table(const float* from)
        {
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i)
                part[i] = loadAs<F>(from + 16 * i);
        }
        RECOSCOPE_INLINE F operator[](I index) const
        {
            F x[4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i)
                x[i] = _mm512_permutex2var_ps(part[2 * i], (__m512i)index, part[2 * i + 1]);
            const I bit5 = index << 26, bit6 = index << 25;
            const F low = bit5 < 0 ? x[1] : x[0], high = bit5 < 0 ? x[3] : x[2];
            return bit6 < 0 ? high : low;
        }
    };
    // Bit i is set when lane i of the mask is.
    static RECOSCOPE_INLINE unsigned bits(I mask)
    {
        return _mm512_movepi32_mask((__m512i)mask);
    }
    // sum + bytes * values, pairwise, over 2 * lanes of them.
    static RECOSCOPE_INLINE I addBytes(I sum, const std::int8_t* bytes, const std::int16_t* values)
    {
        const __m512i wide = _mm512_cvtepi8_epi16(loadAs<__m256i>(bytes));
        return (I)_mm512_add_epi32((__m512i)sum, _mm512_madd_epi16(wide, loadAs<__m512i>(values)));
    }
    // sum + the four products of each lane's bytes, 0 .. 15, with the signed bytes of `values`.
    static RECOSCOPE_INLINE I addFours(I sum, U bytes, std::int32_t values)
    {
        return (I)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)bytes, _mm512_set1_epi32(values));
    }
    static RECOSCOPE_INLINE void multiplyWide(U a, std::uint32_t b, U& high, U& low)
    {
        const __m512i factor = _mm512_set1_epi32(static_cast<int>(b));
        const __m512i even = _mm512_mul_epu32((__m512i)a, factor);
        const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), factor);
        low = (U)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
        high = (U)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
    }
};

} // namespace recoscope::kernels::cpu
