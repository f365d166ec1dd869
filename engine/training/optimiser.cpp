// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/optimiser.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/kernels/ops.h"

namespace recoscope {

using torch::Tensor;

Optimiser::Optimiser(Parameters& parameters, const OptimiserSettings& settings)
    : m_parameters(parameters)
    , m_settings(settings)
{
    const Tensor& values = parameters.values();
    const bool adam = settings.kind == OptimiserKind::AdamW || settings.kind == OptimiserKind::Adam;
    if (adam || settings.kind == OptimiserKind::Sgd)
        firstMoment = torch::zeros_like(values);
    if (adam || settings.kind == OptimiserKind::Adagrad)
        secondMoment = torch::full_like(values, adam ? 0.0 : settings.initialAccumulator);
    if (settings.amsgrad)
        maxSecondMoment = torch::zeros_like(values);
}

double Optimiser::step(double learningRate)
{
    const torch::NoGradGuard guard;
    const Tensor& gradients = m_parameters.gradients();
    const double norm = gradients.scalar_type() == torch::kFloat32
        ? std::sqrt(kernels::sumOfSquares(gradients.numel(), gradients.const_data_ptr<float>()))
        : gradients.norm().item<double>();
    const double scale = m_settings.clipNorm > 0.0 ? std::min(1.0, m_settings.clipNorm / (norm + 1e-6)) : 1.0;
    ++m_steps;
    const std::int64_t decayed = m_parameters.decayedEnd(), end = gradients.numel();
    const bool adamKind = m_settings.kind == OptimiserKind::AdamW || m_settings.kind == OptimiserKind::Adam;
    const auto update = adamKind ? &Optimiser::adam : &Optimiser::adagradOrSgd;
    (this->*update)(0, decayed, learningRate, scale, m_settings.weightDecay);
    (this->*update)(decayed, end, learningRate, scale, 0.0);
    return norm;
}

void Optimiser::adam(std::int64_t begin, std::int64_t end, double learningRate, double scale, double weightDecay)
{
    Tensor& values = m_parameters.values();
    if (begin == end)
        return;
    if (values.scalar_type() != torch::kFloat32 || m_settings.amsgrad) {
        plainAdam(begin, end, learningRate, scale, weightDecay);
        return;
    }
    kernels::AdamWStep a;
    a.count = end - begin;
    a.parameter = values.data_ptr<float>() + begin;
    a.gradient = m_parameters.gradients().const_data_ptr<float>() + begin;
    a.firstMoment = firstMoment.data_ptr<float>() + begin;
    a.secondMoment = secondMoment.data_ptr<float>() + begin;
    a.learningRate = learningRate;
    a.beta1 = m_settings.beta1;
    a.beta2 = m_settings.beta2;
    a.epsilon = m_settings.epsilon;
    a.weightDecay = weightDecay;
    a.decoupledDecay = m_settings.kind == OptimiserKind::AdamW;
    a.step = m_steps;
    a.gradientScale = static_cast<float>(scale);
    kernels::adamWStep(a);
}

void Optimiser::plainAdam(std::int64_t begin, std::int64_t end, double learningRate, double scale, double weightDecay)
{
    Tensor values = m_parameters.values().slice(0, begin, end);
    Tensor gradient = m_parameters.gradients().slice(0, begin, end) * scale;
    if (m_settings.kind == OptimiserKind::AdamW)
        values.mul_(1.0 - learningRate * weightDecay);
    else
        gradient.add_(values, weightDecay);
    Tensor first = firstMoment.slice(0, begin, end), second = secondMoment.slice(0, begin, end);
    first.mul_(m_settings.beta1).add_(gradient, 1.0 - m_settings.beta1);
    second.mul_(m_settings.beta2).addcmul_(gradient, gradient, 1.0 - m_settings.beta2);
    Tensor largest = second;
    if (m_settings.amsgrad) {
        largest = maxSecondMoment.slice(0, begin, end);
        torch::maximum_out(largest, largest, second);
    }
    const double steps = static_cast<double>(m_steps);
    const double firstCorrection = 1.0 - std::pow(m_settings.beta1, steps);
    const double secondCorrection = 1.0 - std::pow(m_settings.beta2, steps);
    const Tensor root = largest.sqrt().div_(std::sqrt(secondCorrection)).add_(m_settings.epsilon);
    values.addcdiv_(first, root, -learningRate / firstCorrection);
}

void Optimiser::adagradOrSgd(
    std::int64_t begin, std::int64_t end, double learningRate, double scale, double weightDecay)
{
    if (begin == end)
        return;
    Tensor values = m_parameters.values().slice(0, begin, end);
    Tensor gradient = m_parameters.gradients().slice(0, begin, end) * scale;
    gradient.add_(values, weightDecay);
    if (m_settings.kind == OptimiserKind::Adagrad) {
        Tensor sum = secondMoment.slice(0, begin, end);
        sum.addcmul_(gradient, gradient);
        values.addcdiv_(gradient, sum.sqrt().add_(m_settings.epsilon), -learningRate);
        return;
    }
    Tensor velocity = firstMoment.slice(0, begin, end);
    velocity.mul_(m_settings.momentum).add_(gradient);
    values.add_(velocity, -learningRate);
}

double scheduleFactor(const std::string& schedule, std::int64_t step, std::int64_t warmupSteps, std::int64_t totalSteps)
{
    if (step <= warmupSteps)
        return static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(warmupSteps, 1));
    if (schedule == "constant")
        return 1.0;
    const double done = static_cast<double>(step - warmupSteps)
        / static_cast<double>(std::max<std::int64_t>(totalSteps - warmupSteps, 1));
    if (schedule == "linear")
        return std::max(0.0, 1.0 - done);
    return 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(done, 1.0)));
}

} // namespace recoscope
