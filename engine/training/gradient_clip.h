// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The global norm of a gradient and the factor that clips it, computed where the gradient is: nobody waits for a
// device.
#pragma once

#include <vector>

#include "engine/nn/parameters.h"

namespace recoscope {

// Of a flat gradient, or of a matrix the rows [R] int32 alone where these are defined.
struct GradientPart {
    torch::Tensor values, rows;
};

struct GradientClip {
    torch::Tensor norm; // [] float64, before the clip
    // [] min(1, clipNorm / (norm + 1e-6)), or 1 where clipNorm is 0: float64 on the processor, float32 on a device.
    torch::Tensor scale;
};

// The parts together are one gradient; other types than float32 come in one part, on the processor.
GradientClip clipOf(const std::vector<GradientPart>& parts, double clipNorm);

} // namespace recoscope
