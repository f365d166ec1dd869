// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// No instruction beyond what the compiler assumes anyway: the language's own vectors of N lanes, no fused
// multiply-add. With 4 lanes this is the scalar path; tests run the kernels on 16 lanes with it.
#pragma once

#include "engine/kernels/cpu/simd.h"

namespace recoscope::kernels::cpu {

template <int Lanes> struct Portable : Vectors<Lanes> {
    using typename Vectors<Lanes>::F;
    using typename Vectors<Lanes>::I;
    using typename Vectors<Lanes>::U;

    // Shape of the score tile: queries x vectors of items. On sixteen lanes it is that of AVX-512.
    static constexpr int tileRows = Lanes == 16 ? 6 : 4;
    static constexpr int tileVectors = Lanes == 16 ? 4 : 2;

    template <class T> static RECOSCOPE_INLINE T fma(const T& a, const T& b, const T& c) { return a * b + c; }
    static RECOSCOPE_INLINE F sqrt(F v)
    {
        for (int i = 0; i < Lanes; ++i)
            v[i] = __builtin_sqrtf(v[i]);
        return v;
    }
    // Past the caches, where there is a way; `p` on a boundary of a vector.
    static RECOSCOPE_INLINE void stream(float* p, F v) { store<Vectors<Lanes>>(p, v); }
    static RECOSCOPE_INLINE void finishStreams() { }
    // base[index[i]] in lane i.
    static RECOSCOPE_INLINE F gather(const float* base, I index)
    {
        F v;
        for (int i = 0; i < Lanes; ++i)
            v[i] = base[index[i]];
        return v;
    }
    static RECOSCOPE_INLINE F reciprocal(F v) { return 1.0f / v; }
    using Table = GatheredTable<Portable>;
    // Bit i is set when lane i of the mask is.
    static RECOSCOPE_INLINE unsigned bits(I mask)
    {
        unsigned set = 0;
        for (int i = 0; i < Lanes; ++i)
            set |= static_cast<unsigned>(mask[i] & 1) << i;
        return set;
    }
    // sum + bytes * values, pairwise, over 2 * lanes of them.
    static RECOSCOPE_INLINE I addBytes(I sum, const std::int8_t* bytes, const std::int16_t* values)
    {
        for (int i = 0; i < Lanes; ++i)
            sum[i] += bytes[2 * i] * values[2 * i] + bytes[2 * i + 1] * values[2 * i + 1];
        return sum;
    }
    // sum + the four products of each lane's bytes, 0 .. 15, with the signed bytes of `values`.
    static RECOSCOPE_INLINE I addFours(I sum, U bytes, std::int32_t values)
    {
        for (int shift = 0; shift < 32; shift += 8)
            sum += (I)(bytes >> shift & 0xffu) * static_cast<std::int8_t>(values >> shift);
        return sum;
    }
    // High and low halves of the 64-bit products a * b.
    static RECOSCOPE_INLINE void multiplyWide(U a, std::uint32_t b, U& high, U& low)
    {
        typedef std::uint64_t W __attribute__((vector_size(8 * Lanes)));
        const W product = __builtin_convertvector(a, W) * b;
        low = __builtin_convertvector(product, U);
        high = __builtin_convertvector(product >> 32, U);
    }
};

} // namespace recoscope::kernels::cpu
