// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/rotary.h"

#include <numbers>

#include "engine/nn/plain.h"
#include "engine/nn/rotary_tables.h"

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

RotaryAngles RotaryAngles::of(const Tensor& rows) const
{
    return {cosine, sine, positions.index_select(0, rows)};
}

RotaryAngles RotaryAngles::arranged(const AttentionView& view) const
{
    if (view.before.empty())
        return of(view.sources);
    const Tensor all = torch::cat({positions.new_zeros({view.before.front().size(0)}), positions});
    return {cosine, sine, all.index_select(0, view.sources)};
}

RotaryAngles rotaryAngles(const RotaryConfig& config, std::int64_t headWidth, const Tensor& positions)
{
    const torch::NoGradGuard guard;
    const std::int64_t count = positions.numel() == 0 ? 0 : positions.max().item<std::int64_t>() + 1;
    const Tensor exponents
        = torch::arange(0, headWidth, 2, torch::kInt64).to(torch::kFloat32) / static_cast<double>(headWidth);
    const Tensor base = torch::full({}, config.base, torch::kFloat32);
    const Tensor frequencies = scaledFrequencies(config, torch::reciprocal(torch::pow(base, exponents)));
    const Tensor angles
        = (torch::arange(count, torch::kFloat32).unsqueeze(1) * frequencies).to(positions.device()).contiguous();
    return {angles.cos(), angles.sin(), positions.to(torch::kInt32).contiguous()};
}

Tensor turnedRows(const Tensor& qkv, const RotaryAngles& angles)
{
    const torch::NoGradGuard guard;
    if (qkv.scalar_type() != torch::kFloat32)
        return plain::turnedRows(qkv, angles);
    Tensor turned = qkv.clone();
    kernels::RotateRows a;
    a.rows = qkv.size(0);
    a.headDim = 2 * angles.cosine.size(1);
    a.heads = qkv.size(1) / 3 * 2 / a.headDim; // of queries and of keys
    a.rotary = kernelTables(angles);
    a.input = a.output = turned.data_ptr<float>();
    a.inputStride = a.outputStride = qkv.size(1);
    kernels::rotateRows(a);
    return turned;
}

Tensor arrangeTurning(const AttentionView& view, std::size_t layer, const Tensor& qkv, const RotaryAngles& angles)
{
    Tensor arranged = view.arrange(layer, qkv);
    if (view.kept)
        view.kept->back() = turnedRows(view.kept->back(), angles.of(view.keptRows));
    return arranged;
}

} // namespace recoscope::nn
