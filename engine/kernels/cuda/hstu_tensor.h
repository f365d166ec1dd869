// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention of bfloat16 rows with its products on tensor cores: the tiles and the order of attention.h, with
// scores, biases, buckets of time and slopes computed by HstuRule in float32. Weights and slopes are rounded to
// bfloat16 where they are multiplied; the gradients of the biases are sums of the unrounded slopes.
#pragma once

#include "engine/kernels/cuda/group_hstu.h"
#include "engine/kernels/cuda/hstu_attention.h"
#include "engine/kernels/cuda/tensor_tiles.h"

namespace recoscope::kernels::cuda {

// The rule, whose shape has no arrays here, and the rows of bfloat16.
struct HstuTensorInputs {
    HstuRule rule;
    TileGrid grid;
    const Bfloat16 *query, *key, *value, *gradOutput; // the last one of the backward

    RECOSCOPE_DEVICE Bf16Rows queries(const TilePlace& p, std::int64_t first) const
    {
        return rows(query, rule.shape.rowStride, rule.shape.queryDim, p, first);
    }
    RECOSCOPE_DEVICE Bf16Rows keys(const TilePlace& p, std::int64_t first) const
    {
        return rows(key, rule.shape.rowStride, rule.shape.queryDim, p, first);
    }
    RECOSCOPE_DEVICE Bf16Rows values(const TilePlace& p, std::int64_t first) const
    {
        return rows(value, rule.shape.rowStride, rule.shape.valueDim, p, first);
    }
    RECOSCOPE_DEVICE Bf16Rows gradOutputs(const TilePlace& p, std::int64_t first) const
    {
        return rows(gradOutput, rule.shape.heads * rule.shape.valueDim, rule.shape.valueDim, p, first);
    }
    RECOSCOPE_DEVICE PairGradient pair(const TilePlace& p, std::int64_t row, std::int64_t column, float product,
        float gradWeight, const float* tables) const
    {
        if (!rule.shape.sees(p, row, column))
            return {0.0f, 0.0f};
        return rule.gradient(p, row, column, product, gradWeight, tables);
    }

private:
    RECOSCOPE_DEVICE Bf16Rows rows(
        const Bfloat16* matrix, std::int64_t stride, std::int64_t width, const TilePlace& p, std::int64_t first) const
    {
        return {matrix + (p.start + first) * stride + p.head * width, stride,
            smaller<std::int64_t>(tileSide, p.length - first), width};
    }
};

// Bytes of shared memory for two stages, the tables of the rule and so many products in float32 and bfloat16.
constexpr std::int64_t tensorShared(int products, int rounded)
{
    return 2 * stageNumbers * sizeof(Bfloat16) + HstuRule::tableFloats * sizeof(float)
        + productNumbers * (products * sizeof(float) + rounded * sizeof(Bfloat16));
}

template <int Chunks> struct HstuTensorForward {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * stageColumns, sharedBytes = tensorShared(1, 1);

    HstuTensorInputs in;
    Bfloat16* output;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const TilePlace place = in.grid.place(block.index(), columns);
        if (place.empty())
            return;
        const AttentionShape& shape = in.rule.shape;
        SharedRoom room{block.shared()};
        Bfloat16* stages = room.take<Bfloat16>(2 * stageNumbers);
        float *scores = room.take<float>(productNumbers), *tables = room.take<float>(HstuRule::tableFloats);
        Bfloat16* weights = room.take<Bfloat16>(productNumbers);
        FragmentStrips<Block, Chunks> sums;
        in.rule.prepare(block, tables);
        clearStrips<Chunks>(block, sums);
        for (std::int64_t key = 0; key < shape.keysEnd(place); key += tileSide) {
            tensorProducts(block, in.queries(place, place.first), in.keys(place, key), stages, scores);
            block.phase([&](int t) {
                forTile(t, [&](int, int, int row, int column) {
                    const int at = row * productPitch + column;
                    weights[at]
                        = toBfloat16(in.pair(place, place.first + row, key + column, scores[at], 0.0f, tables).weight);
                });
            });
            addTensorCombined<Chunks>(block, weights, in.values(place, key), place.column, stages, sums);
        }
        const std::int64_t row = place.start + place.first;
        storeStrips<Chunks>(block, sums, place.length - place.first, place.column, shape.valueDim,
            output + (row * shape.heads + place.head) * shape.valueDim, shape.heads * shape.valueDim,
            reinterpret_cast<float*>(stages));
    }
};

// As AttentionQueryGradient: block b takes the tiles b, b + blocks, ...
template <int Chunks> struct HstuTensorQueryGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * stageColumns,
                                  sharedBytes
        = tensorShared(2, 1) + tileFloats * static_cast<std::int64_t>(sizeof(float));

    HstuTensorInputs in;
    std::int64_t items, blocks;
    Bfloat16* gradQuery;
    std::int64_t gradStride;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        SharedRoom room{block.shared()};
        Memory memory{};
        memory.stages = room.take<Bfloat16>(2 * stageNumbers);
        memory.scores = room.take<float>(productNumbers);
        memory.gradients = room.take<float>(productNumbers);
        memory.rounded = room.take<Bfloat16>(productNumbers);
        memory.slopes = room.take<float>(tileFloats);
        memory.tables = room.take<float>(HstuRule::tableFloats);
        in.rule.prepare(block, memory.tables);
        for (std::int64_t item = block.index(); item < items; item += blocks) {
            const TilePlace place = in.grid.place(item, columns);
            if (!place.empty())
                oneTile(block, place, memory);
        }
    }

private:
    struct Memory {
        Bfloat16 *stages, *rounded;
        float *scores, *gradients, *slopes, *tables;
    };

    template <class Block>
    RECOSCOPE_DEVICE void oneTile(Block& block, const TilePlace& place, const Memory& memory) const
    {
        const AttentionShape& shape = in.rule.shape;
        FragmentStrips<Block, Chunks> sums;
        clearStrips<Chunks>(block, sums);
        for (std::int64_t key = 0; key < shape.keysEnd(place); key += tileSide) {
            const Bf16Rows keys = in.keys(place, key);
            tensorProducts(block, in.queries(place, place.first), keys, memory.stages, memory.scores);
            tensorProducts(
                block, in.gradOutputs(place, place.first), in.values(place, key), memory.stages, memory.gradients);
            block.phase([&](int t) {
                forTile(t, [&](int, int, int row, int column) {
                    const int at = row * productPitch + column;
                    const float slope = in.pair(place, place.first + row, key + column, memory.scores[at],
                                              memory.gradients[at], memory.tables)
                                            .score;
                    memory.rounded[at] = toBfloat16(slope * shape.scale);
                    memory.slopes[row * tilePitch + column] = slope;
                });
            });
            addTensorCombined<Chunks>(block, memory.rounded, keys, place.column, memory.stages, sums);
            if (place.column == 0)
                in.rule.addBias(block, place, key, memory.slopes, memory.tables);
        }
        storeStrips<Chunks>(block, sums, place.length - place.first, place.column, shape.queryDim,
            gradQuery + (place.start + place.first) * gradStride + place.head * shape.queryDim, gradStride,
            reinterpret_cast<float*>(memory.stages));
    }
};

template <int Chunks> struct HstuTensorKeyGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * stageColumns, sharedBytes = tensorShared(2, 2);

    HstuTensorInputs in;
    Bfloat16 *gradKey, *gradValue;
    std::int64_t gradStride;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const TilePlace place = in.grid.place(block.index(), columns);
        if (place.empty())
            return;
        const AttentionShape& shape = in.rule.shape;
        SharedRoom room{block.shared()};
        Bfloat16* stages = room.take<Bfloat16>(2 * stageNumbers);
        float *scores = room.take<float>(productNumbers), *gradients = room.take<float>(productNumbers);
        float* tables = room.take<float>(HstuRule::tableFloats);
        Bfloat16 *weights = room.take<Bfloat16>(productNumbers), *slopes = room.take<Bfloat16>(productNumbers);
        FragmentStrips<Block, Chunks> keySums, valueSums;
        in.rule.prepare(block, tables);
        clearStrips<Chunks>(block, keySums);
        clearStrips<Chunks>(block, valueSums);
        for (std::int64_t query = shape.queriesBegin(place); query < place.length; query += tileSide) {
            const Bf16Rows queries = in.queries(place, query), gradOutputs = in.gradOutputs(place, query);
            tensorProducts(block, in.keys(place, place.first), queries, stages, scores);
            tensorProducts(block, in.values(place, place.first), gradOutputs, stages, gradients);
            block.phase([&](int t) {
                forTile(t, [&](int, int, int row, int column) {
                    const int at = row * productPitch + column;
                    const PairGradient pair
                        = in.pair(place, query + column, place.first + row, scores[at], gradients[at], tables);
                    weights[at] = toBfloat16(pair.weight);
                    slopes[at] = toBfloat16(pair.score * shape.scale);
                });
            });
            addTensorCombined<Chunks>(block, weights, gradOutputs, place.column, stages, valueSums);
            addTensorCombined<Chunks>(block, slopes, queries, place.column, stages, keySums);
        }
        const std::int64_t rows = place.length - place.first, at = (place.start + place.first) * gradStride;
        storeStrips<Chunks>(block, keySums, rows, place.column, shape.queryDim,
            gradKey + at + place.head * shape.queryDim, gradStride, reinterpret_cast<float*>(stages));
        storeStrips<Chunks>(block, valueSums, rows, place.column, shape.valueDim,
            gradValue + at + place.head * shape.valueDim, gradStride, reinterpret_cast<float*>(stages));
    }
};

// Calls launch(integral constant) with the number of chunks that suits a width, 1 or 4 (64 or 256 columns a block).
template <class Launch> void withStageChunks(std::int64_t width, Launch&& launch)
{
    if (width <= stageColumns)
        launch(ChunkCount<1>{});
    else
        launch(ChunkCount<4>{});
}

template <class Launcher>
HstuTensorInputs hstuTensorInputs(
    const Launcher& launcher, const HstuAttentionBf16Forward& a, const Bfloat16* gradOutput)
{
    return {hstuRule(a.shape, nullptr), tileGrid(launcher, a.shape), a.query, a.key, a.value, gradOutput};
}

template <class Launcher> void hstuAttentionBf16Forward(Launcher& launcher, const HstuAttentionBf16Forward& a)
{
    HstuTensorInputs in = hstuTensorInputs(launcher, a, nullptr);
    if (suitsGroups(a) && launcher.warpGroups())
        return a.shape.valueDim == groupSide ? launchGroupHstu<1>(launcher, a, in.rule, in.grid)
                                             : launchGroupHstu<2>(launcher, a, in.rule, in.grid);
    withStageChunks(a.shape.valueDim, [&](auto chunks) {
        using Kernel = HstuTensorForward<chunks.value>;
        in.grid.groups = pieces(a.shape.valueDim, Kernel::columns);
        launcher.launch(Kernel{in, a.output}, in.grid.items(), Kernel::sharedBytes);
    });
}

template <class Launcher> void hstuAttentionBf16Backward(Launcher& launcher, const HstuAttentionBf16Backward& b)
{
    const HstuAttentionForward& shape = b.forward.shape;
    HstuTensorInputs in = hstuTensorInputs(launcher, b.forward, b.gradOutput);
    const std::int64_t blocks = prepareBiasSums(launcher, shape, in.grid, in.rule);
    const std::int64_t widest = larger(shape.queryDim, shape.valueDim);
    withStageChunks(widest, [&](auto chunks) {
        using Queries = HstuTensorQueryGradient<chunks.value>;
        using Keys = HstuTensorKeyGradient<chunks.value>;
        in.grid.groups = pieces(shape.queryDim, Queries::columns);
        const std::int64_t items = in.grid.items(), used = blocks > 0 ? smaller(blocks, items) : items;
        launcher.launch(Queries{in, items, used, b.gradQuery, b.gradStride}, used, Queries::sharedBytes);
        in.grid.groups = pieces(widest, Keys::columns);
        launcher.launch(Keys{in, b.gradKey, b.gradValue, b.gradStride}, in.grid.items(), Keys::sharedBytes);
    });
    addBiasSums(launcher, shape, in.rule, blocks, b.gradPositionBias, b.gradTimeBias);
}

} // namespace recoscope::kernels::cuda
