// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The files of a run's folder, by name. All are replaced whole; what is in them: model_files.h.
#pragma once

#include "engine/core/file.h"

namespace recoscope {

constexpr const char *weightsName = "weights.safetensors", *refitWeightsName = "weights-refit.safetensors";

Path weightsFile(const Path& runFolder); // the best by validation
Path refitWeightsFile(const Path& runFolder); // of a run that was trained again on train + validation
Path servedWeightsFile(const Path& runFolder); // the one of the two that is tested and used
Path checkpointFile(const Path& runFolder);

} // namespace recoscope
