// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Products of 32 x 32 tiles, which attention, cross-entropy and scores are made of. Thread t has rows t / 8 + 16 r and
// columns t % 8 + 8 c, so that the eight threads of a row are neighbours and no two of a warp ask one bank for
// different words. Every number is summed by one thread in ascending order: a product does not depend on the tile it
// falls in.
#pragma once

#include "engine/kernels/cuda/block.h"

namespace recoscope::kernels::cuda {

constexpr int tileSide = 32, tilePitch = tileSide + 1;
constexpr int tileFloats = tileSide * tilePitch; // of a tile in shared memory
constexpr int tileRows = 2, tileColumns = 4, tileRowStep = 16, tileColumnStep = 8; // of a thread

struct Tile {
    float at[tileRows][tileColumns];
};

RECOSCOPE_DEVICE int tileRow(int t, int r)
{
    return t / 8 + tileRowStep * r;
}

RECOSCOPE_DEVICE int tileColumn(int t, int c)
{
    return t % 8 + tileColumnStep * c;
}

// body(r, c, row, column) for the numbers of thread t.
template <class Body> RECOSCOPE_DEVICE void forTile(int t, Body&& body)
{
    RECOSCOPE_UNROLL
    for (int r = 0; r < tileRows; ++r)
        RECOSCOPE_UNROLL
    for (int c = 0; c < tileColumns; ++c)
        body(r, c, tileRow(t, r), tileColumn(t, c));
}

// Up to 32 rows of a matrix in device memory.
struct MatrixRows {
    const float* data;
    std::int64_t stride, count, width;
};

RECOSCOPE_DEVICE MatrixRows rowsFrom(
    const float* matrix, std::int64_t stride, std::int64_t width, std::int64_t first, std::int64_t end)
{
    return {matrix + first * stride, stride, smaller<std::int64_t>(tileSide, end - first), width};
}

// Columns [column, column + 32) of all 32 rows, zeros past either end.
RECOSCOPE_DEVICE void loadTile(const MatrixRows& m, std::int64_t column, float* to, int t)
{
    const std::int64_t d = column + t % tileSide;
    RECOSCOPE_UNROLL
    for (int r = t / tileSide; r < tileSide; r += blockThreads / tileSide)
        to[r * tilePitch + t % tileSide] = r < m.count && d < m.width ? m.data[r * m.stride + d] : 0.0f;
}

// out = a b^T; `room` holds two tiles. A and B are MatrixRows, or a kind with a loadTile() of its own.
template <class Block, class A, class B>
RECOSCOPE_DEVICE void tileProducts(
    Block& block, const A& a, const B& b, float* room, typename Block::template Private<Tile>& out)
{
    float* right = room + tileFloats;
    block.phase([&](int t) { forTile(t, [&](int r, int c, int, int) { out(t).at[r][c] = 0.0f; }); });
    for (std::int64_t d = 0; d < a.width; d += tileSide) {
        block.phase([&](int t) {
            loadTile(a, d, room, t);
            loadTile(b, d, right, t);
        });
        const int depth = static_cast<int>(smaller<std::int64_t>(tileSide, a.width - d));
        block.phase([&](int t) {
            Tile sum = out(t);
            for (int k = 0; k < depth; ++k)
                forTile(t, [&](int r, int c, int row, int column) {
                    sum.at[r][c] = multiplyAdd(room[row * tilePitch + k], right[column * tilePitch + k], sum.at[r][c]);
                });
            out(t) = sum;
        });
    }
}

// Columns [first, first + 32 * Chunks) of 32 rows.
template <int Chunks> struct Strip {
    Tile chunk[Chunks];
};

template <int Chunks, class Block>
RECOSCOPE_DEVICE void clearStrip(Block& block, typename Block::template Private<Strip<Chunks>>& sums)
{
    block.phase([&](int t) {
        RECOSCOPE_UNROLL
        for (int i = 0; i < Chunks; ++i)
            forTile(t, [&](int r, int c, int, int) { sums(t).chunk[i].at[r][c] = 0.0f; });
    });
}

// Multiplies row r of the thread.
template <int Chunks> RECOSCOPE_DEVICE void scaleRow(Strip<Chunks>& sums, int r, float factor)
{
    RECOSCOPE_UNROLL
    for (int i = 0; i < Chunks; ++i)
        RECOSCOPE_UNROLL
    for (int c = 0; c < tileColumns; ++c)
        sums.chunk[i].at[r][c] *= factor;
}

// The first column of a chunk of a strip that begins at `first`; the width or more for a chunk without columns.
template <int Chunks> RECOSCOPE_DEVICE std::int64_t chunkColumn(const MatrixRows&, std::int64_t first, int chunk)
{
    return first + chunk * tileSide;
}

// sums += weights m: weights a tile in shared memory, with a column for each row of m; `room` holds a tile. Rows may
// have a chunkColumn() of their own besides.
template <int Chunks, class Block, class Rows>
RECOSCOPE_DEVICE void addCombined(Block& block, const float* weights, const Rows& m, std::int64_t first, float* room,
    typename Block::template Private<Strip<Chunks>>& sums)
{
    const int depth = static_cast<int>(m.count);
    RECOSCOPE_UNROLL
    for (int i = 0; i < Chunks; ++i) {
        const std::int64_t begin = chunkColumn<Chunks>(m, first, i);
        if (begin >= m.width)
            continue;
        block.phase([&](int t) { loadTile(m, begin, room, t); });
        block.phase([&](int t) {
            Tile sum = sums(t).chunk[i];
            for (int k = 0; k < depth; ++k)
                forTile(t, [&](int r, int c, int row, int column) {
                    sum.at[r][c]
                        = multiplyAdd(weights[row * tilePitch + k], room[k * tilePitch + column], sum.at[r][c]);
                });
            sums(t).chunk[i] = sum;
        });
    }
}

// body(row, column of the matrix, number) for the numbers of thread t that are in it.
template <int Chunks, class Body>
RECOSCOPE_DEVICE void forStrip(
    int t, const Strip<Chunks>& sums, std::int64_t rows, std::int64_t first, std::int64_t width, Body&& body)
{
    RECOSCOPE_UNROLL
    for (int i = 0; i < Chunks; ++i)
        forTile(t, [&](int r, int c, int row, int column) {
            const std::int64_t d = first + i * tileSide + column;
            if (row < rows && d < width)
                body(row, d, sums.chunk[i].at[r][c]);
        });
}

// Calls launch(integral constant) with the number of chunks that suits a width: 2 or 8 (64 or 256 columns at a time);
// wider matrices come in groups of columns, each with a block of its own.
template <int N> struct ChunkCount {
    static constexpr int value = N;
};
template <class Launch> void withChunks(std::int64_t width, Launch&& launch)
{
    if (width <= 2 * tileSide)
        launch(ChunkCount<2>{});
    else
        launch(ChunkCount<8>{});
}

} // namespace recoscope::kernels::cuda
