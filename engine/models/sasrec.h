// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SASRec (Kang & McAuley, ICDM 2018, "Self-Attentive Sequential Recommendation") with the variants that public code
// uses: gSASRec, the cross-entropy form and the PyTorch port. Equations: docs/models.md.
// Torch-free: buildSasRec is only called where NeuralModel is known.
#pragma once

#include <memory>

#include "engine/models/registry.h"

namespace recoscope {

class NeuralModel;
struct ModelSetup;

ModelDescriptor sasRecDescriptor();
std::unique_ptr<NeuralModel> buildSasRec(const ModelSetup& setup);

} // namespace recoscope
