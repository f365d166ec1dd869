// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The backward of a short, narrow HSTU layer in two launches: the gradients of a sequence's rows step by step, teams of
// one block sharing out the tiles as in hstu_layer.h, and then the sums over all rows. Each block keeps sums of its own
// over the sequences it takes, which are a number that depends on the sizes alone; the second launch adds them up in
// the order of the blocks. What is made of the rows has the bytes of the three operations.
#pragma once

#include "engine/kernels/cuda/hstu_layer.h"

namespace recoscope::kernels::cuda {

// Where the sums of a block lie in its part of the workspace, in floats.
struct LayerSums {
    static constexpr std::int64_t mostBlocks = 128;

    std::int64_t weights, biases, outWeights, outBiases, positions, times; // numbers of each; 0 where there is none

    RECOSCOPE_BOTH std::int64_t bias() const { return weights; }
    RECOSCOPE_BOTH std::int64_t outWeight() const { return bias() + biases; }
    RECOSCOPE_BOTH std::int64_t outBias() const { return outWeight() + outWeights; }
    RECOSCOPE_BOTH std::int64_t position() const { return outBias() + outBiases; }
    RECOSCOPE_BOTH std::int64_t time() const { return position() + positions; }
    RECOSCOPE_BOTH std::int64_t count() const { return time() + times; }
    // Of the biases of a team, before the block adds them up: a line of times for each row of a tile.
    RECOSCOPE_BOTH std::int64_t ofTeam() const { return positions + tileSide * times; }
};

struct HstuLayerBackwardKernel {
    static constexpr int teams = HstuLayerForwardKernel::teams, threads = teams * blockThreads;
    static constexpr std::int64_t teamBytes = attentionShared<HstuRule>(4), sharedBytes = teams * teamBytes;

    GatedInputGradient<2> end;
    HstuRule rule; // with the sums of the biases of all teams
    ProjectionInputGradient<2> start;
    float *gradQuery, *gradKey, *gradValue; // rows as far apart as those of the projection
    LayerSums layout;
    float* sums; // [blocks, layout.count()]
    const std::int64_t* offsets; // device
    std::int64_t sequences, blocks;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        clear(block);
        for (std::int64_t b = block.index(); b < sequences; b += blocks) {
            const std::int64_t first = offsets[b], last = offsets[b + 1];
            if (first < last)
                oneSequence(block, first, last);
        }
        addTeams(block);
    }

private:
    template <class Block> RECOSCOPE_DEVICE float* own(const Block& block) const
    {
        return sums + block.index() * layout.count();
    }

    // Sums over the teams of a block start here.
    template <class Block> RECOSCOPE_DEVICE float* teamPositions(const Block& block) const
    {
        return rule.sums.position + block.index() * teams * layout.positions;
    }
    template <class Block> RECOSCOPE_DEVICE float* teamTimes(const Block& block) const
    {
        return rule.sums.time + block.index() * teams * tileSide * layout.times;
    }

    template <class Block> RECOSCOPE_DEVICE void clear(Block& block) const
    {
        block.phase([&](int t) {
            for (std::int64_t i = t; i < layout.position(); i += threads)
                own(block)[i] = 0.0f;
            for (std::int64_t i = t; i < teams * layout.positions; i += threads)
                teamPositions(block)[i] = 0.0f;
            for (std::int64_t i = t; i < teams * tileSide * layout.times; i += threads)
                teamTimes(block)[i] = 0.0f;
        });
    }

    template <class Block> RECOSCOPE_DEVICE void oneSequence(Block& block, std::int64_t first, std::int64_t last) const
    {
        float* to = own(block);
        block.template teams<blockThreads>(teamBytes, [&](auto& team, int which) {
            for (std::int64_t row = first + which * tileSide; row < last; row += teams * tileSide)
                end.tile(team, row, last);
            addWeights(team, which, end.gradOutput, end.input, first, last, end.gradOutput.width, end.input.kept.width,
                to + layout.outWeight());
        });
        block.template teams<blockThreads>(teamBytes, [&](auto& team, int which) { attend(team, which, first, last); });
        block.template teams<blockThreads>(teamBytes, [&](auto& team, int which) {
            for (std::int64_t row = first + which * tileSide; row < last; row += teams * tileSide)
                inputTile(team, row, last);
            addWeights(team, which, start.kept, start.slopes, first, last, start.kept.width, start.slopes.width, to);
        });
        block.phase([&](int t) {
            for (std::int64_t c = t; c < layout.biases + layout.outBiases; c += threads) {
                const bool out = c >= layout.biases;
                const std::int64_t column = out ? c - layout.biases : c;
                float sum = 0.0f;
                for (std::int64_t row = first; row < last; ++row)
                    sum += out ? end.gradOutput.data[row * end.gradOutput.width + column]
                               : start.slopes.at(row, column);
                to[(out ? layout.outBias() : layout.bias()) + column] += sum;
            }
        });
    }

    // All queries, then all keys, those that see or are seen by the most first.
    template <class Team>
    RECOSCOPE_DEVICE void attend(Team& team, int which, std::int64_t first, std::int64_t last) const
    {
        const std::int64_t heads = rule.shape.heads, tiles = pieces(last - first, tileSide), half = tiles * heads;
        rule.prepare(team, reinterpret_cast<float*>(team.shared()) + 4 * tileFloats);
        for (std::int64_t item = which; item < 2 * half; item += teams) {
            const std::int64_t tile = item % half / heads, head = item % heads;
            if (item < half)
                queryGradientTile<2>(team, rule, {first, last - first, (tiles - 1 - tile) * tileSide, head, 0, 0},
                    gradQuery, start.slopes.width);
            else
                keyGradientTile<2>(team, rule, {first, last - first, tile * tileSide, head, 0, 0}, gradKey, gradValue,
                    start.slopes.width);
        }
    }

    // With the gradient of the residual.
    template <class Team> RECOSCOPE_DEVICE void inputTile(Team& team, std::int64_t row, std::int64_t last) const
    {
        const std::int64_t width = end.gradOutput.width, count = smaller<std::int64_t>(tileSide, last - row) * width;
        start.tile(team, row, last);
        team.phase([&](int t) {
            for (std::int64_t i = row * width + t; i < row * width + count; i += blockThreads)
                start.gradInput[i] += end.gradOutput.data[i];
        });
    }

    // `to` [leftWidth, rightWidth] += what this sequence gives; each tile of it has its team.
    template <class Team, class Left, class Right>
    RECOSCOPE_DEVICE void addWeights(Team& team, int which, const Left& left, const Right& right, std::int64_t first,
        std::int64_t last, std::int64_t leftWidth, std::int64_t rightWidth, float* to) const
    {
        constexpr int chunks = 2;
        const std::int64_t groups = pieces(rightWidth, chunks * tileSide);
        for (std::int64_t item = which; item < pieces(leftWidth, tileSide) * groups; item += teams) {
            const std::int64_t row = item / groups * tileSide, column = item % groups * chunks * tileSide;
            typename Team::template Private<Strip<chunks>> strip;
            clearStrip<chunks>(team, strip);
            addOuterProducts<chunks>(team, left, right, first, last, row, column, rightWidth,
                reinterpret_cast<float*>(team.shared()), strip);
            team.phase([&](int t) {
                forStrip(t, strip(t), leftWidth - row, column, rightWidth,
                    [&](int r, std::int64_t c, float value) { to[(row + r) * rightWidth + c] += value; });
            });
        }
    }

    template <class Block> RECOSCOPE_DEVICE void addTeams(Block& block) const
    {
        block.phase([&](int t) {
            for (std::int64_t i = t; i < layout.positions + layout.times; i += threads) {
                const bool time = i >= layout.positions;
                const std::int64_t column = time ? i - layout.positions : i;
                const std::int64_t lines = time ? teams * tileSide : teams,
                                   width = time ? layout.times : layout.positions;
                const float* from = time ? teamTimes(block) : teamPositions(block);
                double sum = 0.0;
                for (std::int64_t line = 0; line < lines; ++line)
                    sum += static_cast<double>(from[line * width + column]);
                own(block)[layout.position() + i] = static_cast<float>(sum);
            }
        });
    }
};

// Adds up the blocks' sums; each number goes to its array.
struct JoinLayerSums {
    LayerSums layout;
    const float* sums;
    std::int64_t blocks;
    HstuLayerBackward to;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        double sum = 0.0;
        for (std::int64_t b = 0; b < blocks; ++b)
            sum += static_cast<double>(sums[b * layout.count() + i]);
        *place(i) = static_cast<float>(sum);
    }

private:
    RECOSCOPE_DEVICE float* place(std::int64_t i) const
    {
        if (i < layout.bias())
            return to.gradWeight + i;
        if (i < layout.outWeight())
            return to.gradBias + i - layout.bias();
        if (i < layout.outBias())
            return to.gradOutWeight + i - layout.outWeight();
        if (i < layout.position())
            return to.gradOutBias + i - layout.outBias();
        if (i < layout.time())
            return to.gradPositionBias + i - layout.position();
        return to.gradTimeBias + i - layout.time();
    }
};

template <class Launcher> void hstuLayerBackward(Launcher& launcher, const HstuLayerBackward& b)
{
    using Kernel = HstuLayerBackwardKernel;
    const HstuLayerForward& a = b.forward;
    const std::int64_t sequences = rowsOf(a.offsets) > 0 ? sequencesOf(a.offsets) : 0;
    const std::int64_t blocks = smaller(sequences, LayerSums::mostBlocks);
    const LayerSums layout{a.width * a.rowWidth(), a.bias ? a.rowWidth() : 0, a.width * a.valueWidth(), a.width,
        a.positionBias ? a.positions : 0, a.timeBias ? a.timeBuckets + 1 : 0};
    const HstuAttentionBackward attention = attentionBackwardOf(b);
    HstuRule rule = hstuRule(attention.forward, b.gradMixed);
    float* sums = launcher.template temporary<float>(blocks * layout.count());
    rule.sums.position = launcher.template temporary<float>(blocks * Kernel::teams * layout.positions);
    rule.sums.time = launcher.template temporary<float>(blocks * Kernel::teams * tileSide * layout.times);
    const std::int64_t row = a.rowWidth(), rows = rowsOf(a.offsets);
    const GatedOutput end = outputOf(a);
    launcher.launch(Kernel{{gatedInput(end, a.mixedMean, a.mixedInverseSigma), {b.gradOutput, a.width}, rows,
                               a.outWeight, b.gradMixed, b.gradProjected, row},
                        rule,
                        {{b.gradProjected, a.slope, row, row}, {a.input, a.width, a.mean, a.inverseSigma}, rows,
                            a.weight, b.gradInput},
                        attention.gradQuery, attention.gradKey, attention.gradValue, layout, sums,
                        launcher.call().offsets, sequences, blocks},
        blocks, Kernel::sharedBytes);
    forEach(launcher, layout.count(), JoinLayerSums{layout, sums, blocks, b});
}

} // namespace recoscope::kernels::cuda
