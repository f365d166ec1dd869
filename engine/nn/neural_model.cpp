// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/neural_model.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/peak_memory.h"
#include "engine/models/registry.h"
#include "engine/nn/model_loss.h"
#include "engine/nn/unit_rows.h"

namespace recoscope {

void IncrementalForm::lastVectors(const PackedView&, float*) const
{
    throw Error(ErrorKind::Internal, "this form keeps states and reads no windows", "report this");
}

torch::Tensor NeuralModel::encodeChunk(const PackedBatch&, torch::Tensor&, ForwardContext&) const
{
    throw Error(ErrorKind::Internal, name() + " carries nothing from chunk to chunk", "report this");
}

torch::Tensor NeuralModel::scoringTable(const torch::Tensor& table) const
{
    if (!normalisesItems())
        return table;
    return nn::unitRows(table);
}

torch::Tensor NeuralModel::allItemVectors() const
{
    constexpr std::int64_t block = 2048;
    std::vector<torch::Tensor> rows;
    for (std::int64_t begin = 0; begin <= items(); begin += block)
        rows.push_back(itemVectors(torch::arange(begin, std::min(begin + block, items() + 1), torch::kInt32)));
    return torch::cat(rows);
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
    keepFreedMemory();
    const ModelDescriptor& descriptor = findModel(name);
    if (descriptor.build)
        return descriptor.build(setup);
    throw Error(ErrorKind::Usage, name + " is not a neural model", "counting models are fitted, not trained");
}

} // namespace recoscope
