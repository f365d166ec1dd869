// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Linear layer, softmax and cross-entropy over the catalogue. Logits are made tile by tile and never stored: the first
// kernel keeps the largest and the sum of exponentials of each row and span of items, the others make the same logits
// again, one with the rows and one with the items standing still, so that each gradient has one owner. Nothing but
// 8 bytes a row and span, and the parts of gradHidden, is kept.
#pragma once

#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"
#include "engine/kernels/cuda/tiles.h"

namespace recoscope::kernels::cuda {

// The problem, and how the catalogue is cut. Spans are whole tiles; `spans` depends on the sizes alone.
struct CrossEntropyShape {
    std::int64_t rows, items, width;
    const float *hidden, *table, *bias;
    const std::int32_t* targets;
    float scale;
    std::int64_t spans, spanItems;

    RECOSCOPE_DEVICE MatrixRows hiddenRows(std::int64_t first) const
    {
        return rowsFrom(hidden, width, width, first, rows);
    }
    RECOSCOPE_DEVICE MatrixRows itemRows(std::int64_t first) const
    {
        return rowsFrom(table, width, width, first, items);
    }
    RECOSCOPE_DEVICE float logit(float product, std::int64_t item) const
    {
        return bias ? product + bias[item] : product;
    }
    // dL/d(logit), zero outside the matrix.
    RECOSCOPE_DEVICE float slope(float product, std::int64_t row, std::int64_t item, const float* logSums) const
    {
        if (row >= rows || item >= items)
            return 0.0f;
        const float p = exponential(logit(product, item) - logSums[row]);
        return scale * (item == targets[row] ? p - 1.0f : p);
    }
};

struct CrossEntropyForwardKernel {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes = 2 * tileFloats * sizeof(float);

    CrossEntropyShape shape;
    float *maxima, *sums; // [spans, rows]
    float* targetLogits; // [rows]

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t first = block.index() / shape.spans * tileSide, span = block.index() % shape.spans;
        const std::int64_t end = smaller(shape.items, (span + 1) * shape.spanItems);
        float* room = reinterpret_cast<float*>(block.shared());
        typename Block::template Private<Tile> logits;
        typename Block::template Private<float> most[tileRows], total[tileRows];
        block.phase([&](int t) {
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r) {
                most[r](t) = minusInfinity;
                total[r](t) = 0.0f;
            }
        });
        for (std::int64_t item = span * shape.spanItems; item < end; item += tileSide) {
            tileProducts(block, shape.hiddenRows(first), shape.itemRows(item), room, logits);
            block.phase([&](int t) {
                RECOSCOPE_UNROLL
                for (int r = 0; r < tileRows; ++r)
                    addRow(first + tileRow(t, r), item, end, t, logits(t).at[r], most[r](t), total[r](t));
            });
        }
        RECOSCOPE_UNROLL
        for (int r = 0; r < tileRows; ++r)
            joinRow(block, span, first, r, most[r], total[r]);
    }

private:
    // A thread's four logits of a row into its largest and its sum.
    RECOSCOPE_DEVICE void addRow(std::int64_t row, std::int64_t item, std::int64_t end, int t,
        const float (&products)[tileColumns], float& most, float& total) const
    {
        float z[tileColumns], now = most;
        RECOSCOPE_UNROLL
        for (int c = 0; c < tileColumns; ++c) {
            const std::int64_t j = item + tileColumn(t, c);
            z[c] = row < shape.rows && j < end ? shape.logit(products[c], j) : minusInfinity;
            now = larger(now, z[c]);
            if (row < shape.rows && j < end && j == shape.targets[row])
                targetLogits[row] = z[c];
        }
        const float shift = now == minusInfinity ? 0.0f : now;
        total *= exponential(most - shift);
        RECOSCOPE_UNROLL
        for (int c = 0; c < tileColumns; ++c)
            total += exponential(z[c] - shift);
        most = now;
    }

    template <class Block, class Numbers>
    RECOSCOPE_DEVICE void joinRow(
        Block& block, std::int64_t span, std::int64_t first, int r, Numbers& most, Numbers& total) const
    {
        typename Block::template Private<float> own;
        block.phase([&](int t) { own(t) = most(t); });
        block.template most<8>(most);
        block.phase([&](int t) { total(t) *= exponential(own(t) - (most(t) == minusInfinity ? 0.0f : most(t))); });
        block.template sum<8>(total);
        block.phase([&](int t) {
            const std::int64_t row = first + tileRow(t, r);
            if (t % 8 != 0 || row >= shape.rows)
                return;
            maxima[span * shape.rows + row] = most(t);
            sums[span * shape.rows + row] = total(t);
        });
    }
};

// Losses, and log of the sum of exponentials for the backward. A row whose target is no item loses NaN.
struct CrossEntropyLosses {
    CrossEntropyShape shape;
    const float *maxima, *sums, *targetLogits;
    double* loss;
    float* logSums;
    std::int32_t* fault;

    RECOSCOPE_DEVICE void operator()(std::int64_t row) const
    {
        float top = minusInfinity;
        for (std::int64_t s = 0; s < shape.spans; ++s)
            top = larger(top, maxima[s * shape.rows + row]);
        double sum = 0.0;
        for (std::int64_t s = 0; s < shape.spans; ++s)
            sum += static_cast<double>(sums[s * shape.rows + row]) * exp(maxima[s * shape.rows + row] - top);
        const double logSum = static_cast<double>(top) + log(sum);
        const bool known = inside(shape.targets[row], shape.items);
        if (!known)
            raiseFault(fault, Fault::CrossEntropyTargets);
        loss[row] = known ? logSum - targetLogits[row] : static_cast<double>(-minusInfinity) * 0.0;
        logSums[row] = static_cast<float>(logSum);
    }
};

// Rows stand still: part [spans, rows, width] of gradHidden.
template <int Chunks> struct CrossEntropyHiddenGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = 3 * tileFloats * sizeof(float);

    CrossEntropyShape shape;
    const float* logSums;
    float* partial;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t groups = pieces(shape.width, columns), column = block.index() % groups * columns;
        const std::int64_t span = block.index() / groups % shape.spans;
        const std::int64_t first = block.index() / groups / shape.spans * tileSide;
        const std::int64_t end = smaller(shape.items, (span + 1) * shape.spanItems);
        float *weights = reinterpret_cast<float*>(block.shared()), *room = weights + tileFloats;
        typename Block::template Private<Tile> products;
        typename Block::template Private<Strip<Chunks>> sums;
        clearStrip<Chunks>(block, sums);
        for (std::int64_t item = span * shape.spanItems; item < end; item += tileSide) {
            tileProducts(block, shape.hiddenRows(first), shape.itemRows(item), room, products);
            block.phase([&](int t) {
                forTile(t, [&](int r, int c, int row, int j) {
                    weights[row * tilePitch + j] = shape.slope(products(t).at[r][c], first + row, item + j, logSums);
                });
            });
            addCombined<Chunks>(block, weights, shape.itemRows(item), column, room, sums);
        }
        block.phase([&](int t) {
            forStrip(t, sums(t), shape.rows - first, column, shape.width, [&](int row, std::int64_t d, float value) {
                partial[(span * shape.rows + first + row) * shape.width + d] = value;
            });
        });
    }
};

// Items stand still.
template <int Chunks> struct CrossEntropyTableGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = 3 * tileFloats * sizeof(float);

    CrossEntropyShape shape;
    const float* logSums;
    float *gradTable, *gradBias; // added to; gradBias or null

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t groups = pieces(shape.width, columns), column = block.index() % groups * columns;
        const std::int64_t first = block.index() / groups * tileSide;
        float *weights = reinterpret_cast<float*>(block.shared()), *room = weights + tileFloats;
        typename Block::template Private<Tile> products;
        typename Block::template Private<Strip<Chunks>> sums;
        typename Block::template Private<float> biases[tileRows];
        clearStrip<Chunks>(block, sums);
        block.phase([&](int t) {
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r)
                biases[r](t) = 0.0f;
        });
        for (std::int64_t row = 0; row < shape.rows; row += tileSide) {
            tileProducts(block, shape.itemRows(first), shape.hiddenRows(row), room, products);
            block.phase([&](int t) {
                forTile(t, [&](int r, int c, int j, int i) {
                    const float slope = shape.slope(products(t).at[r][c], row + i, first + j, logSums);
                    weights[j * tilePitch + i] = slope;
                    biases[r](t) += slope;
                });
            });
            addCombined<Chunks>(block, weights, shape.hiddenRows(row), column, room, sums);
        }
        RECOSCOPE_UNROLL
        for (int r = 0; r < tileRows; ++r)
            block.template sum<8>(biases[r]);
        block.phase([&](int t) {
            forStrip(t, sums(t), shape.items - first, column, shape.width,
                [&](int j, std::int64_t d, float value) { gradTable[(first + j) * shape.width + d] += value; });
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r)
                if (gradBias && column == 0 && t % 8 == 0 && first + tileRow(t, r) < shape.items)
                    gradBias[first + tileRow(t, r)] += biases[r](t);
        });
    }
};

template <class Launcher> void linearCrossEntropy(Launcher& launcher, const LinearCrossEntropy& a)
{
    constexpr std::int64_t wantedBlocks = 1024, partFloats = std::int64_t(12) << 20; // 48 MiB
    const std::int64_t rowTiles = pieces(a.rows, tileSide), itemTiles = pieces(a.items, tileSide);
    const auto cut = [&](std::int64_t most) { // spans so that there is work for `wantedBlocks`
        const std::int64_t wanted = smaller(larger<std::int64_t>(1, wantedBlocks / larger<std::int64_t>(1, rowTiles)),
            smaller(itemTiles, larger<std::int64_t>(1, most)));
        const std::int64_t spanItems = pieces(itemTiles, wanted) * tileSide;
        return CrossEntropyShape{a.rows, a.items, a.width, a.hidden, a.table, a.bias, a.targets, a.scale,
            pieces(a.items, spanItems), spanItems};
    };
    CrossEntropyShape shape = cut(itemTiles);
    float* maxima = launcher.template temporary<float>(shape.spans * a.rows);
    float* sums = launcher.template temporary<float>(shape.spans * a.rows);
    float* targetLogits = launcher.template temporary<float>(a.rows);
    float* logSums = launcher.template temporary<float>(a.rows);
    using Forward = CrossEntropyForwardKernel;
    launcher.launch(Forward{shape, maxima, sums, targetLogits}, rowTiles * shape.spans, Forward::sharedBytes);
    forEach(launcher, a.rows,
        CrossEntropyLosses{shape, maxima, sums, targetLogits, a.loss, logSums, launcher.call().fault});
    if (!a.gradHidden)
        return;
    shape = cut(partFloats / (a.rows * a.width));
    float* partial
        = shape.spans > 1 ? launcher.template temporary<float>(shape.spans * a.rows * a.width) : a.gradHidden;
    withChunks(a.width, [&](auto chunks) {
        using Hidden = CrossEntropyHiddenGradient<chunks.value>;
        using Table = CrossEntropyTableGradient<chunks.value>;
        const std::int64_t groups = pieces(a.width, Hidden::columns);
        launcher.launch(Hidden{shape, logSums, partial}, rowTiles * shape.spans * groups, Hidden::sharedBytes);
        launcher.launch(Table{shape, logSums, a.gradTable, a.gradBias}, itemTiles * groups, Table::sharedBytes);
    });
    if (shape.spans > 1)
        sumColumns(launcher, Numbers<float>{partial}, shape.spans, a.rows * a.width, a.gradHidden);
}

} // namespace recoscope::kernels::cuda
