// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <torch/torch.h>

namespace recoscope::nn {

// The value of an autograd Function. Where no gradient can be asked for, its forward alone: what a graph needs costs
// more than the arithmetic of one request.
template <class Function, class... Arguments> auto graphCall(const Arguments&... arguments)
{
    if (torch::GradMode::is_enabled())
        return Function::apply(arguments...);
    torch::autograd::AutogradContext unused;
    return Function::forward(&unused, arguments...);
}

// An undefined tensor cannot be an argument of an autograd Function.
inline std::optional<torch::Tensor> optionalOf(const torch::Tensor& t)
{
    return t.defined() ? std::optional<torch::Tensor>(t) : std::nullopt;
}

} // namespace recoscope::nn
