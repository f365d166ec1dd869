// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the fixtures of PerSRec's public HSTU share, with and without tokens.
#pragma once

#include "engine/training/parity_model.h"

namespace recoscope {

bool learnsTemperature(const ParityCase& c);
std::vector<ParameterLink> persrecLinks(const ParityCase& c, std::int64_t items);
Json persrecHstuParameters(const ParityCase& c);
// Mean InfoNCE of unit rows: one positive each and a pool of negatives, of which those nearer to the positive than
// nce_thres are left out.
torch::Tensor persrecInfoNce(const ParityCase& c, const NeuralModel& model, const torch::Tensor& hidden,
    const torch::Tensor& positive, const torch::Tensor& pool);
torch::Tensor persrecItemVectors(const NeuralModel& model); // [items + 1, D], their order

} // namespace recoscope
