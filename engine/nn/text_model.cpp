// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/text_model.h"

namespace recoscope::nn {

void loadTextWeights(const TextWeights& weights, Parameters& parameters, const std::string& prefix)
{
    const torch::NoGradGuard guard;
    for (const TextWeights::Tensor& tensor : weights.tensors) {
        std::vector<float> values = tensor.view.toFloat();
        const torch::Tensor stored = torch::from_blob(values.data(), tensor.view.shape, torch::kFloat32);
        const TextTensor& place = tensor.layout;
        torch::Tensor ours = parameters.at(prefix + place.ours).value;
        ours.narrow(0, place.firstRow, place.shape.front()).copy_(stored);
    }
}

std::unique_ptr<TextModel> makeTextModel(const TextWeights& weights)
{
    auto model = std::make_unique<TextModel>();
    model->network = makeTextNetwork(model->parameters, "", weights.config, {false, false});
    loadTextWeights(weights, model->parameters);
    return model;
}

} // namespace recoscope::nn
