// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// An untrained model whose every part matters: weights of a size near one, none of them zero.
#pragma once

#include <memory>
#include <string>

#include "engine/models/registry.h"
#include "engine/nn/neural_model.h"

namespace recoscope::test {

// What `setup.parameters` leaves out has the model's default; `shift` is added to every weight.
inline std::shared_ptr<NeuralModel> builtModel(const std::string& name, ModelSetup setup, double shift)
{
    setup.parameters = findModel(name).schema.validate(setup.parameters);
    std::shared_ptr<NeuralModel> model = buildNeuralModel(name, setup);
    const torch::NoGradGuard guard;
    for (const auto& entry : model->parameters().entries())
        entry.value.mul_(entry.name.find("norm") == std::string::npos ? 8.0 : 1.0).add_(shift);
    return model;
}

} // namespace recoscope::test
