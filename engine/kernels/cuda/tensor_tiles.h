// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Products of tiles of 32 rows of bfloat16 by the warps of a block (block.h: warps, Fragment, multiply): a product of
// 32 x 32 is four fragments of 16 x 16, one for each warp, and of a strip of 64 columns each warp has two side by side.
// Rows are staged in shared memory with zeros past either end, so that any width and any number of rows will do. Sums
// are float32 and in an order that depends on sizes alone.
#pragma once

#include "engine/kernels/bfloat16.h"
#include "engine/kernels/cuda/tiles.h"

namespace recoscope::kernels::cuda {

constexpr int fragmentSide = 16;
constexpr int stageColumns = 64;
// Numbers between rows in shared memory: whole pieces of 16 bytes, as fragments ask, but not a whole round of banks.
constexpr int stagePitch = stageColumns + 8, productPitch = tileSide + 8;
constexpr int stageNumbers = tileSide * stagePitch, productNumbers = tileSide * productPitch;

// Hands out shared memory, in order; every array here is a multiple of 32 bytes long and so starts at one.
struct SharedRoom {
    char* at;

    template <class T> RECOSCOPE_DEVICE T* take(int count)
    {
        T* array = reinterpret_cast<T*>(at);
        at += count * static_cast<int>(sizeof(T));
        return array;
    }
};

// Up to 32 rows of a matrix in device memory.
struct Bf16Rows {
    const Bfloat16* data;
    std::int64_t stride, count, width;

    // Whether all rows start, and the matrix ends, at 16 bytes.
    RECOSCOPE_DEVICE bool aligned() const
    {
        return (reinterpret_cast<std::uintptr_t>(data) % 16 == 0) && stride % 8 == 0 && width % 8 == 0;
    }
};

struct alignas(16) EightNumbers {
    std::uint32_t words[4];
};

// Columns from `column` on that a stage of the matrix has, whole fragments of them.
RECOSCOPE_DEVICE int stagedColumns(const Bf16Rows& m, std::int64_t column)
{
    return static_cast<int>(pieces(smaller<std::int64_t>(stageColumns, m.width - column), fragmentSide) * fragmentSide);
}

// Those columns of all 32 rows.
RECOSCOPE_DEVICE void loadStage(const Bf16Rows& m, std::int64_t column, Bfloat16* to, int t)
{
    const int columns = stagedColumns(m, column);
    if (m.aligned()) {
        for (int i = t; i < tileSide * columns / 8; i += blockThreads) {
            const int row = i / (columns / 8), d = i % (columns / 8) * 8;
            EightNumbers numbers{};
            if (row < m.count && column + d < m.width)
                numbers = *reinterpret_cast<const EightNumbers*>(m.data + row * m.stride + column + d);
            *reinterpret_cast<EightNumbers*>(to + row * stagePitch + d) = numbers;
        }
        return;
    }
    for (int i = t; i < tileSide * columns; i += blockThreads) {
        const int row = i / columns, d = i % columns;
        const bool there = row < m.count && column + d < m.width;
        to[row * stagePitch + d] = there ? m.data[row * m.stride + column + d] : Bfloat16{0};
    }
}

// Where the fragment of a warp starts in a product.
RECOSCOPE_DEVICE int fragmentRow(int warp)
{
    return warp / 2 * fragmentSide;
}
RECOSCOPE_DEVICE int fragmentColumn(int warp)
{
    return warp % 2 * fragmentSide;
}

// out = a b^T, [32, productPitch] in shared memory; `stages` holds two of them.
template <class Block>
RECOSCOPE_DEVICE void tensorProducts(Block& block, const Bf16Rows& a, const Bf16Rows& b, Bfloat16* stages, float* out)
{
    Bfloat16* right = stages + stageNumbers;
    typename Block::template PerWarp<typename Block::Fragment> sums;
    block.warps([&](int w) { block.clear(sums(w)); });
    for (std::int64_t d = 0; d < a.width; d += stageColumns) {
        block.phase([&](int t) {
            loadStage(a, d, stages, t);
            loadStage(b, d, right, t);
        });
        block.warps([&](int w) {
            for (int k = 0; k < stagedColumns(a, d); k += fragmentSide)
                block.template multiply<true>(sums(w), block.left(stages + fragmentRow(w) * stagePitch + k, stagePitch),
                    right + fragmentColumn(w) * stagePitch + k, stagePitch);
        });
    }
    block.warps(
        [&](int w) { block.store(sums(w), out + fragmentRow(w) * productPitch + fragmentColumn(w), productPitch); });
}

// What a warp has of 32 rows and the columns [first, first + 64 * Chunks): 16 rows of 32 columns of each chunk.
template <class Block, int Chunks> struct FragmentStrip {
    typename Block::Fragment at[Chunks][2];
};
template <class Block, int Chunks>
using FragmentStrips = typename Block::template PerWarp<FragmentStrip<Block, Chunks>>;

template <int Chunks, class Block> RECOSCOPE_DEVICE void clearStrips(Block& block, FragmentStrips<Block, Chunks>& sums)
{
    block.warps([&](int w) {
        RECOSCOPE_UNROLL
        for (int i = 0; i < Chunks; ++i)
            RECOSCOPE_UNROLL
        for (int c = 0; c < 2; ++c)
            block.clear(sums(w).at[i][c]);
    });
}

// sums += weights m: weights [32, productPitch] in shared memory, with a column for each row of m.
template <int Chunks, class Block>
RECOSCOPE_DEVICE void addTensorCombined(Block& block, const Bfloat16* weights, const Bf16Rows& m, std::int64_t first,
    Bfloat16* stage, FragmentStrips<Block, Chunks>& sums)
{
    RECOSCOPE_UNROLL
    for (int i = 0; i < Chunks; ++i) {
        const std::int64_t column = first + i * stageColumns;
        if (column >= m.width)
            continue;
        block.phase([&](int t) { loadStage(m, column, stage, t); });
        block.warps([&](int w) {
            RECOSCOPE_UNROLL
            for (int k = 0; k < tileSide; k += fragmentSide) {
                const auto left = block.left(weights + fragmentRow(w) * productPitch + k, productPitch);
                RECOSCOPE_UNROLL
                for (int c = 0; c < 2; ++c) {
                    const int d = 2 * fragmentColumn(w) + c * fragmentSide;
                    if (d < stagedColumns(m, column))
                        block.template multiply<false>(sums(w).at[i][c], left, stage + k * stagePitch + d, stagePitch);
                }
            }
        });
    }
}

// Rounds the sums into row `row`, column `d` of rows that are `stride` numbers apart; `room` [32, stagePitch] floats.
template <int Chunks, class Block>
RECOSCOPE_DEVICE void storeStrips(Block& block, FragmentStrips<Block, Chunks>& sums, std::int64_t rows,
    std::int64_t first, std::int64_t width, Bfloat16* to, std::int64_t stride, float* room)
{
    RECOSCOPE_UNROLL
    for (int i = 0; i < Chunks; ++i) {
        const std::int64_t column = first + i * stageColumns;
        if (column >= width)
            continue;
        block.warps([&](int w) {
            RECOSCOPE_UNROLL
            for (int c = 0; c < 2; ++c)
                block.store(sums(w).at[i][c],
                    room + fragmentRow(w) * stagePitch + 2 * fragmentColumn(w) + c * fragmentSide, stagePitch);
        });
        block.phase([&](int t) {
            const std::int64_t d = column + t % stageColumns;
            for (int row = t / stageColumns; row < tileSide; row += blockThreads / stageColumns)
                if (row < rows && d < width)
                    to[row * stride + d] = toBfloat16(room[row * stagePitch + t % stageColumns]);
        });
    }
}

} // namespace recoscope::kernels::cuda
