// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/gradient_clip.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "engine/nn/kernel_call.h"

namespace recoscope {

using torch::Tensor;

namespace {

// [parts] float64, where the gradient is.
Tensor squaresOf(const std::vector<GradientPart>& parts)
{
    const auto count = static_cast<std::int64_t>(parts.size());
    Tensor squares = torch::zeros({count}, parts.front().values.options().dtype(torch::kFloat64));
    for (std::int64_t i = 0; i < count; ++i)
        nn::runSumOfSquares(parts[i].values, parts[i].rows, squares.data_ptr<double>() + i);
    return squares;
}

double normOnProcessor(const std::vector<GradientPart>& parts)
{
    if (parts.front().values.scalar_type() != torch::kFloat32)
        return parts.front().values.norm().item<double>();
    const Tensor squares = squaresOf(parts);
    const auto* first = squares.const_data_ptr<double>();
    return std::sqrt(std::accumulate(first, first + squares.numel(), 0.0));
}

GradientClip clipOnDevice(const std::vector<GradientPart>& parts, double clipNorm)
{
    using kernels::StepNumbers;
    constexpr auto number = static_cast<std::int64_t>(sizeof(double));
    static_assert(sizeof(StepNumbers) % sizeof(double) == 0);
    const Tensor squares = squaresOf(parts);
    // Ones: the loss is a mean already, so its scale is one, and the rest is written or not read.
    const Tensor numbers = torch::ones({static_cast<std::int64_t>(sizeof(StepNumbers)) / number}, squares.options());
    const kernels::ClipGradient a{
        squares.numel(), squares.const_data_ptr<double>(), clipNorm, static_cast<StepNumbers*>(numbers.data_ptr())};
    nn::DeviceKernelCall(squares).run(&kernels::DeviceApi::clipGradient, a);
    constexpr std::int64_t norm = offsetof(StepNumbers, norm) / sizeof(double);
    constexpr std::int64_t scale = offsetof(StepNumbers, gradientScale) / sizeof(float);
    return {numbers.select(0, norm), numbers.view(torch::kFloat32).select(0, scale)};
}

} // namespace

GradientClip clipOf(const std::vector<GradientPart>& parts, double clipNorm)
{
    const torch::NoGradGuard guard;
    if (!parts.front().values.is_cpu())
        return clipOnDevice(parts, clipNorm);
    const double norm = normOnProcessor(parts);
    const double scale = clipNorm > 0.0 ? std::min(1.0, clipNorm / (norm + 1e-6)) : 1.0;
    return {torch::scalar_tensor(norm, torch::kFloat64), torch::scalar_tensor(scale, torch::kFloat64)};
}

} // namespace recoscope
