// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Sums over the rows of a matrix in a fixed order and in double, and what is done element by element.
#pragma once

#include "engine/kernels/cuda/block.h"

namespace recoscope::kernels::cuda {

// Where the summands come from: an array, or two of them multiplied.
template <class T> struct Numbers {
    const T* from;

    RECOSCOPE_DEVICE double operator()(std::int64_t i) const { return static_cast<double>(from[i]); }
};
struct ProductsOf {
    const float *a, *b;

    RECOSCOPE_DEVICE double operator()(std::int64_t i) const { return static_cast<double>(a[i]) * b[i]; }
};

// out[part] = sum of rows [part * chunk, part * chunk + chunk) of `in` [rows, width].
template <class In, class Out> struct ColumnSums {
    static constexpr int threads = blockThreads;
    static constexpr int columns = 32, groups = threads / columns;
    static constexpr std::int64_t sharedBytes = threads * sizeof(double);

    In in;
    std::int64_t rows, width, chunk;
    Out* out;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t tiles = pieces(width, columns), part = block.index() / tiles;
        const std::int64_t first = block.index() % tiles * columns, end = smaller(rows, (part + 1) * chunk);
        double* sums = reinterpret_cast<double*>(block.shared());
        block.phase([&](int t) {
            const std::int64_t column = first + t % columns;
            double sum = 0.0;
            for (std::int64_t r = part * chunk + t / columns; column < width && r < end; r += groups)
                sum += in(r * width + column);
            sums[t] = sum;
        });
        block.phase([&](int t) {
            const std::int64_t column = first + t;
            if (t >= columns || column >= width)
                return;
            double sum = sums[t];
            for (int g = 1; g < groups; ++g)
                sum += sums[g * columns + t];
            out[part * width + column] = static_cast<Out>(sum);
        });
    }
};

// out [width] = the sum of all rows.
template <class Launcher, class In>
void sumColumns(Launcher& launcher, const In& in, std::int64_t rows, std::int64_t width, float* out)
{
    constexpr std::int64_t chunk = 256;
    if (rows > chunk) {
        const std::int64_t parts = pieces(rows, chunk);
        double* partial = launcher.template temporary<double>(parts * width);
        using First = ColumnSums<In, double>;
        launcher.launch(
            First{in, rows, width, chunk, partial}, parts * pieces(width, First::columns), First::sharedBytes);
        sumColumns(launcher, Numbers<double>{partial}, parts, width, out);
        return;
    }
    using Last = ColumnSums<In, float>;
    launcher.launch(
        Last{in, rows, width, larger<std::int64_t>(rows, 1), out}, pieces(width, Last::columns), Last::sharedBytes);
}

// The sum or the largest of a number over the whole block, for each of its threads; `room` holds a number a warp.
template <class Block, class T>
RECOSCOPE_DEVICE void sumOfBlock(Block& block, typename Block::template Private<T>& x, T* room)
{
    block.template sum<32>(x);
    block.phase([&](int t) {
        if (t % 32 == 0)
            room[t / 32] = x(t);
    });
    block.phase([&](int t) {
        T total = room[0];
        for (int w = 1; w < blockThreads / 32; ++w)
            total += room[w];
        x(t) = total;
    });
}

template <class Block>
RECOSCOPE_DEVICE void mostOfBlock(Block& block, typename Block::template Private<float>& x, float* room)
{
    block.template most<32>(x);
    block.phase([&](int t) {
        if (t % 32 == 0)
            room[t / 32] = x(t);
    });
    block.phase([&](int t) {
        for (int w = 0; w < blockThreads / 32; ++w)
            x(t) = larger(x(t), room[w]);
    });
}

// body(i) for i in [0, count); the body is a struct, since kernels take no lambdas from the host.
template <class Body> struct ForEach {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t grain = 4 * threads;

    Body body;
    std::int64_t count;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t first = block.index() * grain, end = smaller(count, first + grain);
        block.phase([&](int t) {
            for (std::int64_t i = first + t; i < end; i += threads)
                body(i);
        });
    }
};

template <class Launcher, class Body> void forEach(Launcher& launcher, std::int64_t count, const Body& body)
{
    launcher.launch(ForEach<Body>{body, count}, pieces(count, ForEach<Body>::grain), 0);
}

template <class T> struct Fill {
    T* to;
    T value;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const { to[i] = value; }
};

} // namespace recoscope::kernels::cuda
