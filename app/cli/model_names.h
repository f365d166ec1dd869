// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small look-ups over the model registry that several commands share.
#pragma once

#include <string>

#include "engine/core/schema.h"
#include "engine/models/registry.h"

namespace recoscope::cli {

// What --set accepts for a model: its own keys and, for neural models, those of the trainer.
ParameterSchema settingsOf(const ModelDescriptor& model);
// Error{NotFound} with the presets there are.
const ModelPreset& findModelPreset(const ModelDescriptor& model, const std::string& name);

} // namespace recoscope::cli
