// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Norm, linear layer and SiLU in one kernel, 32 rows a block, and its backward in two: the gradient of the rows, which
// has the norm's gradient in it, and that of the weights. Rows scaled to unit length.
#pragma once

#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/layers.h"
#include "engine/kernels/cuda/linear.h"

namespace recoscope::kernels::cuda {

constexpr std::int64_t linearShared = (2 * tileFloats + momentFloats) * sizeof(float);

// Rows [first, end), at most 32, before the products: moments are found where there is a norm. Keeps them for the
// backward where `keep` says so. Shared memory behind two tiles.
template <class Block>
RECOSCOPE_DEVICE NormedRows projectionInput(
    Block& block, const SiluProjection& a, std::int64_t first, std::int64_t end, bool keep)
{
    NormedRows x = normedRows(a.input, a.inner, nullptr, nullptr, first, end);
    float* moments = reinterpret_cast<float*>(block.shared()) + 2 * tileFloats;
    if (a.normEpsilon > 0.0f)
        findMoments(block, x, a.normEpsilon, moments, first, keep ? a.mean : nullptr, keep ? a.inverseSigma : nullptr);
    return x;
}

// Columns [column, column + 32 Chunks) of these rows.
template <int Chunks, class Block>
RECOSCOPE_DEVICE void projectRows(
    Block& block, const SiluProjection& a, const NormedRows& x, std::int64_t first, std::int64_t column)
{
    typename Block::template Private<Strip<Chunks>> sums;
    clearStrip<Chunks>(block, sums);
    addProducts<Chunks>(
        block, a.inner, a.width - column, [&](std::int64_t k, float* to, int t) { fillFrom(to, t, x, k); },
        PlainWeights{a.weight, a.inner, a.width, column}, reinterpret_cast<float*>(block.shared()), sums);
    block.phase([&](int t) {
        forStrip(t, sums(t), x.rows.count, column, a.width, [&](int row, std::int64_t c, float sum) {
            const float z = a.bias ? sum + a.bias[c] : sum;
            float* output = a.output + (first + row) * a.width + c;
            if (c >= a.activated) {
                *output = z;
                return;
            }
            const float sigma = sigmoid(z), y = z * sigma;
            *output = y;
            if (a.slope)
                a.slope[(first + row) * a.activated + c] = multiplyAdd(y, 1.0f - sigma, sigma);
        });
    });
}

template <int Chunks> struct SiluProjectionForwardKernel {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide;

    SiluProjection a;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t groups = pieces(a.width, columns), group = block.index() % groups;
        const std::int64_t first = block.index() / groups * tileSide;
        const NormedRows x = projectionInput(block, a, first, a.rows, group == 0);
        projectRows<Chunks>(block, a, x, first, group * columns);
    }
};

// dL/dz of all rows; tile() gives that of up to 32.
struct ProjectionSlopes {
    const float *gradOutput, *slope;
    std::int64_t width, activated;

    struct Rows {
        const ProjectionSlopes* all;
        std::int64_t first, count;

        RECOSCOPE_DEVICE float operator()(std::int64_t row, std::int64_t column) const
        {
            return row < count && column < all->width ? all->at(first + row, column) : 0.0f;
        }
    };
    RECOSCOPE_DEVICE Rows tile(std::int64_t first, std::int64_t end) const { return {this, first, end - first}; }
    RECOSCOPE_DEVICE float at(std::int64_t row, std::int64_t column) const
    {
        const float g = gradOutput[row * width + column];
        return column < activated ? g * slope[row * activated + column] : g;
    }
    // As a flat array, for sums over the rows.
    RECOSCOPE_DEVICE double operator()(std::int64_t i) const { return at(i / width, i % width); }
};

// What went into the products, by the moments that the forward kept.
struct KeptRows {
    const float* x;
    std::int64_t width;
    const float *mean, *inverse; // null without a norm

    RECOSCOPE_DEVICE NormedRows tile(std::int64_t first, std::int64_t end) const
    {
        return normedRows(x, width, mean, inverse, first, end);
    }
};

template <int Chunks> struct ProjectionInputGradient {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = 2 * tileFloats * sizeof(float);

    ProjectionSlopes slopes;
    KeptRows kept;
    std::int64_t rows;
    const float* weight;
    float* gradInput;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        tile(block, block.index() * tileSide, rows);
    }

    // Rows [first, end), at most 32.
    template <class Block> RECOSCOPE_DEVICE void tile(Block& block, std::int64_t first, std::int64_t end) const
    {
        const std::int64_t inner = kept.width;
        const NormedRows x = kept.tile(first, end);
        const ProjectionSlopes::Rows gradZ = slopes.tile(first, end);
        for (std::int64_t column = 0; column < inner; column += columns) {
            typename Block::template Private<Strip<Chunks>> sums;
            clearStrip<Chunks>(block, sums);
            addProducts<Chunks>(
                block, slopes.width, inner - column,
                [&](std::int64_t k, float* to, int t) { fillFrom(to, t, gradZ, k); },
                TurnedWeights{weight, slopes.width, inner, column}, reinterpret_cast<float*>(block.shared()), sums);
            block.phase([&](int t) {
                forStrip(t, sums(t), x.rows.count, column, inner,
                    [&](int row, std::int64_t d, float value) { gradInput[(first + row) * inner + d] = value; });
            });
        }
        if (x.mean)
            normGradient(block, x, gradInput + first * inner);
    }
};

template <class Launcher> void siluProjectionForward(Launcher& launcher, const SiluProjection& a)
{
    withChunks(a.width, [&](auto chunks) {
        using Kernel = SiluProjectionForwardKernel<chunks.value>;
        launcher.launch(Kernel{a}, pieces(a.rows, tileSide) * pieces(a.width, Kernel::columns), linearShared);
    });
}

template <class Launcher> void siluProjectionBackward(Launcher& launcher, const SiluProjectionBackward& b)
{
    const SiluProjection& a = b.forward;
    const bool normed = a.normEpsilon > 0.0f;
    const ProjectionSlopes slopes{b.gradOutput, a.slope, a.width, a.activated};
    const KeptRows kept{a.input, a.inner, normed ? a.mean : nullptr, normed ? a.inverseSigma : nullptr};
    sumOuterProducts(launcher, kept, slopes, a.rows, a.inner, a.width, b.gradWeight);
    if (a.bias)
        sumColumns(launcher, slopes, a.rows, a.width, b.gradBias);
    if (!b.gradInput)
        return;
    withChunks(a.inner, [&](auto chunks) {
        using Kernel = ProjectionInputGradient<chunks.value>;
        launcher.launch(
            Kernel{slopes, kept, a.rows, a.weight, b.gradInput}, pieces(a.rows, tileSide), Kernel::sharedBytes);
    });
}

struct UnitRowsForwardKernel {
    static constexpr int threads = blockThreads;

    UnitRows a;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        typename Block::template Private<float> squares;
        const auto row = [&](int t) { return block.index() * warpsOfBlock + t / 32; };
        block.phase([&](int t) {
            squares(t) = 0.0f;
            for (std::int64_t i = t % 32; row(t) < a.rows && i < a.width; i += 32) {
                const float x = a.input[row(t) * a.width + i];
                squares(t) = multiplyAdd(x, x, squares(t));
            }
        });
        block.template sum<32>(squares);
        block.phase([&](int t) {
            const float inverse = 1.0f / larger(sqrtf(squares(t)), a.epsilon);
            for (std::int64_t i = t % 32; row(t) < a.rows && i < a.width; i += 32)
                a.output[row(t) * a.width + i] = a.input[row(t) * a.width + i] * inverse;
            if (t % 32 == 0 && row(t) < a.rows)
                a.inverse[row(t)] = inverse;
        });
    }
};

struct UnitRowsBackwardKernel {
    static constexpr int threads = blockThreads;

    UnitRowsBackward b;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const UnitRows& a = b.forward;
        typename Block::template Private<float> along;
        const auto row = [&](int t) { return block.index() * warpsOfBlock + t / 32; };
        block.phase([&](int t) {
            along(t) = 0.0f;
            for (std::int64_t i = t % 32; row(t) < a.rows && i < a.width; i += 32) {
                const std::int64_t at = row(t) * a.width + i;
                along(t) = multiplyAdd(a.output[at], b.gradOutput[at], along(t));
            }
        });
        block.template sum<32>(along);
        block.phase([&](int t) {
            if (row(t) >= a.rows)
                return;
            const float inverse = a.inverse[row(t)], slope = inverse < 1.0f / a.epsilon ? along(t) : 0.0f;
            for (std::int64_t i = t % 32; i < a.width; i += 32) {
                const std::int64_t at = row(t) * a.width + i;
                b.gradInput[at] = multiplyAdd(-slope, a.output[at], b.gradOutput[at]) * inverse;
            }
        });
    }
};

template <class Launcher> void unitRowsForward(Launcher& launcher, const UnitRows& a)
{
    launcher.launch(UnitRowsForwardKernel{a}, pieces(a.rows, warpsOfBlock), 0);
}

template <class Launcher> void unitRowsBackward(Launcher& launcher, const UnitRowsBackward& b)
{
    launcher.launch(UnitRowsBackwardKernel{b}, pieces(b.forward.rows, warpsOfBlock), 0);
}

} // namespace recoscope::kernels::cuda
