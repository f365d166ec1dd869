// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Recipes that were measured (docs/accuracy.md), by model. Torch-free.
#pragma once

#include <vector>

#include "engine/models/registry.h"

namespace recoscope {

std::vector<ModelPreset> lruRecPresets();
std::vector<ModelPreset> sasRecPresets();
std::vector<ModelPreset> hstuPresets();
std::vector<ModelPreset> perSRecPresets();
std::vector<ModelPreset> argusPresets();
std::vector<ModelPreset> gru4RecPresets();
std::vector<ModelPreset> srtPresets();
std::vector<ModelPreset> hllmPresets();
std::vector<ModelPreset> liteLlm4RecPresets();
std::vector<ModelPreset> markovPresets();
std::vector<ModelPreset> itemKnnPresets();

} // namespace recoscope
