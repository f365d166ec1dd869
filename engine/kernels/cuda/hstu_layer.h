// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A whole HSTU layer of short and narrow sequences in one launch: a block of four teams for each sequence. The teams
// share out the tiles of one step, wait for each other, and go on to the next. What a step leaves is what the backward
// needs anyway, so it goes to device memory and is read again from the cache. Each step is the device function of the
// operation that stands for it alone, so the bytes are the same.
#pragma once

#include "engine/kernels/cuda/gated_output.h"
#include "engine/kernels/cuda/hstu_attention.h"
#include "engine/kernels/hstu_layer.h"

namespace recoscope::kernels::cuda {

struct HstuLayerForwardKernel {
    static constexpr int teams = 4, threads = teams * blockThreads;
    static constexpr std::int64_t teamBytes = larger(linearShared, attentionShared<HstuRule>(3));
    static constexpr std::int64_t sharedBytes = teams * teamBytes;

    SiluProjection projection;
    HstuRule rule;
    GatedOutput end;
    GatedInput gated;
    const std::int64_t* offsets; // device

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t first = offsets[block.index()], last = offsets[block.index() + 1];
        if (first == last)
            return;
        block.template teams<blockThreads>(
            teamBytes, [&](auto& team, int which) { project(team, which, first, last); });
        block.template teams<blockThreads>(teamBytes, [&](auto& team, int which) { attend(team, which, first, last); });
        block.template teams<blockThreads>(teamBytes, [&](auto& team, int which) { finish(team, which, first, last); });
    }

private:
    template <class Team>
    RECOSCOPE_DEVICE void project(Team& team, int which, std::int64_t first, std::int64_t last) const
    {
        constexpr int chunks = 2;
        const std::int64_t groups = pieces(projection.width, chunks * tileSide);
        for (std::int64_t item = which; item < pieces(last - first, tileSide) * groups; item += teams) {
            const std::int64_t row = first + item / groups * tileSide, group = item % groups;
            const NormedRows x = projectionInput(team, projection, row, last, group == 0);
            projectRows<chunks>(team, projection, x, row, group * chunks * tileSide);
        }
    }

    // The last rows first: they see the most.
    template <class Team>
    RECOSCOPE_DEVICE void attend(Team& team, int which, std::int64_t first, std::int64_t last) const
    {
        const std::int64_t heads = rule.shape.heads, tiles = pieces(last - first, tileSide);
        for (std::int64_t item = which; item < tiles * heads; item += teams)
            attendTile<2>(team, rule, {first, last - first, (tiles - 1 - item / heads) * tileSide, item % heads, 0, 0});
    }

    template <class Team>
    RECOSCOPE_DEVICE void finish(Team& team, int which, std::int64_t first, std::int64_t last) const
    {
        const std::int64_t groups = pieces(end.width, tileSide);
        for (std::int64_t item = which; item < pieces(last - first, tileSide) * groups; item += teams) {
            const std::int64_t row = first + item / groups * tileSide, group = item % groups;
            const GatedInput::Rows rows = gatedRows(team, end, gated, row, last, group == 0);
            outputRows<1>(team, end, rows, group * tileSide);
        }
    }
};

template <class Launcher> void hstuLayerForward(Launcher& launcher, const HstuLayerForward& a)
{
    using Kernel = HstuLayerForwardKernel;
    const GatedOutput end = outputOf(a);
    launcher.launch(Kernel{projectionOf(a), hstuRule(attentionOf(a), nullptr), end, gatedInput(end, nullptr, nullptr),
                        launcher.call().offsets},
        sequencesOf(a.offsets), Kernel::sharedBytes);
}

} // namespace recoscope::kernels::cuda
