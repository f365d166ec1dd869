// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention: SiLU of the score, which has the biases of distance and of passed time in it. Both are looked up
// where they are used; the buckets of time are those of time_buckets.h, bit for bit.
#pragma once

#include "engine/kernels/cuda/attention.h"
#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/time_buckets.h"

namespace recoscope::kernels::cuda {

// Sums of the bias gradients, for each of the blocks of AttentionQueryGradient.
struct HstuBiasSums {
    float* position = nullptr; // [blocks, positions]
    float* time = nullptr; // [blocks, 32, timeBuckets + 1], a line for each row of a tile
};

struct HstuRule {
    static constexpr int tableFloats = 2 * TimeBucketCells::cells;

    AttentionShape shape;
    const float *positionBias, *timeBias;
    std::int64_t positions, timeBuckets;
    const std::int64_t *queryTimes, *keyTimes;
    float normaliser;
    float* output;
    HstuBiasSums sums;
    TimeBucketCells cells;

    struct Nothing { };
    template <class Block> using Rows = Nothing;

    template <class Block> RECOSCOPE_DEVICE void prepare(Block& block, float* tables) const
    {
        block.phase([&](int t) {
            for (int i = t; i < TimeBucketCells::cells; i += blockThreads) {
                tables[i] = cells.base[i];
                tables[TimeBucketCells::cells + i] = cells.step[i];
            }
        });
    }

    template <class Block> RECOSCOPE_DEVICE void begin(Block&, Nothing&) const { }

    template <class Block, class Scores, class Sums>
    RECOSCOPE_DEVICE void weigh(Block& block, const TilePlace& place, std::int64_t key, const float* tables,
        Scores& scores, Nothing&, Sums&, float* weights) const
    {
        block.phase([&](int t) {
            forTile(t, [&](int r, int c, int row, int column) {
                const std::int64_t i = place.first + row, j = key + column;
                float weight = 0.0f;
                if (shape.sees(place, i, j)) {
                    const float x = score(place, i, j, scores(t).at[r][c], tables);
                    weight = x * sigmoid(x) * inverse(i);
                }
                weights[row * tilePitch + column] = weight;
            });
        });
    }

    template <class Block, class Sums>
    RECOSCOPE_DEVICE void finish(Block& block, const TilePlace& place, Nothing&, Sums& stripes) const
    {
        block.phase([&](int t) {
            forStrip(t, stripes(t), place.length - place.first, place.column, shape.valueDim,
                [&](int row, std::int64_t d, float value) {
                    output[((place.start + place.first + row) * shape.heads + place.head) * shape.valueDim + d] = value;
                });
        });
    }

    RECOSCOPE_DEVICE PairGradient gradient(const TilePlace& place, std::int64_t row, std::int64_t column, float product,
        float gradWeight, const float* tables) const
    {
        const float x = score(place, row, column, product, tables), sigma = sigmoid(x), factor = inverse(row);
        return {x * sigma * factor, gradWeight * factor * multiplyAdd(x * sigma, 1.0f - sigma, sigma)};
    }

    // A thread for each diagonal of the tile, and one for each row, which adds up runs of one bucket.
    template <class Block>
    RECOSCOPE_DEVICE void addBias(
        Block& block, const TilePlace& place, std::int64_t key, const float* slopes, const float* tables) const
    {
        const std::int64_t group = block.index();
        block.phase([&](int t) {
            if (t < 2 * tileSide - 1 && positionBias)
                addDiagonal(place, key, slopes, t - tileSide + 1, sums.position + group * positions);
            if (t >= 2 * tileSide && t < 3 * tileSide && timeBias)
                addRow(place, key, slopes, t - 2 * tileSide, tables,
                    sums.time + (group * tileSide + t - 2 * tileSide) * (timeBuckets + 1));
        });
    }

private:
    RECOSCOPE_DEVICE float inverse(std::int64_t row) const
    {
        return 1.0f / (normaliser > 0.0f ? normaliser : static_cast<float>(row + 1));
    }

    RECOSCOPE_DEVICE std::int64_t bucket(
        const TilePlace& place, std::int64_t row, std::int64_t column, const float* tables) const
    {
        const float f = timeDifference(queryTimes[place.start + row], keyTimes[place.start + column]);
        const int cell = timeBucketCell(f);
        const float value = tables[cell] + (f >= tables[TimeBucketCells::cells + cell] ? 1.0f : 0.0f);
        return smaller(static_cast<std::int64_t>(value), timeBuckets);
    }

    RECOSCOPE_DEVICE float score(
        const TilePlace& place, std::int64_t row, std::int64_t column, float product, const float* tables) const
    {
        float x = product * shape.scale;
        if (positionBias)
            x += positionBias[row - column];
        if (timeBias)
            x += timeBias[bucket(place, row, column, tables)];
        return x;
    }

    // Rows minus columns of the tile are `difference`.
    RECOSCOPE_DEVICE void addDiagonal(
        const TilePlace& place, std::int64_t key, const float* slopes, int difference, float* position) const
    {
        const std::int64_t distance = place.first - key + difference;
        if (!inside(distance, place.length))
            return;
        float sum = 0.0f;
        for (int row = larger(0, difference); row < smaller(tileSide, tileSide + difference); ++row)
            sum += slopes[row * tilePitch + row - difference];
        position[distance] += sum;
    }

    RECOSCOPE_DEVICE void addRow(
        const TilePlace& place, std::int64_t key, const float* slopes, int row, const float* tables, float* time) const
    {
        const std::int64_t i = place.first + row;
        const auto seen = static_cast<int>(i < place.length ? smaller<std::int64_t>(tileSide, i + 1 - key) : 0);
        std::int64_t current = 0;
        float sum = 0.0f;
        for (int column = 0; column < seen; ++column) {
            const std::int64_t next = bucket(place, i, key + column, tables);
            if (next != current) {
                time[current] += sum;
                sum = 0.0f;
                current = next;
            }
            sum += slopes[row * tilePitch + column];
        }
        time[current] += sum;
    }
};

inline HstuRule hstuRule(const HstuAttentionForward& a, const float* gradOutput)
{
    return {{a.query, a.key, a.value, a.rowStride, a.heads, a.queryDim, a.valueDim, a.scale, true, gradOutput},
        a.positionBias, a.timeBias, a.positions, a.timeBuckets, a.queryTimes, a.keyTimes, a.normaliser, a.output, {},
        timeBucketCells()};
}

template <class Launcher> void hstuAttentionForward(Launcher& launcher, const HstuAttentionForward& a)
{
    attentionForward(launcher, hstuRule(a, nullptr), tileGrid(launcher, a));
}

// Gives the rule sums for the gradients of the biases, cleared; returns for how many blocks, 0 without biases.
template <class Launcher>
std::int64_t prepareBiasSums(Launcher& launcher, const HstuAttentionForward& a, const TileGrid& grid, HstuRule& rule)
{
    constexpr std::int64_t sumFloats = std::int64_t(16) << 20, mostBlocks = 512; // 64 MiB
    const std::int64_t positions = a.positionBias ? a.positions : 0, times = a.timeBias ? a.timeBuckets + 1 : 0;
    const std::int64_t floats = positions + tileSide * times;
    if (floats == 0)
        return 0;
    const std::int64_t blocks = smaller(grid.items(), larger<std::int64_t>(1, smaller(mostBlocks, sumFloats / floats)));
    rule.sums.position = launcher.template temporary<float>(blocks * positions);
    rule.sums.time = launcher.template temporary<float>(blocks * tileSide * times);
    forEach(launcher, blocks * positions, Fill<float>{rule.sums.position, 0.0f});
    forEach(launcher, blocks * tileSide * times, Fill<float>{rule.sums.time, 0.0f});
    return blocks;
}

template <class Launcher>
void addBiasSums(Launcher& launcher, const HstuAttentionForward& a, const HstuRule& rule, std::int64_t blocks,
    float* gradPositionBias, float* gradTimeBias)
{
    if (a.positionBias && a.positions > 0)
        sumColumns(launcher, Numbers<float>{rule.sums.position}, blocks, a.positions, gradPositionBias);
    if (a.timeBias)
        sumColumns(launcher, Numbers<float>{rule.sums.time}, blocks * tileSide, a.timeBuckets + 1, gradTimeBias);
}

template <class Launcher> void hstuAttentionBackward(Launcher& launcher, const HstuAttentionBackward& b)
{
    const HstuAttentionForward& a = b.forward;
    const TileGrid grid = tileGrid(launcher, a);
    HstuRule rule = hstuRule(a, b.gradOutput);
    const std::int64_t blocks = prepareBiasSums(launcher, a, grid, rule);
    if (grid.items() > 0)
        attentionBackward(launcher, rule, grid, b, blocks);
    addBiasSums(launcher, a, rule, blocks, b.gradPositionBias, b.gradTimeBias);
}

} // namespace recoscope::kernels::cuda
