// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/model_names.h"

#include "engine/core/error.h"

namespace recoscope::cli {

const ModelPreset& findModelPreset(const ModelDescriptor& model, const std::string& name)
{
    std::string names;
    for (const ModelPreset& preset : model.presets) {
        if (preset.name == name)
            return preset;
        names += (names.empty() ? "" : ", ") + preset.name;
    }
    throw Error(ErrorKind::NotFound, model.name + " has no preset \"" + name + "\"",
        names.empty() ? "this model has no presets" : "its presets are " + names);
}

} // namespace recoscope::cli
