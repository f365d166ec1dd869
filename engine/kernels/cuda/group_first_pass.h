// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The first pass of first_pass.h with products of warp groups (wgmma.h), for more queries than one tile of 32: a block
// has 64 or 128 queries, whose rows stay in shared memory, and a span of the items, of which 64 at a time are
// multiplied while the next ones are on their way. A score is compared in the register where it was made with the last
// one of its query's list; what is above goes through shared memory to the thread that keeps the list, the rest is
// never stored. The lists are those of FirstPassTiles but for the last bits of the sums.
#pragma once

#include "engine/kernels/cuda/ranking.h"
#include "engine/kernels/cuda/wgmma.h"

namespace recoscope::kernels::cuda {

template <int Groups> struct GroupFirstPass {
    static constexpr int threads = Groups * groupThreads;
    static constexpr int rows = Groups * groupSide; // queries of a block
    static constexpr int stages = 4; // tiles of items, 64 x 64 numbers
    static constexpr std::int64_t widest = 512; // numbers of a row

    RankingShape shape; // k is the length of these lists
    TileMap queries, items; // boxes of `rows` rows, of 64 rows
    std::int64_t stride;
    std::int32_t* ids; // [spans, queries, k], as scores
    float* scores;

    static std::int64_t sharedBytes(std::int64_t stride)
    {
        return stages * groupTileBytes + pieces(stride, groupSide) * rowTileBytes
            + rows * (scorePitch * sizeof(float) + masksOfRow * sizeof(std::uint32_t) + sizeof(float))
            + (stages + 1) * sizeof(std::uint64_t);
    }

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const Work work = workOf(block.index());
        const Memory memory = memoryOf(block.shared());
        const int chunks = chunksOfRow(), total = static_cast<int>(pieces(work.end - work.begin, groupSide)) * chunks;
        typename Block::GroupSums sums;
        block.phase([&](int t) {
            if (t == 0)
                startCopies(block, work, memory, smaller(stages, total));
            if (t < rows) {
                memory.bounds[t] = minusInfinity;
                if (work.firstQuery + t < shape.queries)
                    listOf(work.span, work.firstQuery + t).fill();
            }
        });
        block.groups([&](int) { block.await(memory.arrivals + stages, 0); });
        for (int c = 0; c < total; ++c) {
            block.groups([&](int g) {
                block.await(memory.arrivals + c % stages, c / stages % 2);
                multiplyChunk(block, g, c % chunks, memory, c % stages, sums);
            });
            const bool whole = (c + 1) % chunks == 0;
            const std::int64_t item = work.begin + c / chunks * groupSide;
            block.phase([&](int t) {
                if (t == 0 && c + stages < total)
                    startChunk(block, work, memory, c + stages);
                if (whole)
                    compare(t, item, work.end, sums, memory);
            });
            if (whole)
                block.phase([&](int t) {
                    if (t < rows && work.firstQuery + t < shape.queries)
                        offer(t, item, listOf(work.span, work.firstQuery + t), memory);
                });
        }
    }

private:
    static constexpr int rowTileBytes = rows * swizzleRowBytes;
    static constexpr int scorePitch = groupSide + 8; // eight rows of four threads meet in no bank
    static constexpr int masksOfRow = 4; // threads that have numbers of one row

    struct Work {
        std::int64_t firstQuery, span, begin, end; // items
    };
    struct Memory {
        char *stage, *query; // [stages] tiles; a tile of `rows` rows for each chunk of a row
        float *scores, *bounds; // [rows, scorePitch]; [rows] the last scores of the lists
        std::uint32_t* masks; // [rows, 4] bit i: number i of that row of the thread is in `scores`
        std::uint64_t* arrivals; // of the stages and of the queries
    };

    RECOSCOPE_DEVICE Work workOf(std::int64_t block) const
    {
        const std::int64_t span = block % shape.spans, begin = span * shape.spanItems;
        return {block / shape.spans * rows, span, begin, smaller(shape.items, begin + shape.spanItems)};
    }
    RECOSCOPE_DEVICE int chunksOfRow() const { return static_cast<int>(pieces(stride, groupSide)); }
    RECOSCOPE_DEVICE Memory memoryOf(char* shared) const
    {
        Memory memory{};
        memory.stage = shared;
        memory.query = memory.stage + stages * groupTileBytes;
        memory.arrivals = reinterpret_cast<std::uint64_t*>(memory.query + chunksOfRow() * rowTileBytes);
        memory.scores = reinterpret_cast<float*>(memory.arrivals + stages + 1);
        memory.bounds = memory.scores + rows * scorePitch;
        memory.masks = reinterpret_cast<std::uint32_t*>(memory.bounds + rows);
        return memory;
    }
    RECOSCOPE_DEVICE RankedList listOf(std::int64_t span, std::int64_t q) const
    {
        const std::int64_t at = (span * shape.queries + q) * shape.k;
        return shape.list(q, ids + at, scores + at);
    }

    template <class Block>
    RECOSCOPE_DEVICE void startCopies(Block& block, const Work& work, const Memory& memory, int first) const
    {
        for (int i = 0; i <= stages; ++i)
            block.startArrival(memory.arrivals + i);
        std::uint64_t* arrival = memory.arrivals + stages;
        block.expect(arrival, chunksOfRow() * rowTileBytes);
        for (int j = 0; j < chunksOfRow(); ++j)
            block.copyTile(queries, j * groupSide, work.firstQuery, memory.query + j * rowTileBytes, arrival);
        for (int c = 0; c < first; ++c)
            startChunk(block, work, memory, c);
    }
    template <class Block>
    RECOSCOPE_DEVICE void startChunk(Block& block, const Work& work, const Memory& memory, int c) const
    {
        std::uint64_t* arrival = memory.arrivals + c % stages;
        block.expect(arrival, groupTileBytes);
        block.copyTile(items, c % chunksOfRow() * groupSide, work.begin + c / chunksOfRow() * groupSide,
            memory.stage + c % stages * groupTileBytes, arrival);
    }

    // The numbers from 64 `chunk` on of all rows, where there are none in part; those past the stride are zeros.
    template <class Block>
    RECOSCOPE_DEVICE void multiplyChunk(
        Block& block, int g, int chunk, const Memory& memory, int stage, typename Block::GroupSums& sums) const
    {
        const std::uint32_t left = block.address(memory.query + chunk * rowTileBytes + g * groupTileBytes);
        const std::uint32_t right = block.address(memory.stage + stage * groupTileBytes);
        block.fence(g, sums);
        RECOSCOPE_UNROLL
        for (int k = 0; k < groupSide / groupDepth; ++k)
            block.multiplyTiles(g, sums, columnSlice(left, k), columnSlice(right, k), chunk > 0 || k > 0);
        block.commit(g);
        block.settle(g, sums);
    }

    // Number i of a thread is number 2 (i / 4) + i % 2 of one of its two rows.
    template <class Sums>
    RECOSCOPE_DEVICE void compare(int t, std::int64_t item, std::int64_t end, Sums& sums, const Memory& memory) const
    {
        const int first = t / groupThreads * groupSide + sumRow(t, 0);
        const float bounds[2]{memory.bounds[first], memory.bounds[first + 8]};
        std::uint32_t masks[2]{0, 0};
        RECOSCOPE_UNROLL
        for (int i = 0; i < sumsOfThread; ++i) {
            const int half = i / 2 % 2, column = sumColumn(t, i);
            if (item + column >= end)
                continue;
            const float product = sums(t, i), score = shape.bias ? product + shape.bias[item + column] : product;
            if (score > bounds[half]) {
                masks[half] |= 1u << (i / 4 * 2 + i % 2);
                memory.scores[(first + 8 * half) * scorePitch + column] = score;
            }
        }
        RECOSCOPE_UNROLL
        for (int half = 0; half < 2; ++half)
            memory.masks[(first + 8 * half) * masksOfRow + t % masksOfRow] = masks[half];
    }

    // In ascending order of items, as the list asks.
    RECOSCOPE_DEVICE void offer(int row, std::int64_t item, RankedList list, const Memory& memory) const
    {
        const std::uint32_t* masks = memory.masks + row * masksOfRow;
        if ((masks[0] | masks[1] | masks[2] | masks[3]) == 0)
            return;
        for (int column = 0; column < groupSide; ++column) {
            const int number = column / 8 * 2 + column % 2;
            if (masks[column % 8 / 2] >> number & 1u)
                list.offer(static_cast<std::int32_t>(item + column), memory.scores[row * scorePitch + column]);
        }
        memory.bounds[row] = list.threshold();
    }
};

// Whether the first pass of `op` can be made so, on a device that has the words.
inline bool suitsGroups(const TopKBf16Op& op)
{
    constexpr std::int64_t pieceNumbers = 16 / sizeof(Bfloat16);
    return op.top.queries > tileSide && op.top.items > 0 && op.stride <= GroupFirstPass<1>::widest
        && op.stride % pieceNumbers == 0 && reinterpret_cast<std::uintptr_t>(op.rounded) % 16 == 0;
}

// `queries` [queries, stride] the rounded ones; lists as FirstPassTiles makes them.
template <int Groups, class Launcher>
void launchGroupFirstPass(Launcher& launcher, const RankingShape& shape, const TopKBf16Op& op, const Bfloat16* queries,
    std::int32_t* ids, float* scores)
{
    using Kernel = GroupFirstPass<Groups>;
    const TileMap queryMap = launcher.tileMap({queries, shape.queries, op.stride, op.stride, Kernel::rows});
    const TileMap itemMap = launcher.tileMap({op.rounded, shape.items, op.stride, op.stride, groupSide});
    launcher.launch(Kernel{shape, queryMap, itemMap, op.stride, ids, scores},
        pieces(shape.queries, Kernel::rows) * shape.spans, Kernel::sharedBytes(op.stride));
}

} // namespace recoscope::kernels::cuda
