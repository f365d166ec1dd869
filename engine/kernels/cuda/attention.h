// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Attention over packed sequences, softmax and HSTU alike, in tiles of 32 queries by 32 keys: no matrix of scores
// leaves the chip. What makes a weight of a score is a Rule (softmax_attention.h, hstu_attention.h). The backward makes
// the scores again, once for the gradient of the queries and once for that of keys and values, so that every gradient
// has one owner and nothing is added by two blocks.
#pragma once

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"
#include "engine/kernels/cuda/tiles.h"

namespace recoscope::kernels::cuda {

// 32 rows of one head of a sequence, and the first column of what is made of them.
struct TilePlace {
    std::int64_t start, length, first, head, column, firstQuery;

    RECOSCOPE_DEVICE bool empty() const { return first >= length; }
};

// All tiles of a batch. Tile i of sequence b has number offsets[b] / 32 + b + i, so that the device finds it in the
// offsets, and their number depends on the sizes alone; some numbers have no tile.
struct TileGrid {
    const std::int64_t *offsets, *firstQueries; // device; the second may be null
    std::int64_t sequences, rows, heads, groups;

    std::int64_t items() const { return (rows / tileSide + sequences) * heads * groups; }

    RECOSCOPE_DEVICE TilePlace place(std::int64_t item, std::int64_t columnsOfGroup) const
    {
        const std::int64_t slot = item / (heads * groups);
        const auto firstSlot = [&](std::int64_t b) { return offsets[b] / tileSide + b; };
        const std::int64_t sequence = lastNotAbove(sequences, slot, firstSlot), start = offsets[sequence];
        return {start, offsets[sequence + 1] - start, (slot - firstSlot(sequence)) * tileSide, item / groups % heads,
            item % groups * columnsOfGroup, firstQueries ? firstQueries[sequence] : 0};
    }
};

// What the two kinds of attention have in common. Pointers as in ops.h.
struct AttentionShape {
    const float *query, *key, *value;
    std::int64_t rowStride, heads, queryDim, valueDim;
    float scale;
    bool causal;
    const float* gradOutput; // of the backward

    RECOSCOPE_DEVICE MatrixRows queries(const TilePlace& p, std::int64_t first) const
    {
        return rowsFrom(query + p.start * rowStride + p.head * queryDim, rowStride, queryDim, first, p.length);
    }
    RECOSCOPE_DEVICE MatrixRows keys(const TilePlace& p, std::int64_t first) const
    {
        return rowsFrom(key + p.start * rowStride + p.head * queryDim, rowStride, queryDim, first, p.length);
    }
    RECOSCOPE_DEVICE MatrixRows values(const TilePlace& p, std::int64_t first) const
    {
        return rowsFrom(value + p.start * rowStride + p.head * valueDim, rowStride, valueDim, first, p.length);
    }
    RECOSCOPE_DEVICE MatrixRows gradOutputs(const TilePlace& p, std::int64_t first) const
    {
        return rowsFrom(
            gradOutput + (p.start * heads + p.head) * valueDim, heads * valueDim, valueDim, first, p.length);
    }
    // The end of the keys that rows [first, first + 32) see, and the first tile of rows that see keys from `first` on.
    RECOSCOPE_DEVICE std::int64_t keysEnd(const TilePlace& p) const
    {
        if (p.first + tileSide <= p.firstQuery)
            return 0;
        return causal ? smaller(p.length, p.first + tileSide) : p.length;
    }
    RECOSCOPE_DEVICE std::int64_t queriesBegin(const TilePlace& p) const
    {
        return larger(causal ? p.first : 0, p.firstQuery / tileSide * tileSide);
    }
    RECOSCOPE_DEVICE bool sees(const TilePlace& p, std::int64_t row, std::int64_t column) const
    {
        return row < p.length && row >= p.firstQuery && column < p.length && (column <= row || !causal);
    }
};

// body(row, column of the head, number) for a gradient of the queries or keys of a tile.
template <int Chunks, class Body>
RECOSCOPE_DEVICE void forHead(
    const AttentionShape& shape, int t, const Strip<Chunks>& sums, const TilePlace& place, Body&& body)
{
    forStrip(t, sums, place.length - place.first, place.column, shape.queryDim, body);
}

struct PairGradient {
    float weight, score; // the weight of the value, dL/d(score)
};

// Shared memory: `tiles` tiles, then the tables of the rule.
template <class Rule> constexpr std::int64_t attentionShared(int tiles)
{
    return (tiles * tileFloats + Rule::tableFloats) * static_cast<std::int64_t>(sizeof(float));
}

// The rows of one tile, columns [place.column, place.column + 32 Chunks), in shared memory for three tiles.
template <int Chunks, class Rule, class Block>
RECOSCOPE_DEVICE void attendTile(Block& block, const Rule& rule, const TilePlace& place)
{
    float* weights = reinterpret_cast<float*>(block.shared());
    float *room = weights + tileFloats, *tables = room + 2 * tileFloats;
    typename Block::template Private<Tile> scores;
    typename Block::template Private<Strip<Chunks>> sums;
    typename Rule::template Rows<Block> rows;
    rule.prepare(block, tables);
    rule.begin(block, rows);
    clearStrip<Chunks>(block, sums);
    for (std::int64_t key = 0; key < rule.shape.keysEnd(place); key += tileSide) {
        tileProducts(block, rule.shape.queries(place, place.first), rule.shape.keys(place, key), room, scores);
        rule.weigh(block, place, key, tables, scores, rows, sums, weights);
        addCombined<Chunks>(block, weights, rule.shape.values(place, key), place.column, room, sums);
    }
    rule.finish(block, place, rows, sums);
}

template <class Rule, int Chunks> struct AttentionForwardKernel {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = attentionShared<Rule>(3);

    Rule rule;
    TileGrid grid;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const TilePlace place = grid.place(block.index(), columns);
        if (!place.empty())
            attendTile<Chunks>(block, rule, place);
    }
};

// Gradients of the queries of one tile, columns [place.column, place.column + 32 Chunks), and of the biases; in shared
// memory for four tiles with the tables of the rule behind them.
template <int Chunks, class Rule, class Block>
RECOSCOPE_DEVICE void queryGradientTile(
    Block& block, const Rule& rule, const TilePlace& place, float* gradQuery, std::int64_t gradStride)
{
    float* weights = reinterpret_cast<float*>(block.shared());
    float *slopes = weights + tileFloats, *room = slopes + tileFloats, *tables = room + 2 * tileFloats;
    typename Block::template Private<Tile> scores, gradients;
    typename Block::template Private<Strip<Chunks>> sums;
    clearStrip<Chunks>(block, sums);
    for (std::int64_t key = 0; key < rule.shape.keysEnd(place); key += tileSide) {
        const auto keys = rule.shape.keys(place, key);
        tileProducts(block, rule.shape.queries(place, place.first), keys, room, scores);
        tileProducts(block, rule.shape.gradOutputs(place, place.first), rule.shape.values(place, key), room, gradients);
        block.phase([&](int t) {
            forTile(t, [&](int r, int c, int row, int column) {
                const std::int64_t i = place.first + row, j = key + column;
                float slope = 0.0f;
                if (rule.shape.sees(place, i, j))
                    slope = rule.gradient(place, i, j, scores(t).at[r][c], gradients(t).at[r][c], tables).score;
                weights[row * tilePitch + column] = slope * rule.shape.scale;
                slopes[row * tilePitch + column] = slope;
            });
        });
        addCombined<Chunks>(block, weights, keys, place.column, room, sums);
        if (place.column == 0)
            rule.addBias(block, place, key, slopes, tables);
    }
    block.phase([&](int t) {
        forHead(rule.shape, t, sums(t), place, [&](int row, std::int64_t d, float value) {
            gradQuery[(place.start + place.first + row) * gradStride + place.head * rule.shape.queryDim + d] = value;
        });
    });
}

// Gradients of the queries and, where the rule has biases, theirs, each block in sums of its own. Block b takes the
// tiles b, b + blocks, ...
template <class Rule, int Chunks> struct AttentionQueryGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = attentionShared<Rule>(4);

    Rule rule;
    TileGrid grid;
    std::int64_t items, blocks;
    float* gradQuery;
    std::int64_t gradStride;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        rule.prepare(block, reinterpret_cast<float*>(block.shared()) + 4 * tileFloats);
        for (std::int64_t item = block.index(); item < items; item += blocks) {
            const TilePlace place = grid.place(item, columns);
            if (!place.empty())
                queryGradientTile<Chunks>(block, rule, place, gradQuery, gradStride);
        }
    }
};

// Gradients of the keys and values of one tile, as above; here the tile makes the tables.
template <int Chunks, class Rule, class Block>
RECOSCOPE_DEVICE void keyGradientTile(
    Block& block, const Rule& rule, const TilePlace& place, float* gradKey, float* gradValue, std::int64_t gradStride)
{
    float* weights = reinterpret_cast<float*>(block.shared());
    float *slopes = weights + tileFloats, *room = slopes + tileFloats, *tables = room + 2 * tileFloats;
    typename Block::template Private<Tile> scores, gradients;
    typename Block::template Private<Strip<Chunks>> keySums, valueSums;
    const auto& shape = rule.shape;
    rule.prepare(block, tables);
    clearStrip<Chunks>(block, keySums);
    clearStrip<Chunks>(block, valueSums);
    for (std::int64_t query = shape.queriesBegin(place); query < place.length; query += tileSide) {
        const auto queries = shape.queries(place, query);
        const MatrixRows gradOutputs = shape.gradOutputs(place, query);
        tileProducts(block, shape.keys(place, place.first), queries, room, scores);
        tileProducts(block, shape.values(place, place.first), gradOutputs, room, gradients);
        block.phase([&](int t) {
            forTile(t, [&](int r, int c, int row, int column) {
                const std::int64_t i = query + column, j = place.first + row;
                PairGradient pair{0.0f, 0.0f};
                if (shape.sees(place, i, j))
                    pair = rule.gradient(place, i, j, scores(t).at[r][c], gradients(t).at[r][c], tables);
                weights[row * tilePitch + column] = pair.weight;
                slopes[row * tilePitch + column] = pair.score * shape.scale;
            });
        });
        addCombined<Chunks>(block, weights, gradOutputs, place.column, room, valueSums);
        addCombined<Chunks>(block, slopes, queries, place.column, room, keySums);
    }
    const std::int64_t rows = place.length - place.first, at = (place.start + place.first) * gradStride;
    block.phase([&](int t) {
        forHead(shape, t, keySums(t), place, [&](int row, std::int64_t d, float value) {
            gradKey[at + row * gradStride + place.head * shape.queryDim + d] = value;
        });
        forStrip(t, valueSums(t), rows, place.column, shape.valueDim, [&](int row, std::int64_t d, float value) {
            gradValue[at + row * gradStride + place.head * shape.valueDim + d] = value;
        });
    });
}

template <class Rule, int Chunks> struct AttentionKeyGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = attentionShared<Rule>(4);

    Rule rule;
    TileGrid grid;
    float *gradKey, *gradValue;
    std::int64_t gradStride;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const TilePlace place = grid.place(block.index(), columns);
        if (!place.empty())
            keyGradientTile<Chunks>(block, rule, place, gradKey, gradValue, gradStride);
    }
};

template <class Launcher, class Arguments> TileGrid tileGrid(const Launcher& launcher, const Arguments& a)
{
    const std::int64_t* firstQueries = a.firstQueries.empty() ? nullptr : a.firstQueries.data();
    return {launcher.call().offsets, firstQueries, sequencesOf(a.offsets), rowsOf(a.offsets), a.heads, 1};
}

template <class Launcher, class Rule> void attentionForward(Launcher& launcher, const Rule& rule, TileGrid grid)
{
    withChunks(rule.shape.valueDim, [&](auto chunks) {
        using Kernel = AttentionForwardKernel<Rule, chunks.value>;
        grid.groups = pieces(rule.shape.valueDim, Kernel::columns);
        launcher.launch(Kernel{rule, grid}, grid.items(), Kernel::sharedBytes);
    });
}

// `blocks` for the queries, or 0 for one a tile.
template <class Launcher, class Rule, class Backward>
void attentionBackward(Launcher& launcher, const Rule& rule, TileGrid grid, const Backward& b, std::int64_t blocks)
{
    const AttentionShape& shape = rule.shape;
    withChunks(larger(shape.queryDim, shape.valueDim), [&](auto chunks) {
        using Queries = AttentionQueryGradient<Rule, chunks.value>;
        using Keys = AttentionKeyGradient<Rule, chunks.value>;
        grid.groups = pieces(shape.queryDim, Queries::columns);
        const std::int64_t items = grid.items(), used = blocks > 0 ? smaller(blocks, items) : items;
        launcher.launch(Queries{rule, grid, items, used, b.gradQuery, b.gradStride}, used, Queries::sharedBytes);
        grid.groups = pieces(larger(shape.queryDim, shape.valueDim), Keys::columns);
        launcher.launch(Keys{rule, grid, b.gradKey, b.gradValue, b.gradStride}, grid.items(), Keys::sharedBytes);
    });
}

} // namespace recoscope::kernels::cuda
