// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/neural_model.h"

#include "engine/core/error.h"
#include "engine/models/registry.h"

namespace recoscope {

torch::Tensor NeuralModel::scoringTable(const torch::Tensor& table) const
{
    if (!normalisesItems())
        return table;
    return torch::nn::functional::normalize(table, torch::nn::functional::NormalizeFuncOptions().dim(1).eps(1e-6));
}

std::unique_ptr<NeuralModel> buildNeuralModel(const std::string& name, const ModelSetup& setup)
{
    const ModelDescriptor& descriptor = findModel(name);
    if (descriptor.build)
        return descriptor.build(setup);
    throw Error(ErrorKind::Usage, name + " is not a neural model", "counting models are fitted, not trained");
}

} // namespace recoscope
