// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A training loss that a model brings itself. It may remember things from step to step; a checkpoint keeps them, so
// that a resumed run repeats the uninterrupted one. Used by one thread.
#pragma once

#include <cstdint>
#include <span>

#include "engine/nn/packed_batch.h"
#include "engine/scaling/flops.h"

namespace recoscope {

// A batch with the event that follows each of its rows.
struct LossBatch {
    PackedBatch inputs;
    torch::Tensor targets; // [T] int32
    torch::Tensor targetFeedback; // [T] float32, NaN where nobody knows; or undefined
    torch::Tensor targetKinds; // [T] int32, EventMark::unknown where nobody knows; or undefined
    std::uint64_t seed = 0, step = 0; // what every random number of the step follows from
};

class ModelLoss {
public:
    virtual ~ModelLoss() = default;
    // Mean over the targets, differentiable.
    virtual torch::Tensor operator()(const LossBatch& batch) = 0;
    // All operations of a step on the batch, encoding and scores.
    virtual FlopCount flops(const LossBatch& batch) const = 0;
    virtual std::span<std::int64_t> memory() { return {}; }
};

} // namespace recoscope
