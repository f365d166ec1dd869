// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Softmax attention: the largest score and the sum of exponentials of a row run along with the tiles of keys.
#pragma once

#include "engine/kernels/cuda/attention.h"
#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/rotary.h"

namespace recoscope::kernels::cuda {

// A Shape is an AttentionShape, or a TurnedShape where queries and keys turn.
template <class Shape> struct SoftmaxRule {
    static constexpr int tableFloats = 0;

    Shape shape;
    DropoutRule dropout;
    DropoutSeed seed;
    float *output, *logSumExp;
    const float* dots; // of the backward, [T, heads]: gradOutput . output

    // Of the rows of a thread. The sums are the thread's own until finish().
    struct Running {
        float most[tileRows], total[tileRows];
    };
    template <class Block> using Rows = typename Block::template Private<Running>;

    template <class Block> RECOSCOPE_DEVICE void prepare(Block&, float*) const { }

    template <class Block> RECOSCOPE_DEVICE void begin(Block& block, Rows<Block>& rows) const
    {
        block.phase([&](int t) {
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r) {
                rows(t).most[r] = minusInfinity;
                rows(t).total[r] = 0.0f;
            }
        });
    }

    // Scores to weights; what was summed so far shrinks to the new largest score.
    template <class Block, class Scores, class Sums>
    RECOSCOPE_DEVICE void weigh(Block& block, const TilePlace& place, std::int64_t key, const float*, Scores& scores,
        Rows<Block>& rows, Sums& sums, float* weights) const
    {
        typename Block::template Private<float> most[tileRows];
        block.phase([&](int t) {
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r)
                most[r](t) = minusInfinity;
            forTile(t, [&](int r, int c, int row, int column) {
                float& score = scores(t).at[r][c];
                score = shape.sees(place, place.first + row, key + column) ? score * shape.scale : minusInfinity;
                most[r](t) = larger(most[r](t), score);
            });
        });
        RECOSCOPE_UNROLL
        for (int r = 0; r < tileRows; ++r)
            block.template most<8>(most[r]);
        block.phase([&](int t) {
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r) {
                const float now = larger(rows(t).most[r], most[r](t)), shift = now == minusInfinity ? 0.0f : now;
                const float shrink = exponential(rows(t).most[r] - shift);
                rows(t).most[r] = now;
                rows(t).total[r] *= shrink;
                RECOSCOPE_UNROLL
                for (int c = 0; c < tileColumns; ++c) {
                    const std::int64_t row = tileRow(t, r), column = tileColumn(t, c);
                    const float p = exponential(scores(t).at[r][c] - shift);
                    rows(t).total[r] += p;
                    weights[row * tilePitch + column] = p * keep(place, place.first + row, key + column);
                }
                scaleRow(sums(t), r, shrink);
            }
        });
    }

    template <class Block, class Sums>
    RECOSCOPE_DEVICE void finish(Block& block, const TilePlace& place, Rows<Block>& rows, Sums& sums) const
    {
        typename Block::template Private<float> total[tileRows];
        block.phase([&](int t) {
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r)
                total[r](t) = rows(t).total[r];
        });
        RECOSCOPE_UNROLL
        for (int r = 0; r < tileRows; ++r)
            block.template sum<8>(total[r]);
        block.phase([&](int t) {
            const std::int64_t at = place.start + place.first;
            RECOSCOPE_UNROLL
            for (int r = 0; r < tileRows; ++r) {
                const int row = tileRow(t, r);
                if (t % 8 == 0 && place.column == 0 && place.first + row < place.length)
                    logSumExp[(at + row) * shape.heads + place.head]
                        = total[r](t) > 0.0f ? rows(t).most[r] + logf(total[r](t)) : 0.0f;
            }
            forStrip(t, sums(t), place.length - place.first, place.column, shape.valueDim,
                [&](int row, std::int64_t d, float value) {
                    output[((at + row) * shape.heads + place.head) * shape.valueDim + d]
                        = quotient(value, row == tileRow(t, 0) ? total[0](t) : total[1](t));
                });
        });
    }

    RECOSCOPE_DEVICE PairGradient gradient(const TilePlace& place, std::int64_t row, std::int64_t column, float product,
        float gradWeight, const float*) const
    {
        const std::int64_t at = (place.start + row) * shape.heads + place.head;
        const float p = exponential(product * shape.scale - logSumExp[at]), kept = keep(place, row, column);
        return {p * kept, p * (gradWeight * kept - dots[at])};
    }

    template <class Block>
    RECOSCOPE_DEVICE void addBias(Block&, const TilePlace&, std::int64_t, const float*, const float*) const
    {
    }

private:
    // 0 for a row that sees nothing.
    static RECOSCOPE_DEVICE float quotient(float value, float total) { return total > 0.0f ? value / total : 0.0f; }

    RECOSCOPE_DEVICE float keep(const TilePlace& place, std::int64_t row, std::int64_t column) const
    {
        return weightFactor(seed, dropout, place.start, place.head, row, column);
    }
};

// dots[i] = a_i . b_i for rows of `width`.
struct RowDots {
    const float *a, *b;
    std::int64_t width;
    float* dots;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        float sum = 0.0f;
        for (std::int64_t d = 0; d < width; ++d)
            sum = multiplyAdd(a[i * width + d], b[i * width + d], sum);
        dots[i] = sum;
    }
};

// body(the rule of these arguments)
template <class Launcher, class Body>
void withSoftmaxRule(
    Launcher& launcher, const SoftmaxAttentionForward& a, const float* gradOutput, const float* dots, const Body& body)
{
    const DeviceCall& call = launcher.call();
    const AttentionShape shape{
        a.query, a.key, a.value, a.rowStride, a.heads, a.headDim, a.headDim, a.scale, a.causal, gradOutput};
    const auto with = [&](const auto& own) {
        using Rule = SoftmaxRule<std::decay_t<decltype(own)>>;
        body(Rule{own, dropoutRule(a.dropout), {a.seed, call.stepSeed}, a.output, a.logSumExp, dots});
    };
    if (a.rotary.cosine)
        with(TurnedShape{shape, turnTables(a.rotary, a.headDim, call.fault)});
    else
        with(shape);
}

template <class Launcher> void softmaxAttentionForward(Launcher& launcher, const SoftmaxAttentionForward& a)
{
    const TileGrid grid = tileGrid(launcher, a);
    withSoftmaxRule(launcher, a, nullptr, nullptr, [&](const auto& rule) { attentionForward(launcher, rule, grid); });
}

template <class Launcher> void softmaxAttentionBackward(Launcher& launcher, const SoftmaxAttentionBackward& b)
{
    const SoftmaxAttentionForward& a = b.forward;
    const TileGrid grid = tileGrid(launcher, a);
    float* dots = launcher.template temporary<float>(grid.rows * a.heads);
    forEach(launcher, grid.rows * a.heads, RowDots{a.output, b.gradOutput, a.headDim, dots});
    withSoftmaxRule(
        launcher, a, b.gradOutput, dots, [&](const auto& rule) { attentionBackward(launcher, rule, grid, b, 0); });
}

} // namespace recoscope::kernels::cuda
