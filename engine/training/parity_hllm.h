// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the fixtures of HLLM and of PerSRec around it share.
#pragma once

#include "engine/models/hllm_network.h"
#include "engine/training/parity_model.h"

namespace recoscope {

struct ParityHllm {
    Parameters parameters;
    std::unique_ptr<HllmNetwork> network;
    torch::Tensor tokens; // [k, D], PerSRec only
};
std::shared_ptr<ParityHllm> buildParityHllm(const ParityCase& c, torch::ScalarType type);
// Links and optimiser.
ParityPlan hllmPlan(const ParityCase& c);

nn::TextBatch catalogueTexts(const ParityCase& c);
// "layer0" of a trace as "<side>_layer0_<rows>".
void addTraced(std::map<std::string, torch::Tensor>& outputs, const Trace& trace, const std::string& side,
    const std::string& rows);

} // namespace recoscope
