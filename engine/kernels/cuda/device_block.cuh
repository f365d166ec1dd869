// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A Block (block.h) that is a thread block of the GPU, and the Launcher that starts kernels on a stream.
#pragma once

#include "engine/kernels/cuda/block.h"
#include "engine/kernels/cuda/device_fragment.cuh"
#include "engine/kernels/cuda/device_wgmma.cuh"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/wgmma_choice.h"

#include <limits>
#include <string>

#include <cuda_runtime_api.h>

namespace recoscope::kernels::cuda {

extern __shared__ __align__(1024) float4 sharedMemory[];

class DeviceThreads : public DeviceGroupWords {
public:
    template <class T> struct Private {
        T value;
        __device__ __forceinline__ T& operator()(int) { return value; }
    };

    // The partners of a step add the same two numbers, so all threads of a group end with the same bits.
    template <int Width, class T> __device__ __forceinline__ void sum(Private<T>& x) const
    {
        for (int step = Width / 2; step > 0; step /= 2)
            x.value += __shfl_xor_sync(0xffffffffu, x.value, step);
    }
    template <int Width> __device__ __forceinline__ void most(Private<float>& x) const
    {
        for (int step = Width / 2; step > 0; step /= 2)
            x.value = larger(x.value, __shfl_xor_sync(0xffffffffu, x.value, step));
    }

    template <class T> struct PerWarp {
        T value;
        __device__ __forceinline__ T& operator()(int) { return value; }
    };
    using Fragment = DeviceFragment;

    template <class Body> __device__ __forceinline__ void warps(Body&& body) const
    {
        body(static_cast<int>(threadIdx.x) / 32);
        __syncthreads();
    }
    __device__ __forceinline__ DeviceLeft left(const Bfloat16* a, int pitch) const { return loadLeft(a, pitch); }
    __device__ __forceinline__ void clear(Fragment& f) const { f.clear(); }
    __device__ __forceinline__ void store(const Fragment& f, float* to, int pitch) const { f.store(to, pitch); }
    template <bool Transposed>
    __device__ __forceinline__ void multiply(Fragment& f, const DeviceLeft& a, const Bfloat16* b, int pitch) const
    {
        f.multiply<Transposed>(a, b, pitch);
    }
};

// Some neighbouring warps of a block, with a barrier of their own; number 0 is that of the whole block.
template <int Threads> class DeviceTeam : public DeviceThreads {
public:
    __device__ __forceinline__ DeviceTeam(int which, std::int64_t bytes)
        : m_which(which)
        , m_shared(reinterpret_cast<char*>(sharedMemory) + which * bytes)
    {
    }

    __device__ __forceinline__ std::int64_t index() const
    {
        return static_cast<std::int64_t>(blockIdx.x) * (blockDim.x / Threads) + m_which;
    }
    __device__ __forceinline__ char* shared() const { return m_shared; }

    template <class Body> __device__ __forceinline__ void phase(Body&& body) const
    {
        body(static_cast<int>(threadIdx.x) % Threads);
        asm volatile("bar.sync %0, %1;" ::"r"(m_which + 1), "n"(Threads) : "memory");
    }

private:
    int m_which;
    char* m_shared;
};

template <int Threads> class DeviceBlock : public DeviceThreads {
public:
    static_assert(Threads % 32 == 0);

    __device__ __forceinline__ std::int64_t index() const { return blockIdx.x; }
    __device__ __forceinline__ char* shared() const { return reinterpret_cast<char*>(sharedMemory); }

    template <class Body> __device__ __forceinline__ void phase(Body&& body) const
    {
        body(static_cast<int>(threadIdx.x));
        __syncthreads();
    }

    template <int Size, class Body> __device__ __forceinline__ void teams(std::int64_t bytes, Body&& body) const
    {
        static_assert(Size % 32 == 0 && Threads % Size == 0 && Threads / Size < 16);
        const int which = static_cast<int>(threadIdx.x) / Size;
        DeviceTeam<Size> team(which, bytes);
        body(team, which);
        __syncthreads();
    }
};

template <class Kernel>
__global__ void __launch_bounds__(Kernel::threads) runKernel(const __grid_constant__ Kernel kernel)
{
    DeviceBlock<Kernel::threads> block;
    kernel.run(block);
}

inline void requireCuda(cudaError_t status, const char* what)
{
    if (status != cudaSuccess)
        throw Error(ErrorKind::Resource, std::string(what) + ": " + cudaGetErrorString(status),
            "see 'recoscope-cli doctor'; --device cpu always works");
}

class StreamLauncher : public Workspace {
public:
    using Workspace::Workspace;

    template <class Kernel> void launch(const Kernel& kernel, std::int64_t blocks, std::int64_t sharedBytes)
    {
        constexpr std::int64_t sharedWithoutAsking = 48 * 1024;
        if (measuring() || blocks == 0)
            return;
        if (blocks > std::numeric_limits<std::int32_t>::max())
            throw Error(ErrorKind::Usage, "the arguments of a CUDA operation need more than 2^31 - 1 blocks",
                "give it less at a time");
        if (sharedBytes > sharedWithoutAsking)
            requireCuda(cudaFuncSetAttribute(runKernel<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                            static_cast<int>(sharedBytes)),
                "a CUDA kernel needs more shared memory than the device has");
        runKernel<Kernel><<<static_cast<unsigned>(blocks), Kernel::threads, static_cast<std::size_t>(sharedBytes),
            static_cast<cudaStream_t>(call().stream)>>>(kernel);
        requireCuda(cudaGetLastError(), "a CUDA kernel did not start");
    }

    // Whether kernels of warp groups (wgmma.h) may be launched on the current device.
    bool warpGroups() const { return warpGroupsOfDevice().used; }
    TileMap tileMap(const TileSource& source) const { return measuring() ? TileMap{} : deviceTileMap(source); }
};

} // namespace recoscope::kernels::cuda
