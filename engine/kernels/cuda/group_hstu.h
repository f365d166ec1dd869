// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention of bfloat16 rows, forward, with products of warp groups (wgmma.h): 64 queries of a head by 64 keys at
// a time. Scores stay in the registers where they were made, HstuRule makes weights of them there, and rounded they are
// the left side of the product with the values. Keys and values come by the hardware, two tiles of each in turn.
// Weights and results are those of HstuTensorForward but for the last bits of the sums.
#pragma once

#include "engine/kernels/cuda/hstu_attention.h"
#include "engine/kernels/cuda/tensor_tiles.h"
#include "engine/kernels/cuda/wgmma.h"
#include "engine/kernels/hstu_bf16.h"

namespace recoscope::kernels::cuda {

// Tiles of 64 rows, numbered as those of TileGrid are.
struct GroupGrid {
    const std::int64_t *offsets, *firstQueries; // device; the second may be null
    std::int64_t sequences, rows, heads;

    std::int64_t items() const { return (rows / groupSide + sequences) * heads; }

    RECOSCOPE_DEVICE TilePlace place(std::int64_t item) const
    {
        const std::int64_t slot = item / heads;
        const auto firstSlot = [&](std::int64_t b) { return offsets[b] / groupSide + b; };
        const std::int64_t sequence = lastNotAbove(sequences, slot, firstSlot), start = offsets[sequence];
        return {start, offsets[sequence + 1] - start, (slot - firstSlot(sequence)) * groupSide, item % heads, 0,
            firstQueries ? firstQueries[sequence] : 0};
    }
};

template <int ValueTiles> struct GroupHstuForward {
    static constexpr int threads = groupThreads;
    static constexpr int stages = 2;
    static_assert(threads == blockThreads); // as HstuRule has them

    HstuRule rule;
    GroupGrid grid;
    TileMap query, key, value; // boxes of 64 rows of all heads
    int queryTiles; // of 64 columns, in the row of a head
    Bfloat16* output;

    static std::int64_t sharedBytes(int queryTiles)
    {
        return (queryTiles + stages * (queryTiles + ValueTiles)) * groupTileBytes
            + (stages + 1) * static_cast<std::int64_t>(sizeof(std::uint64_t))
            + HstuRule::tableFloats * static_cast<std::int64_t>(sizeof(float));
    }

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const TilePlace place = grid.place(block.index());
        if (place.empty())
            return;
        const Memory memory = memoryOf(block.shared());
        const int tiles = static_cast<int>(pieces(keysEnd(place), groupSide));
        typename Block::GroupSums scores, sums[ValueTiles];
        typename Block::GroupLeft weights;
        rule.prepare(block, memory.tables);
        block.phase([&](int t) {
            if (t == 0 && tiles > 0)
                startCopies(block, place, memory, smaller(stages, tiles));
        });
        for (int i = 0; i < tiles; ++i) {
            block.groups([&](int g) {
                if (i == 0)
                    block.await(memory.arrivals + stages, 0);
                block.await(memory.arrivals + i % stages, i / stages % 2);
                makeScores(block, g, memory, i % stages, scores);
            });
            block.phase([&](int t) { weigh(t, place, i * groupSide, memory.tables, scores, weights); });
            block.groups([&](int g) { addValues(block, g, memory, i % stages, weights, sums, i > 0); });
            block.phase([&](int t) {
                if (t == 0 && i + stages < tiles)
                    startTile(block, place, memory, i + stages);
            });
        }
        block.phase([&](int t) { store(t, place, sums, tiles > 0); });
    }

private:
    struct Memory {
        char *query, *stage; // a stage has the tiles of the keys, then those of the values
        std::uint64_t* arrivals; // of the stages and of the queries
        float* tables;
    };

    RECOSCOPE_DEVICE Memory memoryOf(char* shared) const
    {
        Memory memory{};
        memory.query = shared;
        memory.stage = shared + queryTiles * groupTileBytes;
        memory.arrivals = reinterpret_cast<std::uint64_t*>(memory.stage + stages * stageBytes());
        memory.tables = reinterpret_cast<float*>(memory.arrivals + stages + 1);
        return memory;
    }
    RECOSCOPE_DEVICE int stageBytes() const { return (queryTiles + ValueTiles) * groupTileBytes; }

    // The end of the keys that the rows of the tile see.
    RECOSCOPE_DEVICE std::int64_t keysEnd(const TilePlace& p) const
    {
        if (p.first + groupSide <= p.firstQuery)
            return 0;
        return rule.shape.causal ? smaller(p.length, p.first + groupSide) : p.length;
    }

    template <class Block>
    RECOSCOPE_DEVICE void startCopies(Block& block, const TilePlace& place, const Memory& memory, int first) const
    {
        for (int i = 0; i <= stages; ++i)
            block.startArrival(memory.arrivals + i);
        std::uint64_t* arrival = memory.arrivals + stages;
        block.expect(arrival, queryTiles * groupTileBytes);
        for (int j = 0; j < queryTiles; ++j)
            block.copyTile(query, (place.head * queryTiles + j) * groupSide, place.start + place.first,
                memory.query + j * groupTileBytes, arrival);
        for (int i = 0; i < first; ++i)
            startTile(block, place, memory, i);
    }
    template <class Block>
    RECOSCOPE_DEVICE void startTile(Block& block, const TilePlace& place, const Memory& memory, int i) const
    {
        std::uint64_t* arrival = memory.arrivals + i % stages;
        char* to = memory.stage + i % stages * stageBytes();
        const std::int64_t row = place.start + i * groupSide;
        block.expect(arrival, stageBytes());
        for (int j = 0; j < queryTiles; ++j)
            block.copyTile(key, (place.head * queryTiles + j) * groupSide, row, to + j * groupTileBytes, arrival);
        for (int j = 0; j < ValueTiles; ++j)
            block.copyTile(
                value, (place.head * ValueTiles + j) * groupSide, row, to + (queryTiles + j) * groupTileBytes, arrival);
    }

    template <class Block>
    RECOSCOPE_DEVICE void makeScores(
        Block& block, int g, const Memory& memory, int stage, typename Block::GroupSums& scores) const
    {
        const std::uint32_t left = block.address(memory.query);
        const std::uint32_t right = block.address(memory.stage + stage * stageBytes());
        block.fence(g, scores);
        for (int j = 0; j < queryTiles; ++j)
            RECOSCOPE_UNROLL
        for (int k = 0; k < groupSide / groupDepth; ++k)
            block.multiplyTiles(g, scores, columnSlice(left + j * groupTileBytes, k),
                columnSlice(right + j * groupTileBytes, k), j > 0 || k > 0);
        block.commit(g);
        block.settle(g, scores);
    }

    // What a row does not see, rows past the sequence among it, weighs nothing.
    template <class Sums, class Left>
    RECOSCOPE_DEVICE void weigh(
        int t, const TilePlace& place, std::int64_t key, const float* tables, Sums& scores, Left& weights) const
    {
        const auto weight = [&](int i) {
            const std::int64_t row = place.first + sumRow(t, i), column = key + sumColumn(t, i);
            return rule.shape.sees(place, row, column)
                ? rule.gradient(place, row, column, scores(t, i), 0.0f, tables).weight
                : 0.0f;
        };
        RECOSCOPE_UNROLL
        for (int w = 0; w < sumsOfThread / 2; ++w)
            weights(t, w) = leftWord(weight(2 * w), weight(2 * w + 1));
    }

    template <class Block>
    RECOSCOPE_DEVICE void addValues(Block& block, int g, const Memory& memory, int stage,
        typename Block::GroupLeft& weights, typename Block::GroupSums (&sums)[ValueTiles], bool add) const
    {
        const std::uint32_t right = block.address(memory.stage + stage * stageBytes() + queryTiles * groupTileBytes);
        RECOSCOPE_UNROLL
        for (int j = 0; j < ValueTiles; ++j)
            block.fence(g, sums[j], weights);
        RECOSCOPE_UNROLL
        for (int j = 0; j < ValueTiles; ++j)
            RECOSCOPE_UNROLL
        for (int k = 0; k < groupSide / groupDepth; ++k)
            block.combine(g, sums[j], weights, k, rowSlice(right + j * groupTileBytes, k), add || k > 0);
        block.commit(g);
        RECOSCOPE_UNROLL
        for (int j = 0; j < ValueTiles; ++j)
            block.settle(g, sums[j], weights);
    }

    // Two numbers at a time. Without `any` there were no keys.
    template <class Sums>
    RECOSCOPE_DEVICE void store(int t, const TilePlace& place, Sums (&sums)[ValueTiles], bool any) const
    {
        const std::int64_t width = rule.shape.heads * ValueTiles * groupSide;
        RECOSCOPE_UNROLL
        for (int j = 0; j < ValueTiles; ++j)
            RECOSCOPE_UNROLL
        for (int i = 0; i < sumsOfThread; i += 2) {
            const std::int64_t row = place.first + sumRow(t, i);
            if (row >= place.length)
                continue;
            const std::uint32_t pair = any ? leftWord(sums[j](t, i), sums[j](t, i + 1)) : 0;
            Bfloat16* to
                = output + (place.start + row) * width + (place.head * ValueTiles + j) * groupSide + sumColumn(t, i);
            *reinterpret_cast<std::uint32_t*>(to) = pair;
        }
    }
};

// Whether the forward of `a` can be made so, on a device that has the words: heads of 64 or 128 numbers, rows on 16
// bytes.
inline bool suitsGroups(const HstuAttentionBf16Forward& a)
{
    const auto suits = [](std::int64_t width) { return width == groupSide || width == 2 * groupSide; };
    const auto aligned = [](const Bfloat16* rows) { return reinterpret_cast<std::uintptr_t>(rows) % 16 == 0; };
    return rowsOf(a.shape.offsets) > 0 && suits(a.shape.queryDim) && suits(a.shape.valueDim)
        && a.shape.rowStride % 8 == 0 && aligned(a.query) && aligned(a.key) && aligned(a.value) && aligned(a.output);
}

template <int ValueTiles, class Launcher>
void launchGroupHstu(Launcher& launcher, const HstuAttentionBf16Forward& a, const HstuRule& rule, const TileGrid& grid)
{
    using Kernel = GroupHstuForward<ValueTiles>;
    const auto map = [&](const Bfloat16* matrix, std::int64_t width) {
        return launcher.tileMap({matrix, grid.rows, a.shape.heads * width, a.shape.rowStride, groupSide});
    };
    const GroupGrid groups{grid.offsets, grid.firstQueries, grid.sequences, grid.rows, grid.heads};
    const auto queryTiles = static_cast<int>(a.shape.queryDim / groupSide);
    launcher.launch(Kernel{rule, groups, map(a.query, a.shape.queryDim), map(a.key, a.shape.queryDim),
                        map(a.value, a.shape.valueDim), queryTiles, a.output},
        groups.items(), Kernel::sharedBytes(queryTiles));
}

} // namespace recoscope::kernels::cuda
