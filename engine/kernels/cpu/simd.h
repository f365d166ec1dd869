// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Vectors of a fixed number of lanes, and loops over rows of any length. The kernels of cpu/ are templates over an
// instruction set `V` (isa_*.h), compiled once per set; only what the language has no operator for differs there.
//
// These headers end up in files compiled for instructions that not every processor has. A non-template inline function,
// or one of the standard library, could be emitted from such a file and then be called by everybody: so everything here
// depends on V or is forced inline, and the bodies use no containers or algorithms.
#pragma once

#include <cstdint>
#include <utility>

#define RECOSCOPE_INLINE inline __attribute__((always_inline))

namespace recoscope::kernels::cpu {

template <int Lanes> struct Vectors {
    static constexpr int lanes = Lanes;
    typedef float F __attribute__((vector_size(4 * Lanes)));
    typedef std::int32_t I __attribute__((vector_size(4 * Lanes)));
    typedef std::uint32_t U __attribute__((vector_size(4 * Lanes)));
    typedef double D __attribute__((vector_size(8 * Lanes)));
};

// Eight lanes on every instruction set: what the canonical score order is made of (ranking_body.h).
using F8 = Vectors<8>::F;

// How much of a vector a step of rowLoop covers: all lanes, or the first `count` of the last, partial one.
struct Full { };
struct Part {
    int count;
};
template <class V> RECOSCOPE_INLINE int lanesOf(Full)
{
    return V::lanes;
}
template <class V> RECOSCOPE_INLINE int lanesOf(Part part)
{
    return part.count;
}

template <class V> RECOSCOPE_INLINE typename V::F splat(float x)
{
    return x - typename V::F{};
}

template <class T> RECOSCOPE_INLINE T loadAs(const void* p)
{
    T v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

template <class V> RECOSCOPE_INLINE typename V::F load(const float* p, Full = {})
{
    return loadAs<typename V::F>(p);
}
// Lanes past the count are zero.
template <class V> RECOSCOPE_INLINE typename V::F load(const float* p, Part part)
{
    typename V::F v{};
    for (int i = 0; i < part.count; ++i)
        v[i] = p[i];
    return v;
}
template <class V> RECOSCOPE_INLINE void store(float* p, typename V::F v, Full = {})
{
    __builtin_memcpy(p, &v, sizeof v);
}
template <class V> RECOSCOPE_INLINE void store(float* p, typename V::F v, Part part)
{
    for (int i = 0; i < part.count; ++i)
        p[i] = v[i];
}
// v, with other lanes past the count.
template <class V> RECOSCOPE_INLINE typename V::F fillRest(typename V::F v, float, Full)
{
    return v;
}
template <class V> RECOSCOPE_INLINE typename V::F fillRest(typename V::F v, float other, Part part)
{
    for (int i = part.count; i < V::lanes; ++i)
        v[i] = other;
    return v;
}

// Asks for the memory that a loop will read a few steps after the `bytes` at `now`: eight rows read side by side are no
// pattern that the processor finds by itself. Any address may be asked for.
RECOSCOPE_INLINE void prefetchAhead(const void* now, std::int64_t bytes)
{
    constexpr std::int64_t ahead = 2048, line = 64;
    for (std::int64_t at = 0; at < bytes; at += line)
        __builtin_prefetch(static_cast<const char*>(now) + ahead + at);
}

// A table of 128 floats, for instruction sets that cannot hold it in registers.
template <class V> struct GatheredTable {
    static constexpr int size = 128;
    const float* from;

    explicit RECOSCOPE_INLINE GatheredTable(const float* values)
        : from(values)
    {
    }
    RECOSCOPE_INLINE typename V::F operator[](typename V::I index) const { return V::gather(from, index); }
};

// body(i, part) for i = begin, begin + lanes, ...: Full steps and then at most one Part.
template <class V, class Body> RECOSCOPE_INLINE void rowLoop(std::int64_t begin, std::int64_t end, Body&& body)
{
    std::int64_t i = begin;
    for (; i + V::lanes <= end; i += V::lanes)
        body(i, Full{});
    if (i < end)
        body(i, Part{static_cast<int>(end - i)});
}

template <class T> RECOSCOPE_INLINE T smaller(T a, T b)
{
    return a < b ? a : b;
}
template <class T> RECOSCOPE_INLINE T larger(T a, T b)
{
    return a > b ? a : b;
}

// Lanes 0, 1, ... of a vector, for shuffles.
template <class V> using LaneSequence = std::make_integer_sequence<int, V::lanes>;

// Of the two rows, one has the lanes with `Bit` of their numbers clear and the other those with it set.
template <class V, int Bit, int... Lane>
RECOSCOPE_INLINE void exchangeLanes(typename V::F& a, typename V::F& b, std::integer_sequence<int, Lane...>)
{
    const typename V::F first = __builtin_shufflevector(a, b, (Lane & Bit ? V::lanes + Lane - Bit : Lane)...);
    b = __builtin_shufflevector(a, b, (Lane & Bit ? V::lanes + Lane : Lane + Bit)...);
    a = first;
}

// rows[i][j] and rows[j][i] change places.
template <class V, int Bit = V::lanes / 2> RECOSCOPE_INLINE void transposeSquare(typename V::F (&rows)[V::lanes])
{
#pragma GCC unroll 16
    for (int i = 0; i < V::lanes; ++i)
        if ((i & Bit) == 0)
            exchangeLanes<V, Bit>(rows[i], rows[i + Bit], LaneSequence<V>{});
    if constexpr (Bit > 1)
        transposeSquare<V, Bit / 2>(rows);
}

template <class V, int Step, int... Lane>
RECOSCOPE_INLINE typename V::F shiftLanes(typename V::F v, std::integer_sequence<int, Lane...>)
{
    return __builtin_shufflevector(v, typename V::F{}, (Lane >= Step ? Lane - Step : V::lanes)...);
}

// Lane i becomes the sum of lanes 0 .. i.
template <class V, int Step = 1> RECOSCOPE_INLINE typename V::F runningSums(typename V::F v)
{
    v += shiftLanes<V, Step>(v, LaneSequence<V>{});
    if constexpr (2 * Step < V::lanes)
        return runningSums<V, 2 * Step>(v);
    else
        return v;
}

// Sum and maximum of the lanes, by halving.
template <class V, class Join> RECOSCOPE_INLINE float joinLanes(typename V::F v, Join&& join)
{
    if constexpr (V::lanes == 16) {
        return joinLanes<Vectors<8>>(join(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                                         __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)),
            join);
    } else if constexpr (V::lanes == 8) {
        return joinLanes<Vectors<4>>(
            join(__builtin_shufflevector(v, v, 0, 1, 2, 3), __builtin_shufflevector(v, v, 4, 5, 6, 7)), join);
    } else {
        static_assert(V::lanes == 4);
        v = join(v, __builtin_shufflevector(v, v, 2, 3, 2, 3));
        v = join(v, __builtin_shufflevector(v, v, 1, 1, 1, 1));
        return v[0];
    }
}
template <class V> RECOSCOPE_INLINE float sumLanes(typename V::F v)
{
    return joinLanes<V>(
        v, [](auto a, auto b) __attribute__((always_inline)) { return a + b; });
}
template <class V> RECOSCOPE_INLINE float maxLanes(typename V::F v)
{
    return joinLanes<V>(
        v, [](auto a, auto b) __attribute__((always_inline)) { return a > b ? a : b; });
}

// Of at least one number.
template <class V> RECOSCOPE_INLINE float largestOf(const float* values, std::int64_t count)
{
    typename V::F most = splat<V>(-__builtin_inff());
    rowLoop<V>(0, count, [&](std::int64_t i, auto part) {
        const typename V::F value = fillRest<V>(load<V>(values + i, part), -__builtin_inff(), part);
        most = value > most ? value : most;
    });
    return maxLanes<V>(most);
}

} // namespace recoscope::kernels::cpu
