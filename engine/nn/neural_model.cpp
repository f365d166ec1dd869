// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/neural_model.h"

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "engine/nn/model_loss.h"

namespace recoscope {

torch::Tensor NeuralModel::scoringTable(const torch::Tensor& table) const
{
    if (!normalisesItems())
        return table;
    return torch::nn::functional::normalize(table, torch::nn::functional::NormalizeFuncOptions().dim(1).eps(1e-6));
}

std::unique_ptr<ModelLoss> NeuralModel::ownLoss() const
{
    return nullptr;
}

torch::Tensor NeuralModel::feedbackAfter(const PackedBatch&, const torch::Tensor&) const
{
    throw Error(ErrorKind::Refused, name() + " does not predict feedback", "choose a run of a model that does");
}

std::unique_ptr<NeuralModel> buildNeuralModel(const std::string& name, const ModelSetup& setup)
{
    const ModelDescriptor& descriptor = findModel(name);
    if (descriptor.build)
        return descriptor.build(setup);
    throw Error(ErrorKind::Usage, name + " is not a neural model", "counting models are fitted, not trained");
}

} // namespace recoscope
