// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The visible list of models (registry.cpp). Torch-free: a descriptor carries what the command line, the form and the
// documentation need; how a neural model is built stays inside recoscope_nn (nn/neural_model.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/core/schema.h"
#include "engine/data/data_facts.h"
#include "engine/data/prepared.h"
#include "engine/models/fixed_tensors.h"
#include "engine/models/trained_model.h"

namespace recoscope {

class NeuralModel; // nn/neural_model.h
struct ModelSetup;

struct ModelPreset {
    std::string name; // "beauty", "ml-1m", "default"
    std::string title; // "Amazon Beauty, 5-core"
    Json parameters; // overrides of the schema (model and trainer keys)
    Json protocol; // suggested protocol keys, may be empty
};

enum class ModelKind { Neural, Counting };

struct ModelDescriptor {
    std::string name; // "sasrec"
    std::string title; // "SASRec"
    ModelKind kind = ModelKind::Neural;
    std::string summary; // one sentence
    std::string paper; // "Kang & McAuley, ICDM 2018"
    ParameterSchema schema; // architecture and loss; trainer keys are added by training (trainerSchema())
    std::vector<ModelPreset> presets;
    bool hasAttention = false;
    bool hasState = false;
    bool trainsOnDevice = false; // not on the processor alone
    bool needsWindows = false; // its loss makes examples of whole windows itself
    // Error{Input} when such data cannot train the model with these (validated) parameters; null: any data can. Asked
    // through checkData().
    std::function<void(const Json& parameters, const DataFacts&)> requireData;
    void checkData(const Json& parameters, const DataFacts& facts) const
    {
        if (requireData)
            requireData(parameters, facts);
    }
    // Neural models only.
    std::function<std::unique_ptr<NeuralModel>(const ModelSetup&)> build;
    // What it keeps of the dataset, made once before training and stored with the weights. `source`: that of a run on
    // another catalogue, whose weights this model starts from; or null.
    std::function<FixedTensors(const PreparedData&, const Json& parameters, const FixedTensors* source)> fixedTensors;
    // Parameters that an adaptation of the embeddings alone trains, where a model can start from another catalogue's.
    std::vector<std::string> embeddings;
    // Counting models only: which events each user's counts come from.
    enum class CountOn { Train, TrainAndValid };
    std::function<std::shared_ptr<const TrainedModel>(const PreparedData&, const Json& parameters, CountOn, Progress&)>
        fitCounts;
};

const std::vector<ModelDescriptor>& modelRegistry();
// Error{NotFound} with the nearest names.
const ModelDescriptor& findModel(const std::string& name);

} // namespace recoscope
