// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The fragments of a DeviceBlock: tensor cores (wmma, 16 x 16 x 16 bfloat16 with float32 sums) where the compiled-for
// GPU has them for bfloat16, compute capability 8.0 and above. Below that the same products by multiply-adds, the 16 x
// 16 sums spread over the lanes of the warp: lane l has columns 8 (l % 2) to 8 (l % 2) + 7 of row l / 2.
#pragma once

#include "engine/kernels/bfloat16.h"
#include "engine/kernels/cuda/block.h"

#include <type_traits>

#include <cuda_bf16.h>
#include <mma.h>

namespace recoscope::kernels::cuda {

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800

using DeviceLeft = nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, __nv_bfloat16, nvcuda::wmma::row_major>;

__device__ __forceinline__ DeviceLeft loadLeft(const Bfloat16* a, int pitch)
{
    DeviceLeft left;
    nvcuda::wmma::load_matrix_sync(left, reinterpret_cast<const __nv_bfloat16*>(a), pitch);
    return left;
}

struct DeviceFragment {
    nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> sums;

    __device__ __forceinline__ void clear() { nvcuda::wmma::fill_fragment(sums, 0.0f); }
    __device__ __forceinline__ void store(float* to, int pitch) const
    {
        nvcuda::wmma::store_matrix_sync(to, sums, pitch, nvcuda::wmma::mem_row_major);
    }
    template <bool Transposed>
    __device__ __forceinline__ void multiply(const DeviceLeft& a, const Bfloat16* b, int pitch)
    {
        using Layout = std::conditional_t<Transposed, nvcuda::wmma::col_major, nvcuda::wmma::row_major>;
        nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, __nv_bfloat16, Layout> right;
        nvcuda::wmma::load_matrix_sync(right, reinterpret_cast<const __nv_bfloat16*>(b), pitch);
        nvcuda::wmma::mma_sync(sums, a, right, sums);
    }
};

#else

struct DeviceLeft {
    const Bfloat16* first;
    int pitch;
};

__device__ __forceinline__ DeviceLeft loadLeft(const Bfloat16* a, int pitch)
{
    return {a, pitch};
}

struct DeviceFragment {
    float sums[8];

    __device__ __forceinline__ static int row() { return static_cast<int>(threadIdx.x) % 32 / 2; }
    __device__ __forceinline__ static int column() { return static_cast<int>(threadIdx.x) % 2 * 8; }

    __device__ __forceinline__ void clear()
    {
        RECOSCOPE_UNROLL
        for (int c = 0; c < 8; ++c)
            sums[c] = 0.0f;
    }
    __device__ __forceinline__ void store(float* to, int pitch) const
    {
        RECOSCOPE_UNROLL
        for (int c = 0; c < 8; ++c)
            to[row() * pitch + column() + c] = sums[c];
    }
    template <bool Transposed>
    __device__ __forceinline__ void multiply(const DeviceLeft& a, const Bfloat16* b, int pitch)
    {
        for (int k = 0; k < 16; ++k) {
            const float left = toFloat(a.first[row() * a.pitch + k]);
            RECOSCOPE_UNROLL
            for (int c = 0; c < 8; ++c) {
                const int at = Transposed ? (column() + c) * pitch + k : k * pitch + column() + c;
                sums[c] = multiplyAdd(left, toFloat(b[at]), sums[c]);
            }
        }
    }
};

#endif

} // namespace recoscope::kernels::cuda
