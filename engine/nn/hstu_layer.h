// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A whole layer of HSTU in its research form, differentiable: y = x + dropout(U * LN(A V)) O^T + o with
// [U | V | Q | K] = silu(LN(x) W + b). The same numbers as siluProjection(), HstuAttention and gatedOutput() in turn
// but for the order in which gradients of weights are summed. Equations: kernels/hstu_layer.h.
#pragma once

#include <torch/torch.h>

#include "engine/nn/hstu_attention.h"
#include "engine/nn/modules.h"

namespace recoscope::nn {

struct HstuLayer {
    torch::Tensor weight, bias; // W [D, N], [N] or undefined
    Linear out; // O [D, heads * valueDim]
    double epsilon = 1e-6; // of both norms
    HstuAttention attention; // without firstQueries

    // Whether rows like these can be given to operator(): float32 anywhere, and on a device short and narrow ones.
    bool takes(const torch::Tensor& x) const;
    // x [T, D] -> [T, D].
    torch::Tensor operator()(const torch::Tensor& x, Dropout drop) const;
};

} // namespace recoscope::nn
