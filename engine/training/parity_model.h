// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the model families share: parameters under their public names, and the run over forward, loss, gradients and
// three optimiser steps in both precisions. A family only says how names, rows and inputs correspond.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "engine/nn/neural_model.h"
#include "engine/training/optimiser.h"
#include "engine/training/parameter_links.h"
#include "engine/training/parity_case.h"

namespace recoscope {

// Something with parameters that a fixture is compared with, in one precision.
struct ParityNetwork {
    std::shared_ptr<void> owner; // keeps alive what the others refer to
    Parameters* parameters = nullptr; // frozen
    std::function<std::map<std::string, torch::Tensor>()> outputs; // values of "out.<name>" tensors
    std::function<torch::Tensor()> loss;
};

struct ParityPlan {
    std::vector<ParameterLink> links;
    OptimiserSettings optimiser;
    bool restDecays = false; // their optimiser's weight decay also reaches entries that nothing of ours is linked to
    std::function<ParityNetwork(torch::ScalarType)> build;
};

std::vector<ParityRow> runParityPlan(const ParityCase& c, const ParityPlan& plan);

// A plan for a model of the registry.
struct ParityModel {
    std::string model;
    ModelSetup setup;
    std::vector<ParameterLink> links;
    OptimiserSettings optimiser;
    bool restDecays = false; // as in the plan
    std::function<std::map<std::string, torch::Tensor>(const NeuralModel&)> outputs;
    std::function<torch::Tensor(const NeuralModel&)> loss;
};

std::vector<ParityRow> runParityModel(const ParityCase& c, ParityModel model);

// All keys of the model's schema, with these changed.
Json modelParameters(const std::string& model, const Json& changes);
OptimiserSettings optimiserOf(const Json& json);

// Their ids (0 = pad, 1..items) to ours (start token for 0), int32.
torch::Tensor ourItems(const torch::Tensor& theirs, std::int64_t items);
// hidden [M, D] against every row of the item table, columns in their order: pad, 1..items.
torch::Tensor theirScores(const NeuralModel& model, const torch::Tensor& hidden);
PackedBatch packedInputs(const ParityCase& c, std::int64_t items);
// RecBole's loss: cross-entropy over all rows of the table at the last real position of each sequence.
torch::Tensor lastPositionCrossEntropy(const ParityCase& c, const NeuralModel& model);

} // namespace recoscope
