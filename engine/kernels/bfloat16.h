// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// bfloat16: the upper half of a float32, so eight bits of mantissa (one of them implied) and the whole range. Values
// are stored in it and computed with in float32. Plain values, any thread, on processors and GPUs alike.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__CUDACC__)
#define RECOSCOPE_BFLOAT16_INLINE __host__ __device__ __forceinline__
#else
#define RECOSCOPE_BFLOAT16_INLINE inline __attribute__((always_inline))
#endif

namespace recoscope::kernels {

struct Bfloat16 {
    std::uint16_t bits;
};

RECOSCOPE_BFLOAT16_INLINE float toFloat(Bfloat16 x) // exact
{
    const std::uint32_t bits = static_cast<std::uint32_t>(x.bits) << 16;
#if defined(__CUDA_ARCH__)
    return __uint_as_float(bits);
#else
    return std::bit_cast<float>(bits);
#endif
}

// To the nearest, ties to the even one (IEEE 754), beyond the largest to infinity; NaN stays NaN.
RECOSCOPE_BFLOAT16_INLINE Bfloat16 toBfloat16(float x)
{
#if defined(__CUDA_ARCH__)
    const std::uint32_t bits = __float_as_uint(x);
#else
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
#endif
    const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    const std::uint32_t nearest = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16, quiet = bits >> 16 | 0x40u;
    return {static_cast<std::uint16_t>(nan ? quiet : nearest)};
}

#undef RECOSCOPE_BFLOAT16_INLINE

} // namespace recoscope::kernels
