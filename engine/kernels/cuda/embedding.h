// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Looking rows up, and adding gradients to the rows they came from.
#pragma once

#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/sort.h"

namespace recoscope::kernels::cuda {

struct Gather {
    LookUpOp a;
    std::int32_t* fault;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        const std::int64_t row = a.indices[i / a.width];
        const bool known = inside(row, a.tableRows);
        if (!known)
            raiseFault(fault, Fault::GatherIndices);
        a.to[i] = known ? a.from[row * a.width + i % a.width] : 0.0f;
    }
};

struct CheckIndices {
    const std::int32_t* indices;
    std::int64_t limit;
    std::int32_t* word;
    Fault fault;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        if (!inside(indices[i], limit))
            raiseFault(word, fault);
    }
};

// Row `entry` of a matrix.
struct RowOfEntry {
    const float* from;
    std::int64_t width;

    RECOSCOPE_DEVICE float operator()(std::int64_t entry, std::int64_t, std::int64_t d) const
    {
        return from[entry * width + d];
    }
};

template <class Launcher> void embeddingGather(Launcher& launcher, const LookUpOp& a)
{
    forEach(launcher, a.rows * a.width, Gather{a, launcher.call().fault});
}

template <class Launcher> void embeddingScatterAdd(Launcher& launcher, const LookUpOp& a)
{
    if (launcher.call().fault)
        forEach(launcher, a.rows, CheckIndices{a.indices, a.tableRows, launcher.call().fault, Fault::ScatterIndices});
    const SortedEntries sorted = sortEntries(launcher, a.indices, a.rows, a.tableRows);
    addSegments(launcher, RowOfEntry{a.from, a.width}, sorted, a.tableRows, a.width, a.to);
}

} // namespace recoscope::kernels::cuda
