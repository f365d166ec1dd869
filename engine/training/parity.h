// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Runs fixture folders made with public implementations through the engine's own models, losses, optimisers, metrics
// and rankings, in float32 and, where the fixture has it, float64. Torch-free. Not thread-safe (it sets no state that
// outlives the call).
#pragma once

#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/evaluation/parity_row.h"

namespace recoscope {

struct ParityReport {
    std::vector<ParityRow> rows;
    std::vector<std::string> skipped; // folders that nothing was compared in: "name (family, or the reason)"
    bool ok() const;
};

// Every folder with a case.json, or with a tokeniser's cases.jsonl, below `directory`, in name order. Error{NotFound}
// when there is none, Error{Input} for a damaged fixture. `encoders`: where text encoders lie by name, for fixtures
// that come without their model. `device`: where the models compute, "cpu" or "cuda"; on a device only those that can
// be trained there are compared, in float32, and the rest is skipped.
ParityReport runParity(
    const Path& directory, Progress& progress, const Path& encoders = {}, const std::string& device = "cpu");

} // namespace recoscope
