// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Time buckets of HSTU without a logarithm per pair. The published expression is a step function of the float nearest
// to the difference, so its steps are found once, by bisection over the floats; a quarter of an octave holds at most
// one of them (a bucket is 0.43 octaves wide). Immutable after the first call; thread-safe.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__CUDACC__)
#define RECOSCOPE_TIME_INLINE __host__ __device__ __forceinline__
#else
#define RECOSCOPE_TIME_INLINE inline __attribute__((always_inline))
#endif

namespace recoscope::kernels {

// Cell c of a float f >= 1 is its exponent and the two top bits of its mantissa, counted from 1.0: (bits >> 21) - 508.
// Bucket of f = base[c] + (f >= step[c]).
struct TimeBucketCells {
    static constexpr int cells = 264; // up to 2^66, beyond any difference of 64-bit times
    float base[cells];
    float step[cells];
};
const TimeBucketCells& timeBucketCells();

// The published expression in float32: floor(log(f) / 0.301), f >= 1.
float publishedTimeBucket(float f);

// |a - b|, at least 1, as the float the expression starts from. Always inlined: kernels of every instruction set, and
// of GPUs, use these.
RECOSCOPE_TIME_INLINE float timeDifference(std::int64_t a, std::int64_t b)
{
    const std::uint64_t ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
    const std::uint64_t difference = a > b ? ua - ub : ub - ua;
    return static_cast<float>(difference < 1 ? 1 : difference);
}

RECOSCOPE_TIME_INLINE int timeBucketCell(float f) // f >= 1
{
#if defined(__CUDA_ARCH__)
    return static_cast<int>(__float_as_uint(f) >> 21) - 508;
#else
    return static_cast<int>(std::bit_cast<std::uint32_t>(f) >> 21) - 508;
#endif
}

#undef RECOSCOPE_TIME_INLINE

} // namespace recoscope::kernels
