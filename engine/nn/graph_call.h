// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <torch/torch.h>

#include "engine/nn/forward_context.h"

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

// A dropout among what an autograd Function keeps for its backward.
inline void saveDropout(torch::autograd::AutogradContext* ctx, Dropout drop)
{
    ctx->saved_data["p"] = static_cast<double>(drop.probability);
    ctx->saved_data["seed"] = static_cast<std::int64_t>(drop.seed);
}
inline Dropout savedDropout(torch::autograd::AutogradContext* ctx)
{
    return {static_cast<float>(ctx->saved_data["p"].toDouble()),
        static_cast<std::uint64_t>(ctx->saved_data["seed"].toInt())};
}

} // namespace recoscope::nn
