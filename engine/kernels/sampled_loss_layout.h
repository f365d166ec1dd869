// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the doorway of sampledLoss (sampled_loss_ops.cpp) and its kernels share: the coefficients that the first pass
// leaves for the second, as fields of 1 + negatives floats each, the target first.
#pragma once

#include "engine/kernels/ops.h"

namespace recoscope::kernels {

// With c = dL/dz and s = inverseTemperature / |v|: field 0 is c s, which the item's gradient takes of the hidden row;
// with unitItems the next is what it takes of the item itself; with gradBias the last is c.
struct SampledLossLayout {
    // Shared negatives: instead of rows, panels of rows, of which any path has a whole number in these.
    static constexpr std::int64_t rowStep = 32;

    std::int64_t count, fields, along, slopes; // the last two: positions of these fields

    explicit inline __attribute__((always_inline)) SampledLossLayout(const SampledLoss& a)
        : count(1 + a.negatives)
        , fields(1 + (a.unitItems ? 1 : 0) + (a.gradBias ? 1 : 0))
        , along(count)
        , slopes((fields - 1) * count)
    {
    }
    inline __attribute__((always_inline)) std::int64_t rowFloats() const { return fields * count; }
};

} // namespace recoscope::kernels
