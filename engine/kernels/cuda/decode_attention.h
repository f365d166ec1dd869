// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Attention of single rows over kept keys and values, whole or in pages: a thread block for each row. Scores of 128
// kept rows at a time, a thread each; the largest score and the sums run along with them.
#pragma once

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"

namespace recoscope::kernels::cuda {

// The newest rows of one sequence: each sees one page up to itself.
struct WholePages {
    std::int64_t rows, events;

    RECOSCOPE_DEVICE std::int64_t count(std::int64_t) const { return 1; }
    RECOSCOPE_DEVICE KeptPage page(std::int64_t row, std::int64_t) const { return {0, events - rows + row + 1}; }
};

// What a row may not see is left out.
struct OwnPages {
    const std::int64_t* offsets; // device
    const KeptPage* pages;
    std::int64_t kept;
    std::int32_t* fault;

    RECOSCOPE_DEVICE std::int64_t count(std::int64_t row) const { return offsets[row + 1] - offsets[row]; }
    RECOSCOPE_DEVICE KeptPage page(std::int64_t row, std::int64_t which) const
    {
        const KeptPage own = pages[offsets[row] + which];
        if (own.first >= 0 && own.count >= 0 && own.first <= kept - own.count)
            return own;
        raiseFault(fault, Fault::AttentionPages);
        return {0, 0};
    }
};

template <class Pages> struct DecodeAttention {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = threads; // of the output, made by one block
    static constexpr std::int64_t sharedBytes = (2 * threads + threads / 32) * sizeof(float);

    Pages pages;
    std::int64_t rows, headDim, queryStride, outputStride;
    float scale;
    const float *query, *keys, *values;
    float* output;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t parts = pieces(headDim, columns), row = block.index() / parts;
        const std::int64_t firstColumn = block.index() % parts * columns,
                           width = smaller(columns, headDim - firstColumn);
        const int lanes = lanesFor(width), slices = threads / lanes; // of the columns, of the kept rows
        float* weights = reinterpret_cast<float*>(block.shared());
        float *partial = weights + threads, *room = partial + threads;
        typename Block::template Private<float> score, most, total, sum;
        block.phase([&](int t) {
            most(t) = minusInfinity;
            total(t) = sum(t) = 0.0f;
        });
        const float* own = query + row * queryStride;
        for (std::int64_t which = 0; which < pages.count(row); ++which) {
            const KeptPage page = pages.page(row, which);
            for (std::int64_t first = 0; first < page.count; first += threads) {
                const std::int64_t here = smaller<std::int64_t>(threads, page.count - first);
                const float* k = keys + (page.first + first) * headDim;
                const float* v = values + (page.first + first) * headDim + firstColumn;
                typename Block::template Private<float> largest;
                block.phase([&](int t) {
                    score(t) = t < here ? dot(own, k + t * headDim) * scale : minusInfinity;
                    largest(t) = score(t);
                });
                mostOfBlock(block, largest, room);
                block.phase([&](int t) {
                    const float now = larger(most(t), largest(t)), shrink = exponential(most(t) - now);
                    const float weight = exponential(score(t) - now);
                    most(t) = now;
                    total(t) = total(t) * shrink + weight;
                    sum(t) *= shrink;
                    weights[t] = weight;
                });
                block.phase([&](int t) {
                    const int column = t % lanes;
                    if (column < width)
                        for (std::int64_t j = t / lanes; j < here; j += slices)
                            sum(t) = multiplyAdd(weights[j], v[j * headDim + column], sum(t));
                });
            }
        }
        sumOfBlock(block, total, room);
        block.phase([&](int t) { partial[t] = sum(t); });
        block.phase([&](int t) {
            if (t >= width)
                return;
            float all = partial[t];
            for (int slice = 1; slice < slices; ++slice)
                all += partial[slice * lanes + t];
            // A row that sees nothing was told of above; it gets zeros.
            output[row * outputStride + firstColumn + t] = total(t) > 0.0f ? all / total(t) : 0.0f;
        });
    }

private:
    static RECOSCOPE_DEVICE int lanesFor(std::int64_t width)
    {
        int lanes = 32;
        while (lanes < width)
            lanes *= 2;
        return lanes;
    }
    RECOSCOPE_DEVICE float dot(const float* a, const float* b) const
    {
        float product = 0.0f;
        for (std::int64_t d = 0; d < headDim; ++d)
            product = multiplyAdd(a[d], b[d], product);
        return product;
    }
};

template <class Launcher, class Pages, class Arguments>
void decodeAttention(Launcher& launcher, const Pages& pages, const Arguments& a)
{
    using Kernel = DecodeAttention<Pages>;
    launcher.launch(
        Kernel{pages, a.rows, a.headDim, a.queryStride, a.outputStride, a.scale, a.query, a.keys, a.values, a.output},
        a.rows * pieces(a.headDim, Kernel::columns), Kernel::sharedBytes);
}

template <class Launcher> void cachedAttention(Launcher& launcher, const CachedAttention& a)
{
    decodeAttention(launcher, WholePages{a.rows, a.events}, a);
}

template <class Launcher> void pagedAttention(Launcher& launcher, const PagedAttention& a)
{
    const DeviceCall& call = launcher.call();
    decodeAttention(launcher, OwnPages{call.offsets, a.pages.data(), a.kept, call.fault}, a);
}

} // namespace recoscope::kernels::cuda
