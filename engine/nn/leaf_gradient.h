// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// For blocks whose backward adds into the gradient of a leaf by itself, which spares a tensor of the leaf's size.
#pragma once

#include <torch/torch.h>

namespace recoscope::nn {

// The gradient of `leaf`, made of zeros where there is none.
inline torch::Tensor leafGradient(const torch::Tensor& leaf)
{
    if (!leaf.grad().defined())
        leaf.mutable_grad() = torch::zeros_like(leaf.detach());
    return leaf.mutable_grad();
}

} // namespace recoscope::nn
