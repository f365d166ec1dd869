// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/text_layers.h"

namespace recoscope::nn {

using torch::Tensor;

Tensor rmsNorm(const Tensor& x, const Tensor& weight, double epsilon)
{
    return x * torch::rsqrt(x.square().mean(-1, true) + epsilon) * weight;
}

Tensor activate(const Tensor& x, TextActivation activation)
{
    switch (activation) {
    case TextActivation::Gelu: return geluDropout(x, {});
    case TextActivation::GeluTanh: return torch::gelu(x, "tanh");
    case TextActivation::Relu: return torch::relu(x);
    case TextActivation::Silu: break;
    }
    return torch::silu(x);
}

Tensor sharedHeads(const Tensor& x, std::int64_t keyHeads, std::int64_t heads)
{
    if (keyHeads == heads)
        return x;
    const std::int64_t headWidth = x.size(1) / keyHeads;
    return x.reshape({x.size(0), keyHeads, 1, headWidth})
        .expand({x.size(0), keyHeads, heads / keyHeads, headWidth})
        .reshape({x.size(0), heads * headWidth});
}

} // namespace recoscope::nn
