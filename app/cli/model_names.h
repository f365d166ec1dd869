// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A look-up that the model registry leaves to its users.
#pragma once

#include <string>

#include "engine/models/registry.h"

namespace recoscope::cli {

// Error{NotFound} with the presets there are.
const ModelPreset& findModelPreset(const ModelDescriptor& model, const std::string& name);

} // namespace recoscope::cli
