// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What training costs, from the windows and steps that an epoch really visits (scaling/flops.h). Blocks as long as
// making the model and walking an epoch's batches takes.
#pragma once

#include <cstdint>

#include "engine/training/trainer.h"

namespace recoscope {

struct EpochWork {
    std::int64_t interactions = 0; // targets that an epoch trains on
    double flops = 0.0; // forward and backward
    double paperCompute = 0.0; // where the model's paper has a unit of its own (SRT); otherwise 0
    double paperSize = 0.0; // trainable numbers that its laws count: SRT's without piece vectors; otherwise 0
};

struct TrainingCost {
    std::int64_t parameterCount = 0; // trainable numbers
    EpochWork epoch; // the first; others visit as many windows and targets
};

// Makes the model, so settings that contradict each other or the data throw here as they would in training; nothing is
// written. Items that a step of a text model reads are those of its batch and the expected number of further ones among
// its negatives; of masked events the expected number is asked. Error{Usage} for a model that is not trained,
// Error{Input} for data without training windows.
TrainingCost trainingCost(const TrainRequest& request);

} // namespace recoscope
