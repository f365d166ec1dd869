// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The end of an HSTU layer: norm, gate, dropout, linear layer and residual in one kernel, 32 rows a block. Backward,
// what was gated is made again from the moments that were kept.
#pragma once

#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/projection.h"

namespace recoscope::kernels::cuda {

// gate * LN(x), dropped: what the linear layer reads. tile() gives up to 32 rows of it.
struct GatedInput {
    const float* gate;
    std::int64_t gateStride;
    DropoutRule dropout;
    std::uint64_t seed;
    KeptRows kept;

    struct Rows {
        const GatedInput* all;
        NormedRows normed;
        std::int64_t first;

        RECOSCOPE_DEVICE bool holds(std::int64_t row, std::int64_t column) const
        {
            return row < normed.rows.count && column < normed.rows.width;
        }
        RECOSCOPE_DEVICE float gate(std::int64_t row, std::int64_t column) const
        {
            return all->gate[(first + row) * all->gateStride + column];
        }
        RECOSCOPE_DEVICE float factor(std::int64_t row, std::int64_t column) const
        {
            return elementFactor(all->seed, all->dropout, (first + row) * normed.rows.width + column);
        }
    };
    RECOSCOPE_DEVICE Rows tile(std::int64_t first, std::int64_t end) const
    {
        return {this, kept.tile(first, end), first};
    }
};

// The dropout of elements of which those asked for one after another may share a counter.
struct FactorRun {
    std::uint64_t seed;
    DropoutRule rule;
    PhiloxWords words;
    std::int64_t call = -1;

    RECOSCOPE_DEVICE float operator()(std::int64_t i)
    {
        if (rule.threshold == 0)
            return 1.0f;
        const std::int64_t wanted = i / 128 * 16 + i % 16;
        if (wanted != call)
            words = elementWords(seed, static_cast<std::uint64_t>(wanted));
        call = wanted;
        return dropoutPart(words, static_cast<int>(i % 128 / 16), rule);
    }
};

// A thread takes four rows one below the other and two columns 16 apart: where the width is 64, as mostly, four numbers
// come from each counter. The two rows of a warp are 16 apart, so that no two threads write to one bank.
RECOSCOPE_DEVICE void fillFrom(float* to, int t, const GatedInput::Rows& rows, std::int64_t column)
{
    FactorRun factor{rows.all->seed, rows.all->dropout, {}};
    RECOSCOPE_ROLL
    for (int i = 0; i < 4; ++i) {
        const int row = t / 16 % 2 * 16 + t / 32 * 4 + i;
        RECOSCOPE_UNROLL
        for (int half = 0; half < 2; ++half) {
            const int at = t % 16 + 16 * half;
            float gated = 0.0f;
            if (rows.holds(row, column + at))
                gated = rows.normed(row, column + at) * rows.gate(row, column + at)
                    * factor((rows.first + row) * rows.normed.rows.width + column + at);
            to[row * tilePitch + at] = gated;
        }
    }
}

// `mean` and `inverse` null: before the moments are known.
inline GatedInput gatedInput(const GatedOutput& a, const float* mean, const float* inverse)
{
    return {a.gate, a.gateStride, dropoutRule(a.dropout), a.seed, {a.input, a.inner, mean, inverse}};
}

// Rows [first, end), at most 32, of the layer's output, columns [column, column + 32 Chunks).
template <int Chunks, class Block>
RECOSCOPE_DEVICE void outputRows(Block& block, const GatedOutput& a, const GatedInput::Rows& rows, std::int64_t column)
{
    typename Block::template Private<Strip<Chunks>> sums;
    clearStrip<Chunks>(block, sums);
    addProducts<Chunks>(
        block, a.inner, a.width - column, [&](std::int64_t k, float* to, int t) { fillFrom(to, t, rows, k); },
        TurnedWeights{a.weight, a.inner, a.width, column}, reinterpret_cast<float*>(block.shared()), sums);
    block.phase([&](int t) {
        forStrip(t, sums(t), rows.normed.rows.count, column, a.width, [&](int row, std::int64_t c, float sum) {
            const std::int64_t at = (rows.first + row) * a.width + c;
            a.output[at] = a.residual[at] + (sum + a.bias[c]);
        });
    });
}

// These rows with their moments, which are kept where `keep` says so. Shared memory behind two tiles.
template <class Block>
RECOSCOPE_DEVICE GatedInput::Rows gatedRows(
    Block& block, const GatedOutput& a, const GatedInput& input, std::int64_t first, std::int64_t end, bool keep)
{
    GatedInput::Rows rows = input.tile(first, end);
    float* moments = reinterpret_cast<float*>(block.shared()) + 2 * tileFloats;
    findMoments(
        block, rows.normed, a.epsilon, moments, first, keep ? a.mean : nullptr, keep ? a.inverseSigma : nullptr);
    return rows;
}

template <int Chunks> struct GatedOutputForwardKernel {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide;

    GatedOutput a;
    GatedInput input;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t groups = pieces(a.width, columns), group = block.index() % groups;
        const std::int64_t first = block.index() / groups * tileSide;
        const GatedInput::Rows rows = gatedRows(block, a, input, first, a.rows, group == 0);
        outputRows<Chunks>(block, a, rows, group * columns);
    }
};

// Rows of a matrix without gaps.
struct PlainRows {
    const float* data;
    std::int64_t width;

    RECOSCOPE_DEVICE NormedRows tile(std::int64_t first, std::int64_t end) const
    {
        return normedRows(data, width, nullptr, nullptr, first, end);
    }
};

// Gradients of x and of the gate.
template <int Chunks> struct GatedInputGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = 2 * tileFloats * sizeof(float);

    GatedInput input;
    PlainRows gradOutput;
    std::int64_t rows;
    const float* weight; // [width, inner]
    float *gradInput, *gradGate;
    std::int64_t gradGateStride;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        tile(block, block.index() * tileSide, rows);
    }

    // Rows [first, end), at most 32.
    template <class Block> RECOSCOPE_DEVICE void tile(Block& block, std::int64_t first, std::int64_t end) const
    {
        const std::int64_t inner = input.kept.width;
        const GatedInput::Rows own = input.tile(first, end);
        const NormedRows g = gradOutput.tile(first, end);
        for (std::int64_t column = 0; column < inner; column += columns) {
            typename Block::template Private<Strip<Chunks>> sums;
            clearStrip<Chunks>(block, sums);
            addProducts<Chunks>(
                block, gradOutput.width, inner - column,
                [&](std::int64_t k, float* to, int t) { fillFrom(to, t, g, k); },
                PlainWeights{weight, gradOutput.width, inner, column}, reinterpret_cast<float*>(block.shared()), sums);
            block.phase([&](int t) {
                forStrip(t, sums(t), g.rows.count, column, inner, [&](int row, std::int64_t i, float sum) {
                    const float kept = sum * own.factor(row, i);
                    gradGate[(first + row) * gradGateStride + i] = kept * own.normed(row, i);
                    gradInput[(first + row) * inner + i] = kept * own.gate(row, i);
                });
            });
        }
        normGradient(block, own.normed, gradInput + first * inner);
    }
};

template <class Launcher> void gatedOutputForward(Launcher& launcher, const GatedOutput& a)
{
    withChunks(a.width, [&](auto chunks) {
        using Kernel = GatedOutputForwardKernel<chunks.value>;
        launcher.launch(Kernel{a, gatedInput(a, nullptr, nullptr)},
            pieces(a.rows, tileSide) * pieces(a.width, Kernel::columns), linearShared);
    });
}

template <class Launcher> void gatedOutputBackward(Launcher& launcher, const GatedOutputBackward& b)
{
    const GatedOutput& a = b.forward;
    const GatedInput input = gatedInput(a, a.mean, a.inverseSigma);
    const PlainRows gradOutput{b.gradOutput, a.width};
    sumOuterProducts(launcher, gradOutput, input, a.rows, a.width, a.inner, b.gradWeight);
    sumColumns(launcher, Numbers<float>{b.gradOutput}, a.rows, a.width, b.gradBias);
    withChunks(a.inner, [&](auto chunks) {
        using Kernel = GatedInputGradient<chunks.value>;
        launcher.launch(Kernel{input, gradOutput, a.rows, a.weight, b.gradInput, b.gradGate, b.gradGateStride},
            pieces(a.rows, tileSide), Kernel::sharedBytes);
    });
}

} // namespace recoscope::kernels::cuda
