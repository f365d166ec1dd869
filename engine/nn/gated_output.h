// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The end of an HSTU layer on packed rows, differentiable: float32 through the kernel, float64 in ordinary operations.
// Equation: kernels/ops.h.
#pragma once

#include "engine/nn/modules.h"

namespace recoscope::nn {

// residual + out(dropout(gate * LN(mixed))), LN without weights: mixed and gate [T, inner], residual [T, width] -> [T,
// width]. Rows of `gate` may lie apart, as columns of a wider tensor do.
torch::Tensor gatedOutput(const torch::Tensor& mixed, const torch::Tensor& gate, const torch::Tensor& residual,
    const Linear& out, double epsilon, Dropout drop);

// Whether `part` is the first columns of [T, stride] numbers that nothing else is kept in. gatedOutput gives the
// gradient of a gate whose rows lie apart so: what is beside it can take the gradients of the gate's neighbours,
// without a copy.
bool isPartOfRows(const torch::Tensor& part, std::int64_t rows, std::int64_t stride);

} // namespace recoscope::nn
