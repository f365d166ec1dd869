// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What kernels find wrong in the contents of device memory, which the host does not read. The word holds the largest
// code that was raised, so that it does not depend on who comes first.
#pragma once

#include "engine/kernels/cuda/block.h"

namespace recoscope::kernels::cuda {

enum class Fault : std::int32_t {
    None,
    GatherIndices,
    ScatterIndices,
    CrossEntropyTargets,
    SampledTargets,
    SampledSample,
    SparseRows,
    SparseSteps,
    RankTargets,
    AttentionPages,
    RotaryRows,
    BatchWindows,
    BatchSizes,
    AdagradRows,
};

inline const char* faultText(std::int32_t fault)
{
    switch (static_cast<Fault>(fault)) {
    case Fault::GatherIndices: return "embeddingGather: indices holds an index outside the table";
    case Fault::ScatterIndices: return "embeddingScatterAdd: indices holds an index outside the table";
    case Fault::CrossEntropyTargets: return "linearCrossEntropy: targets holds an index outside the table";
    case Fault::SampledTargets: return "sampledLoss: targets holds an index outside the table";
    case Fault::SampledSample: return "sampledLoss: sample holds an index outside the table";
    case Fault::SparseRows: return "sparseAdamW: rows holds an index outside the table";
    case Fault::SparseSteps: return "sparseAdamW: rowSteps holds a step that factors and steps do not follow";
    case Fault::RankTargets: return "rankTargets: targets holds an index outside the table";
    case Fault::AttentionPages: return "pagedAttention: pages names rows that are not kept";
    case Fault::RotaryRows: return "rotary: rows holds a position outside the tables";
    case Fault::BatchWindows: return "batchRows: window lies outside the history of its user";
    case Fault::BatchSizes: return "batchRows: sequences or rows are fewer than the windows give";
    case Fault::AdagradRows: return "rowAdagrad: rows holds an index outside the table";
    default: return "";
    }
}

RECOSCOPE_DEVICE void raiseFault(std::int32_t* word, Fault fault)
{
    if (!word)
        return;
#if defined(__CUDA_ARCH__)
    atomicMax(word, static_cast<std::int32_t>(fault));
#else
    *word = larger(*word, static_cast<std::int32_t>(fault));
#endif
}

} // namespace recoscope::kernels::cuda
