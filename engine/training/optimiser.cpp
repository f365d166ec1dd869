// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/optimiser.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/nn/kernel_call.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

Optimiser::Optimiser(Parameters& parameters, const OptimiserSettings& settings, const std::vector<std::string>& tables)
    : m_parameters(parameters)
    , m_settings(settings)
{
    addTables(tables);
    std::int64_t begin = 0;
    for (const Table& table : m_tables) {
        addRange(begin, table.begin);
        begin = table.begin + table.rows * table.width;
    }
    addRange(begin, parameters.values().numel());
    makeState();
}

void Optimiser::addTables(const std::vector<std::string>& names)
{
    for (const std::string& name : names) {
        const Parameters::Entry& entry = m_parameters.at(name);
        const std::int64_t rows = entry.value.size(0), width = entry.value.size(1);
        Table table{entry.begin, rows, width, entry.begin, entry.decay ? m_settings.weightDecay : 0.0, {}, {}};
        if (!byAdagrad())
            table.rowSteps = torch::zeros({rows}, m_parameters.values().options().dtype(torch::kInt64));
        m_tables.push_back(table);
    }
    std::sort(m_tables.begin(), m_tables.end(), [](const Table& a, const Table& b) { return a.begin < b.begin; });
}

// Cut where the weight decay ends. Ranges ascend; with RowAdagrad their moments lie side by side.
void Optimiser::addRange(std::int64_t begin, std::int64_t end)
{
    const std::int64_t middle = std::clamp(m_parameters.decayedEnd(), begin, end);
    std::int64_t state = begin;
    if (byAdagrad())
        state = m_ranges.empty() ? 0 : m_ranges.back().state + m_ranges.back().end - m_ranges.back().begin;
    m_ranges.push_back({begin, middle, state, m_settings.weightDecay});
    m_ranges.push_back({middle, end, state + middle - begin, 0.0});
}

void Optimiser::makeState()
{
    const std::int64_t numbers = m_ranges.back().state + m_ranges.back().end - m_ranges.back().begin;
    std::int64_t accumulators = 0;
    for (Table& table : m_tables)
        if (byAdagrad()) {
            table.state = numbers + accumulators;
            accumulators += table.rows;
        }
    const auto options = m_parameters.values().options();
    const bool adam = m_settings.kind == OptimiserKind::AdamW || m_settings.kind == OptimiserKind::Adam;
    if (adam || m_settings.kind == OptimiserKind::Sgd)
        firstMoment = torch::zeros({numbers}, options);
    if (adam || m_settings.kind == OptimiserKind::Adagrad)
        secondMoment = torch::full({numbers + accumulators}, adam ? 0.0 : m_settings.initialAccumulator, options);
    if (m_settings.amsgrad)
        maxSecondMoment = torch::zeros({numbers}, options);
}

void Optimiser::setSteps(std::int64_t steps)
{
    m_steps = steps;
    for (Table& table : m_tables)
        if (!byAdagrad())
            table.rowSteps.fill_(steps);
}

void Optimiser::restart()
{
    settle();
    for (const Tensor& moment : {firstMoment, secondMoment, maxSecondMoment})
        if (moment.defined())
            moment.fill_(m_settings.kind == OptimiserKind::Adagrad ? m_settings.initialAccumulator : 0.0);
    setSteps(0);
}

void Optimiser::prepare(std::span<const std::int32_t> rows)
{
    if (hasTables())
        m_rows = nn::sentTo(
            m_parameters.device(), torch::tensor(at::ArrayRef<std::int32_t>(rows.data(), rows.size()), torch::kInt32));
    for (Table& table : m_tables)
        if (!byAdagrad()) // whose rows are never behind, and clear their gradients as they use them
            updateRows(table, m_rows, nullptr, {});
    for (const Range& range : m_ranges)
        m_parameters.gradients().slice(0, range.begin, range.end).zero_();
}

void Optimiser::settle()
{
    if (byAdagrad())
        return;
    for (Table& table : m_tables) {
        updateRows(table, torch::arange(table.rows, table.rowSteps.options().dtype(torch::kInt32)), nullptr, {});
        table.factors.clear();
    }
}

std::vector<GradientPart> Optimiser::gradientParts() const
{
    const Tensor& gradients = m_parameters.gradients();
    if (m_tables.empty())
        return {{gradients, {}}};
    std::vector<GradientPart> parts;
    for (const Range& range : m_ranges)
        parts.push_back({gradients.slice(0, range.begin, range.end), {}});
    for (const Table& table : m_tables)
        parts.push_back(
            {gradients.slice(0, table.begin, table.begin + table.rows * table.width).view({table.rows, table.width}),
                m_rows});
    return parts;
}

Tensor Optimiser::step(double learningRate, double ofTables)
{
    const torch::NoGradGuard guard;
    const GradientClip clip = clipOf(gradientParts(), m_settings.clipNorm);
    ++m_steps;
    const bool adamKind = m_settings.kind == OptimiserKind::AdamW || m_settings.kind == OptimiserKind::Adam;
    const auto update = adamKind ? &Optimiser::adam : &Optimiser::adagradOrSgd;
    for (const Range& range : m_ranges)
        if (range.begin < range.end)
            (this->*update)(range, learningRate, clip.scale);
    for (Table& table : m_tables) {
        if (byAdagrad()) {
            adagradRows(table, ofTables, clip.scale);
            continue;
        }
        table.factors.push_back(kernels::adamWFactors(adamSettings(learningRate, table.weightDecay)));
        updateRows(table, m_rows, m_parameters.gradients().data_ptr<float>() + table.begin, clip.scale);
    }
    return clip.norm;
}

void Optimiser::updateRows(Table& table, const Tensor& rows, float* gradient, const Tensor& scale)
{
    using Factors = kernels::AdamWFactors;
    const auto steps = static_cast<std::int64_t>(table.factors.size());
    const Tensor factors = nn::sentTo(m_parameters.device(),
        torch::from_blob(table.factors.data(), {steps * static_cast<std::int64_t>(sizeof(Factors))}, torch::kUInt8));
    kernels::SparseAdamW a;
    a.tableRows = table.rows;
    a.width = table.width;
    a.parameter = m_parameters.values().data_ptr<float>() + table.begin;
    a.gradient = gradient;
    a.firstMoment = firstMoment.data_ptr<float>() + table.state;
    a.secondMoment = secondMoment.data_ptr<float>() + table.state;
    a.rowSteps = table.rowSteps.data_ptr<std::int64_t>();
    a.rows = {rows.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(rows.numel())};
    a.steps = m_steps;
    a.factors = {static_cast<const Factors*>(factors.const_data_ptr()), table.factors.size()};
    a.beta1 = m_settings.beta1;
    a.beta2 = m_settings.beta2;
    a.epsilon = m_settings.epsilon;
    nn::runSparseAdamW(m_parameters.values(), a, scale);
}

void Optimiser::adagradRows(const Table& table, double learningRate, const Tensor& scale)
{
    kernels::RowAdagrad a;
    a.tableRows = table.rows;
    a.width = table.width;
    a.parameter = m_parameters.values().data_ptr<float>() + table.begin;
    a.gradient = m_parameters.gradients().data_ptr<float>() + table.begin;
    a.accumulator = secondMoment.data_ptr<float>() + table.state;
    a.rows = {m_rows.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(m_rows.numel())};
    a.learningRate = learningRate;
    a.epsilon = m_settings.epsilon;
    a.weightDecay = table.weightDecay;
    nn::runRowAdagrad(m_parameters.values(), a, scale);
}

kernels::AdamWStep Optimiser::adamSettings(double learningRate, double weightDecay) const
{
    kernels::AdamWStep a;
    a.learningRate = learningRate;
    a.beta1 = m_settings.beta1;
    a.beta2 = m_settings.beta2;
    a.epsilon = m_settings.epsilon;
    a.weightDecay = weightDecay;
    a.decoupledDecay = m_settings.kind == OptimiserKind::AdamW;
    a.step = m_steps;
    return a;
}

Tensor Optimiser::part(const Tensor& state, const Range& range)
{
    return state.slice(0, range.state, range.state + range.end - range.begin);
}

void Optimiser::adam(const Range& range, double learningRate, const Tensor& scale)
{
    Tensor& values = m_parameters.values();
    if (values.scalar_type() != torch::kFloat32 || m_settings.amsgrad) {
        plainAdam(range, learningRate, scale);
        return;
    }
    kernels::AdamWStep a = adamSettings(learningRate, range.weightDecay);
    a.count = range.end - range.begin;
    a.parameter = values.data_ptr<float>() + range.begin;
    a.gradient = m_parameters.gradients().const_data_ptr<float>() + range.begin;
    a.firstMoment = firstMoment.data_ptr<float>() + range.state;
    a.secondMoment = secondMoment.data_ptr<float>() + range.state;
    nn::runAdamW(values, a, scale);
}

void Optimiser::plainAdam(const Range& range, double learningRate, const Tensor& scale)
{
    Tensor values = m_parameters.values().slice(0, range.begin, range.end);
    Tensor gradient = m_parameters.gradients().slice(0, range.begin, range.end) * scale;
    if (m_settings.kind == OptimiserKind::AdamW)
        values.mul_(1.0 - learningRate * range.weightDecay);
    else
        gradient.add_(values, range.weightDecay);
    Tensor first = part(firstMoment, range), second = part(secondMoment, range);
    first.mul_(m_settings.beta1).add_(gradient, 1.0 - m_settings.beta1);
    second.mul_(m_settings.beta2).addcmul_(gradient, gradient, 1.0 - m_settings.beta2);
    Tensor largest = second;
    if (m_settings.amsgrad) {
        largest = part(maxSecondMoment, range);
        torch::maximum_out(largest, largest, second);
    }
    const double steps = static_cast<double>(m_steps);
    const double firstCorrection = 1.0 - std::pow(m_settings.beta1, steps);
    const double secondCorrection = 1.0 - std::pow(m_settings.beta2, steps);
    const Tensor root = largest.sqrt().div_(std::sqrt(secondCorrection)).add_(m_settings.epsilon);
    values.addcdiv_(first, root, -learningRate / firstCorrection);
}

void Optimiser::adagradOrSgd(const Range& range, double learningRate, const Tensor& scale)
{
    Tensor values = m_parameters.values().slice(0, range.begin, range.end);
    Tensor gradient = m_parameters.gradients().slice(0, range.begin, range.end) * scale;
    gradient.add_(values, range.weightDecay);
    if (m_settings.kind == OptimiserKind::Adagrad) {
        Tensor sum = part(secondMoment, range);
        sum.addcmul_(gradient, gradient);
        values.addcdiv_(gradient, sum.sqrt().add_(m_settings.epsilon), -learningRate);
        return;
    }
    Tensor velocity = part(firstMoment, range);
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
