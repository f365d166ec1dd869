// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The loss of ARGUS: sampled softmax over cosines with negatives of the batch and of the catalogue, corrected by a
// streamed count of the targets; cross-entropy of each feedback factor; and a logistic loss on pairs of neighbouring
// events of different feedback. Equations: docs/models.md.
#pragma once

#include "engine/models/argus_network.h"
#include "engine/nn/model_loss.h"

namespace recoscope {

// `model` must outlive the loss.
std::unique_ptr<ModelLoss> makeArgusLoss(const Argus& model);

} // namespace recoscope
