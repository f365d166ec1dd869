// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What an epoch of a training run costs, from the real windows that it visits (scaling/flops.h). Pure functions.
#pragma once

#include <memory>
#include <string>

#include "engine/core/json.h"
#include "engine/data/prepared.h"

namespace recoscope {

struct EpochWork {
    std::int64_t interactions = 0; // targets that an epoch trains on
    double flops = 0.0; // forward and backward
    double paperCompute = 0.0; // SRT's own unit; 0 for another model
    double withoutTokens = 0.0; // parameters of SRT without piece vectors; 0 for another model
};

// `parameters`: every key of model and trainer. Items that a step of SRT encodes are those of its batch and the
// expected number of further ones among its negatives. Error{Usage} for a model whose operations are not known,
// Error{Input} for data without training windows.
EpochWork epochWork(std::shared_ptr<const PreparedData> data, const std::string& model, const Json& parameters);

} // namespace recoscope
