// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/transfer_phases.h"

#include <algorithm>
#include <charconv>

#include "engine/training/model_files.h"

namespace recoscope {

using torch::Tensor;

int layerOf(const std::string& parameter)
{
    constexpr std::string_view prefix = "layers.";
    int layer = -1;
    if (parameter.starts_with(prefix))
        std::from_chars(parameter.data() + prefix.size(), parameter.data() + parameter.size(), layer);
    return layer;
}

namespace {

bool isNamed(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

TransferPhases::TransferPhases(
    const TrainRequest& request, Parameters& parameters, const std::vector<std::string>& embeddings, int epochs)
    : m_parameters(parameters)
    , m_phases(1)
{
    m_phases[0].end = epochs + 1;
    if (request.initialWeights.empty())
        return;
    const Transfer& transfer = request.transfer;
    const auto& entries = parameters.entries();
    if (transfer.adaptation == Adaptation::Embeddings)
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (!isNamed(embeddings, entries[i].name))
                m_phases[0].frozen.push_back(i);
    if (transfer.adaptation == Adaptation::Progressive)
        unfreezeFromTheTop(transfer, embeddings, epochs);
    const bool freezes = std::ranges::any_of(m_phases, [](const Phase& phase) { return !phase.frozen.empty(); });
    if (freezes || transfer.ewc > 0.0)
        m_start = parameters.values().detach().clone();
    if (transfer.ewc > 0.0)
        m_pull = loadByName(request.importance, parameters) * (2.0 * transfer.ewc);
}

void TransferPhases::unfreezeFromTheTop(
    const Transfer& transfer, const std::vector<std::string>& embeddings, int epochs)
{
    const auto& entries = m_parameters.entries();
    int layers = 0;
    for (const Parameters::Entry& entry : entries)
        layers = std::max(layers, layerOf(entry.name) + 1);
    m_phases.clear();
    for (int trained = 1; trained <= layers; ++trained) {
        Phase phase{(trained - 1) * transfer.unfreezeEpochs + 1, trained * transfer.unfreezeEpochs + 1, {}};
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const int layer = layerOf(entries[i].name);
            const bool lower = layer >= 0 && layer < layers - trained;
            if (lower || isNamed(embeddings, entries[i].name) || entries[i].name == "position_embedding.weight")
                phase.frozen.push_back(i);
        }
        m_phases.push_back(std::move(phase));
    }
    m_phases.push_back({layers * transfer.unfreezeEpochs + 1, epochs + 1, {}});
}

const TransferPhases::Phase& TransferPhases::of(int epoch) const
{
    const auto found = std::ranges::find_if(m_phases, [epoch](const Phase& phase) { return epoch < phase.end; });
    return found == m_phases.end() ? m_phases.back() : *found;
}

void TransferPhases::adjustGradients(int epoch)
{
    const torch::NoGradGuard guard;
    if (m_pull.defined())
        m_parameters.gradients().addcmul_(m_pull, m_parameters.values() - m_start);
    for (const std::size_t i : of(epoch).frozen)
        m_parameters.entries()[i].value.grad().zero_();
}

void TransferPhases::restoreFrozen(int epoch)
{
    const torch::NoGradGuard guard;
    for (const std::size_t i : of(epoch).frozen) {
        const Parameters::Entry& entry = m_parameters.entries()[i];
        const Tensor value = entry.value.detach();
        value.copy_(m_start.slice(0, entry.begin, entry.begin + value.numel()).view(value.sizes()));
    }
}

} // namespace recoscope
