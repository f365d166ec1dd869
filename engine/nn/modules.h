// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The two modules every model is made of, as named parameters of a Parameters set.
#pragma once

#include <string>

#include "engine/nn/functional.h"
#include "engine/nn/parameters.h"

namespace recoscope::nn {

// LayerNorm(dropout(x) + residual).
struct Norm {
    torch::Tensor weight, bias; // [width]
    double epsilon = 1e-5;

    Norm() = default;
    Norm(Parameters& parameters, const std::string& name, std::int64_t width, double eps = 1e-5)
        : weight(parameters.constant(name + ".weight", {width}, 1.0))
        , bias(parameters.constant(name + ".bias", {width}, 0.0))
        , epsilon(eps)
    {
    }
    torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& residual = {}, Dropout drop = {}) const
    {
        return layerNorm(x, residual, weight, bias, epsilon, drop);
    }
};

struct Linear {
    torch::Tensor weight, bias; // [out, in], [out]

    Linear() = default;
    // `drawnBias`: truncated normal as the weight, otherwise zero.
    Linear(Parameters& parameters, const std::string& name, std::int64_t out, std::int64_t in, bool drawnBias = false)
        : weight(parameters.truncatedNormal(name + ".weight", {out, in}))
        , bias(drawnBias ? parameters.truncatedNormal(name + ".bias", {out}, false)
                         : parameters.constant(name + ".bias", {out}, 0.0))
    {
    }
    torch::Tensor operator()(const torch::Tensor& x) const { return torch::linear(x, weight, bias); }
};

} // namespace recoscope::nn
