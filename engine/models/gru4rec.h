// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// GRU4Rec (Hidasi et al., ICLR 2016) on whole histories, with tied item vectors. Equations: docs/models.md.
// Torch-free: buildGru4Rec is only called where NeuralModel is known.
#pragma once

#include <memory>

#include "engine/models/registry.h"

namespace recoscope {

class NeuralModel;
struct ModelSetup;

ModelDescriptor gru4RecDescriptor();
std::unique_ptr<NeuralModel> buildGru4Rec(const ModelSetup& setup);

} // namespace recoscope
