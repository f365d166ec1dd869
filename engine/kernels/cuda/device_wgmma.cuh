// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The words of wgmma.h on a GPU. They are instructions of compute capability 9.0 alone: code for others traps there,
// and is never launched (wgmma_choice.h).
#pragma once

#include "engine/kernels/cuda/wgmma.h"

#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define RECOSCOPE_SM90A(...) __VA_ARGS__
#else
#define RECOSCOPE_SM90A(...) __trap()
#endif

// The 32 sums of a thread as operands, and their places 0 to 31 in the text of an instruction.
#define RECOSCOPE_FOUR_SUMS(x, i) "+f"(x[i]), "+f"(x[i + 1]), "+f"(x[i + 2]), "+f"(x[i + 3])
#define RECOSCOPE_SIXTEEN_SUMS(x, i)                                                                                   \
    RECOSCOPE_FOUR_SUMS(x, i), RECOSCOPE_FOUR_SUMS(x, i + 4), RECOSCOPE_FOUR_SUMS(x, i + 8),                           \
        RECOSCOPE_FOUR_SUMS(x, i + 12)
#define RECOSCOPE_SUMS(x) RECOSCOPE_SIXTEEN_SUMS(x, 0), RECOSCOPE_SIXTEEN_SUMS(x, 16)
#define RECOSCOPE_SUM_PLACES                                                                                           \
    "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, "  \
    "%24, %25, %26, %27, %28, %29, %30, %31}"

namespace recoscope::kernels::cuda {

class DeviceGroupWords {
public:
    struct GroupSums {
        float values[sumsOfThread];
        __device__ __forceinline__ float operator()(int, int i) const { return values[i]; }
    };
    struct GroupLeft {
        std::uint32_t words[sumsOfThread / 2];
        __device__ __forceinline__ std::uint32_t& operator()(int, int w) { return words[w]; }
    };

    template <class Body> __device__ __forceinline__ void groups(Body&& body) const
    {
        body(static_cast<int>(threadIdx.x) / groupThreads);
        __syncthreads();
    }
    __device__ __forceinline__ std::uint32_t address(const void* p) const
    {
        return static_cast<std::uint32_t>(__cvta_generic_to_shared(p));
    }

    __device__ __forceinline__ void startArrival(std::uint64_t* arrival) const
    {
        // The fence shows it to the copies.
        RECOSCOPE_SM90A(asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;\n"
                                     "fence.proxy.async.shared::cta;" ::"r"(address(arrival))
                                     : "memory"));
    }
    __device__ __forceinline__ void expect(std::uint64_t* arrival, int bytes) const
    {
        RECOSCOPE_SM90A(
            asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(address(arrival)), "r"(bytes)
                         : "memory"));
    }
    __device__ __forceinline__ void copyTile(
        const TileMap& map, std::int64_t column, std::int64_t row, void* to, std::uint64_t* arrival) const
    {
        RECOSCOPE_SM90A(
            asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], "
                         "[%1, {%2, %3}], [%4];" ::"r"(address(to)),
                         "l"(&map), "r"(static_cast<std::int32_t>(column)), "r"(static_cast<std::int32_t>(row)),
                         "r"(address(arrival))
                         : "memory"));
    }
    // An arrival that never comes ends the kernel with an error, after some seconds, instead of never.
    __device__ __forceinline__ void await(std::uint64_t* arrival, int parity) const
    {
        constexpr int mostTries = 1 << 24;
        int arrived = 0;
        RECOSCOPE_ROLL
        for (int i = 0; i < mostTries && !arrived; ++i)
            RECOSCOPE_SM90A(asm volatile("{\n"
                                         ".reg .pred p;\n"
                                         "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
                                         "selp.b32 %0, 1, 0, p;\n"
                                         "}"
                                         : "=r"(arrived)
                                         : "r"(address(arrival)), "r"(parity)
                                         : "memory"));
        if (!arrived)
            __trap();
    }

    // The compiler keeps what is named here on its side of the instruction.
    template <class... Registers> __device__ __forceinline__ void fence(int, Registers&... x) const
    {
        (pin(x), ...);
        RECOSCOPE_SM90A(asm volatile("wgmma.fence.sync.aligned;" ::: "memory"));
    }
    __device__ __forceinline__ void commit(int) const
    {
        RECOSCOPE_SM90A(asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"));
    }
    template <class... Registers> __device__ __forceinline__ void settle(int, Registers&... x) const
    {
        RECOSCOPE_SM90A(asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory"));
        (pin(x), ...);
    }

    __device__ __forceinline__ void multiplyTiles(
        int, GroupSums& sums, std::uint64_t left, std::uint64_t right, bool add) const
    {
        [[maybe_unused]] float* x = sums.values;
        RECOSCOPE_SM90A(asm volatile("{\n"
                                     ".reg .pred p;\n"
                                     "setp.ne.b32 p, %34, 0;\n"
                                     "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 " RECOSCOPE_SUM_PLACES
                                     ", %32, %33, p, 1, 1, 0, 0;\n"
                                     "}"
                                     : RECOSCOPE_SUMS(x)
                                     : "l"(left), "l"(right), "r"(static_cast<int>(add))));
    }
    __device__ __forceinline__ void combine(
        int, GroupSums& sums, GroupLeft& left, int step, std::uint64_t right, bool add) const
    {
        [[maybe_unused]] float* x = sums.values;
        [[maybe_unused]] const std::uint32_t* a = left.words + 4 * step;
        RECOSCOPE_SM90A(
            asm volatile("{\n"
                         ".reg .pred p;\n"
                         "setp.ne.b32 p, %37, 0;\n"
                         "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 " RECOSCOPE_SUM_PLACES
                         ", {%32, %33, %34, %35}, %36, p, 1, 1, 1;\n"
                         "}"
                         : RECOSCOPE_SUMS(x)
                         : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(right), "r"(static_cast<int>(add))));
    }

private:
    __device__ __forceinline__ static void pin(GroupSums& x)
    {
        RECOSCOPE_UNROLL
        for (float& value : x.values)
            asm volatile("" : "+f"(value)::"memory");
    }
    __device__ __forceinline__ static void pin(GroupLeft& x)
    {
        RECOSCOPE_UNROLL
        for (std::uint32_t& word : x.words)
            asm volatile("" : "+r"(word)::"memory");
    }
};

} // namespace recoscope::kernels::cuda

#undef RECOSCOPE_SM90A
#undef RECOSCOPE_FOUR_SUMS
#undef RECOSCOPE_SIXTEEN_SUMS
#undef RECOSCOPE_SUMS
#undef RECOSCOPE_SUM_PLACES
