// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LRURec (Yue et al., WSDM 2024, "Linear Recurrent Units for Sequential Recommendation"). Equations: docs/models.md.
// Torch-free: buildLruRec is only called where NeuralModel is known.
#pragma once

#include <memory>

#include "engine/models/registry.h"

namespace recoscope {

class NeuralModel;
struct ModelSetup;

ModelDescriptor lruRecDescriptor();
std::unique_ptr<NeuralModel> buildLruRec(const ModelSetup& setup);

} // namespace recoscope
