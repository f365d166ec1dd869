// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A Block (engine/kernels/cuda/block.h) whose phases are loops over its threads, and the Launcher that runs kernels on
// it; a launch while the calling thread captures its stream is kept instead. What a GPU would answer with a fault, or
// with wrong numbers now and then, is an Error.
#pragma once

#include "engine/core/error.h"
#include "engine/kernels/bfloat16.h"
#include "engine/kernels/cuda/block.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/wgmma_choice.h"
#include "tests/engine/kernels/emulated_streams.h"
#include "tests/engine/kernels/emulated_wgmma.h"

#include <algorithm>
#include <atomic>
#include <vector>

namespace recoscope::kernels {

template <int Threads> class HostBlock : public EmulatedGroups<Threads> {
public:
    template <class T> struct Private {
        T values[Threads];
        T& operator()(int t) { return values[t]; }
    };

    HostBlock(std::int64_t index, char* shared, bool backwards)
        : EmulatedGroups<Threads>(shared, backwards)
        , m_index(index)
        , m_shared(shared)
        , m_backwards(backwards)
    {
    }

    std::int64_t index() const { return m_index; }
    char* shared() const { return m_shared; }

    template <class Body> void phase(Body&& body) const
    {
        for (int i = 0; i < Threads; ++i)
            body(m_backwards ? Threads - 1 - i : i);
    }

    template <int Size, class Body> void teams(std::int64_t bytes, Body&& body) const
    {
        for (int i = 0; i < Threads / Size; ++i) {
            const int which = m_backwards ? Threads / Size - 1 - i : i;
            HostBlock<Size> team(m_index * (Threads / Size) + which, m_shared + which * bytes, m_backwards);
            body(team, which);
        }
    }

    template <int Width, class T> void sum(Private<T>& x) const
    {
        exchange<Width>(x, [](T a, T b) { return a + b; });
    }
    template <int Width> void most(Private<float>& x) const
    {
        exchange<Width>(x, [](float a, float b) { return cuda::larger(a, b); });
    }

    template <class T> struct PerWarp {
        T values[Threads / 32];
        T& operator()(int w) { return values[w]; }
    };
    struct Fragment {
        float at[16][16];
    };
    struct Left {
        const Bfloat16* first;
        int pitch;
    };

    template <class Body> void warps(Body&& body) const
    {
        for (int i = 0; i < Threads / 32; ++i)
            body(m_backwards ? Threads / 32 - 1 - i : i);
    }
    Left left(const Bfloat16* a, int pitch) const
    {
        requireAligned(a, pitch);
        return {a, pitch};
    }
    void clear(Fragment& f) const { f = {}; }
    void store(const Fragment& f, float* to, int pitch) const
    {
        requireAligned(to, pitch);
        for (int i = 0; i < 16; ++i)
            std::copy_n(f.at[i], 16, to + i * pitch);
    }
    template <bool Transposed> void multiply(Fragment& f, const Left& a, const Bfloat16* b, int pitch) const
    {
        requireAligned(b, pitch);
        for (int k = 0; k < 16; ++k)
            for (int i = 0; i < 16; ++i) {
                const float left = toFloat(a.first[i * a.pitch + k]);
                for (int j = 0; j < 16; ++j)
                    f.at[i][j] += left * toFloat(b[Transposed ? j * pitch + k : k * pitch + j]);
            }
    }

private:
    // As the lanes of a warp do: all read before any writes.
    template <int Width, class T, class Join> static void exchange(Private<T>& x, const Join& join)
    {
        for (int step = Width / 2; step > 0; step /= 2) {
            const Private<T> before = x;
            for (int t = 0; t < Threads; ++t)
                x.values[t] = join(before.values[t], before.values[t ^ step]);
        }
    }

    // What a GPU would answer with a fault (block.h).
    template <class T> void requireAligned(const T* first, int pitch) const
    {
        const std::int64_t at = reinterpret_cast<const char*>(first) - m_shared;
        if (at % 32 != 0 || pitch * sizeof(T) % 16 != 0)
            throw Error(
                ErrorKind::Resource, "a fragment of a CUDA kernel is not aligned", "this is a bug in the kernel");
    }

    std::int64_t m_index;
    char* m_shared;
    bool m_backwards;
};

class HostLauncher : public cuda::Workspace {
public:
    explicit HostLauncher(const DeviceCall& call)
        : Workspace(call)
    {
        static std::atomic<int> operations{0};
        m_backwards = !measuring() && operations++ % 2 == 1;
    }

    template <class Kernel> void launch(const Kernel& kernel, std::int64_t blocks, std::int64_t sharedBytes)
    {
        if (measuring())
            return;
        if (std::vector<EmulatedLaunch>* captured = captureOf(call().stream))
            captured->push_back([=](bool backwards) { runBlocks(kernel, blocks, sharedBytes, backwards); });
        else
            runBlocks(kernel, blocks, sharedBytes, m_backwards);
    }

    bool warpGroups() const { return !cuda::warpGroupsSwitchedOff(); }
    cuda::TileMap tileMap(const cuda::TileSource& source) const
    {
        return measuring() ? cuda::TileMap{} : emulatedTileMap(source);
    }

private:
    static constexpr char unwritten = static_cast<char>(0xFF); // every float of it is NaN

    template <class Kernel>
    static void runBlocks(const Kernel& kernel, std::int64_t blocks, std::int64_t sharedBytes, bool backwards)
    {
        std::vector<char> shared(static_cast<std::size_t>(sharedBytes));
        for (std::int64_t i = 0; i < blocks; ++i) {
            std::fill(shared.begin(), shared.end(), unwritten);
            HostBlock<Kernel::threads> block(backwards ? blocks - 1 - i : i, shared.data(), backwards);
            kernel.run(block);
            block.finish();
        }
    }

    bool m_backwards;
};

} // namespace recoscope::kernels
