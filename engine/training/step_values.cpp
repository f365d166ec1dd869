// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/step_values.h"

#include <cmath>
#include <vector>

#include "engine/core/error.h"
#include "engine/nn/kernel_call.h"

namespace recoscope {

using torch::Tensor;

namespace {

Tensor together(const Tensor& loss, const Tensor& gradientNorm)
{
    std::vector<Tensor> numbers = {loss.detach().to(torch::kFloat64)};
    numbers.push_back(gradientNorm.defined() ? gradientNorm : torch::zeros_like(numbers[0]));
    if (!loss.is_cpu())
        numbers.push_back(nn::deviceFault(loss.device()).squeeze().to(torch::kFloat64));
    return torch::stack(numbers);
}

} // namespace

void requireFinite(double loss, std::int64_t step)
{
    if (!std::isfinite(loss))
        throw Error(ErrorKind::Refused, "the loss is not finite at step " + std::to_string(step),
            "lower the learning rate or set a clip");
}

StepValues::StepValues(std::int64_t step, const Tensor& loss, const Tensor& gradientNorm)
    : m_step(step)
    , m_device(loss.device())
    , m_numbers(together(loss, gradientNorm))
{
}

double StepValues::loss() const
{
    const double value = m_numbers.at(0);
    if (!m_device.is_cpu())
        nn::throwDeviceFault(m_device, static_cast<std::int32_t>(m_numbers.at(2)));
    requireFinite(value, m_step);
    return value;
}

} // namespace recoscope
