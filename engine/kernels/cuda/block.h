// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The language that the CUDA kernels are written in, so that the same source runs on a GPU and, block by block, in a
// plain loop on the processor, where the tests are. A kernel is a copyable struct: arguments, `threads` (a multiple of
// 32) and run(Block&). A Block (device_block.cuh; tests/engine/kernels/emulated_device.h) offers
//
//   index()                         which block this is
//   shared()                        the shared memory that the launch asked for, aligned to 1,024 bytes
//   phase(body)                     body(thread) for every thread, then a barrier
//   Private<T>                      a T for each thread that lives across phases: x(thread)
//   sum<Width>(x), most<Width>(x)   over groups of Width neighbouring threads; each of them gets the result
//   teams<Size>(bytes, body)        body(team, which) for teams of Size threads, then a barrier. A team is a Block with
//                                   an index among all teams and `bytes` of the shared memory; its phases are its own
//
// and for products of matrices, which the 32 threads of a warp make together (tensor_tiles.h):
//
//   warps(body)                     body(warp) for every warp, all its threads at once, then a barrier
//   PerWarp<T>                      a T for each warp that lives across phases: x(warp)
//   Fragment                        16 x 16 float32 sums of a warp, to be handled within warps() alone
//   left(a, pitch)                  the 16 x 16 bfloat16 numbers at `a`, rows `pitch` numbers apart
//   clear(f), store(f, to, pitch)   f = 0; the sums to a row-major array in shared memory
//   multiply<T>(f, left, b, pitch)  f += left B, B row-major at `b`, or with T its transpose
//
// Arrays of fragments start at 32 bytes in shared memory, and a pitch is a multiple of 16 bytes. Products of bfloat16
// numbers are exact in float32; the order in which the 16 of a sum are added is the hardware's, the same every time.
//
// Larger products, which four warps make together, and copies of tiles by the hardware have words of their own
// (wgmma.h).
//
// Within a phase no thread reads what another one writes. All sums are taken in an order that depends on sizes alone.
#pragma once

#include <cmath>
#include <cstdint>

#if defined(__CUDACC__)
#define RECOSCOPE_DEVICE __device__ __forceinline__
#define RECOSCOPE_BOTH __host__ __device__ __forceinline__
#define RECOSCOPE_UNROLL _Pragma("unroll")
#define RECOSCOPE_ROLL _Pragma("unroll 1")
#else
#define RECOSCOPE_DEVICE inline
#define RECOSCOPE_BOTH inline
#define RECOSCOPE_UNROLL
#define RECOSCOPE_ROLL
#endif

namespace recoscope::kernels::cuda {

constexpr int blockThreads = 128; // of every kernel here

template <class T> RECOSCOPE_BOTH constexpr T smaller(T a, T b)
{
    return b < a ? b : a;
}

template <class T> RECOSCOPE_BOTH constexpr T larger(T a, T b)
{
    return a < b ? b : a;
}

// One rounding on the GPU, two in the emulation. Nothing else is contracted (-fmad=false), so kernels that share a
// function agree bit for bit.
RECOSCOPE_DEVICE float multiplyAdd(float a, float b, float c)
{
#if defined(__CUDA_ARCH__)
    return fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

constexpr float minusInfinity = -__builtin_huge_valf();

RECOSCOPE_BOTH constexpr std::int64_t pieces(
    std::int64_t count, std::int64_t size) // of `size`, the last may be shorter
{
    return (count + size - 1) / size;
}

RECOSCOPE_BOTH bool inside(std::int64_t index, std::int64_t limit)
{
    return index >= 0 && index < limit;
}

// The last i in [0, count) with at(i) <= value; at(0) <= value and `at` never falls.
template <class At> RECOSCOPE_DEVICE std::int64_t lastNotAbove(std::int64_t count, std::int64_t value, const At& at)
{
    std::int64_t low = 0, high = count;
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (at(middle) <= value ? low : high) = middle;
    }
    return low;
}

} // namespace recoscope::kernels::cuda
