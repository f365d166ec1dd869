// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/rotary.h"

#include <numbers>

namespace recoscope::nn {

using torch::Tensor;

namespace {

// Llama 3: long waves are slowed by `factor`, short ones kept, those between by a share of both.
Tensor scaledFrequencies(const RotaryConfig& c, const Tensor& frequencies)
{
    if (c.scaling == RotaryConfig::Scaling::None)
        return frequencies;
    if (c.scaling == RotaryConfig::Scaling::Linear)
        return frequencies / c.factor;
    const double original = static_cast<double>(c.originalPositions);
    const Tensor waves = 2.0 * std::numbers::pi / frequencies;
    const Tensor kept = (original / waves - c.lowFrequency) / (c.highFrequency - c.lowFrequency);
    const Tensor between = (1.0 - kept) * frequencies / c.factor + kept * frequencies;
    const Tensor longest = torch::where(waves > original / c.lowFrequency, frequencies / c.factor, between);
    return torch::where(waves < original / c.highFrequency, frequencies, longest);
}

} // namespace

RotaryAngles rotaryAngles(
    const RotaryConfig& config, std::int64_t headWidth, const Tensor& positions, torch::ScalarType type)
{
    const torch::NoGradGuard guard;
    const Tensor exponents
        = torch::arange(0, headWidth, 2, torch::kInt64).to(torch::kFloat32) / static_cast<double>(headWidth);
    const Tensor base = torch::full({}, config.base, torch::kFloat32);
    const Tensor frequencies
        = scaledFrequencies(config, torch::reciprocal(torch::pow(base, exponents))).to(positions.device());
    const Tensor angles = (positions.to(torch::kFloat32).unsqueeze(1) * frequencies).unsqueeze(1);
    return {angles.cos().to(type), angles.sin().to(type)};
}

Tensor rotate(const Tensor& x, std::int64_t heads, const RotaryAngles& angles)
{
    const Tensor split = x.reshape({x.size(0), heads, 2, x.size(1) / heads / 2});
    const Tensor first = split.select(2, 0), second = split.select(2, 1);
    const Tensor turned
        = torch::stack({first * angles.cosine - second * angles.sine, second * angles.cosine + first * angles.sine}, 2);
    return turned.reshape(x.sizes());
}

} // namespace recoscope::nn
