// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A text network with the weights of a folder (text/model_weights.h).
#pragma once

#include <memory>

#include "engine/nn/text_network.h"
#include "engine/text/model_weights.h"

namespace recoscope::nn {

// Copies the weights into the parameters of that prefix, widened or narrowed to their precision. Error{NotFound} naming
// a parameter that the set lacks.
void loadTextWeights(const TextWeights& weights, Parameters& parameters, const std::string& prefix = "");

struct TextModel {
    Parameters parameters; // not frozen: there are no gradients
    std::unique_ptr<TextNetwork> network;
};

std::unique_ptr<TextModel> makeTextModel(const TextWeights& weights);

} // namespace recoscope::nn
