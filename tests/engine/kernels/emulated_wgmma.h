// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The words of engine/kernels/cuda/wgmma.h on the processor. Descriptors, the swizzle and the layouts of registers are
// decoded as the PTX ISA has them, without help of the kernels' own functions. Everything asynchronous happens as late
// as it may: a copy when somebody awaits it, a product when its group settles. Error{Resource} for whatever a GPU would
// answer with wrong numbers: products of what has not arrived, copies over what is multiplied, registers touched before
// they are settled or multiplied without a fence, an arrival that never comes, and work left when a block ends.
#pragma once

#include "engine/kernels/cuda/wgmma.h"

#include <map>
#include <vector>

namespace recoscope::kernels {

cuda::TileMap emulatedTileMap(const cuda::TileSource& source);

[[noreturn]] void wrongKernel(const char* what);

struct EmulatedRegisterState {
    bool fenced = false;
    int products = 0; // that are not settled
};

template <class T, int Count, int Threads> class EmulatedRegisters {
public:
    T& operator()(int t, int i)
    {
        touch(t);
        return m_values[t][i];
    }
    T* ofGroup(int group) { return m_values[group * cuda::groupThreads]; } // [128, Count]
    EmulatedRegisterState& state(int group) { return m_states[group]; }

private:
    void touch(int t)
    {
        EmulatedRegisterState& state = m_states[t / cuda::groupThreads];
        if (state.products > 0)
            wrongKernel("registers of products that are not settled are touched");
        state.fenced = false;
    }

    T m_values[Threads][Count];
    EmulatedRegisterState m_states[(Threads + cuda::groupThreads - 1) / cuda::groupThreads];
};

// Of one block; `shared` is its shared memory.
class EmulatedAsync {
public:
    explicit EmulatedAsync(char* shared)
        : m_shared(shared)
    {
    }

    std::uint32_t address(const void* p) const;
    void startArrival(std::uint64_t* arrival);
    void expect(std::uint64_t* arrival, int bytes);
    void copyTile(const cuda::TileMap& map, std::int64_t column, std::int64_t row, void* to, std::uint64_t* arrival);
    void await(std::uint64_t* arrival, int parity);
    void commit(int group);
    void finish() const;

protected:
    struct Operand {
        float numbers[cuda::groupSide][cuda::groupDepth];
    };
    struct Product {
        int group;
        float* sums; // [128, 32]
        EmulatedRegisterState* sumState;
        const std::uint32_t* left; // [128, 16] or null: `leftTile`
        EmulatedRegisterState* leftState;
        int step;
        std::uint64_t leftTile, rightTile;
        bool rightByRows, add, committed;
    };
    void issue(const Product& product);
    void settleGroup(int group);

private:
    struct Copy {
        const std::uint64_t* arrival;
        cuda::TileSource from;
        std::int64_t column, row;
        char* to;

        std::int64_t bytes() const;
        bool meets(const char* begin, const char* end) const;
    };
    struct Arrival {
        bool arrived = false;
        std::int64_t bytes = 0;
        int phase = 0;
    };
    struct Range {
        char *begin, *end;
    };

    Arrival& find(const std::uint64_t* arrival);
    Range tileOf(std::uint64_t descriptor, bool byRows) const;
    Operand readTile(std::uint64_t descriptor, bool byRows) const;
    void requireThere(const Range& range) const;
    void carryOut(const Product& product) const;

    char* m_shared;
    std::map<const std::uint64_t*, Arrival> m_arrivals;
    std::vector<Copy> m_copies;
    std::vector<Product> m_products;
};

template <int Threads> class EmulatedGroups : public EmulatedAsync {
public:
    using GroupSums = EmulatedRegisters<float, cuda::sumsOfThread, Threads>;
    using GroupLeft = EmulatedRegisters<std::uint32_t, cuda::sumsOfThread / 2, Threads>;

    EmulatedGroups(char* shared, bool backwards)
        : EmulatedAsync(shared)
        , m_backwards(backwards)
    {
    }

    template <class Body> void groups(Body&& body) const
    {
        constexpr int count = Threads / cuda::groupThreads;
        for (int i = 0; i < count; ++i)
            body(m_backwards ? count - 1 - i : i);
    }
    template <class... Registers> void fence(int group, Registers&... x) const
    {
        ((x.state(group).fenced = true), ...);
    }
    template <class... Registers> void settle(int group, Registers&...) { settleGroup(group); }
    void multiplyTiles(int group, GroupSums& sums, std::uint64_t left, std::uint64_t right, bool add)
    {
        issue({group, sums.ofGroup(group), &sums.state(group), nullptr, nullptr, 0, left, right, false, add, false});
    }
    void combine(int group, GroupSums& sums, GroupLeft& left, int step, std::uint64_t right, bool add)
    {
        issue({group, sums.ofGroup(group), &sums.state(group), left.ofGroup(group), &left.state(group), step, 0, right,
            true, add, false});
    }

private:
    bool m_backwards;
};

} // namespace recoscope::kernels
