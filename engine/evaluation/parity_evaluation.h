// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The fixture families that need no tensor library: metrics, top-k lists, paired statistics and fits of scaling laws.
// Format of a fixture folder: case.json with "family", io.safetensors. Pure functions of the folder; Error{Input} for a
// damaged fixture.
#pragma once

#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/evaluation/parity_row.h"

namespace recoscope {

// True for "metrics", "topk", "statistics" and "power_law".
bool isEvaluationFamily(const std::string& family);
// Runs one folder of such a family.
std::vector<ParityRow> parityEvaluation(const Path& folder);

std::vector<ParityRow> parityMetrics(const Path& folder);
std::vector<ParityRow> parityTopK(const Path& folder);
std::vector<ParityRow> parityStatistics(const Path& folder);
std::vector<ParityRow> parityPowerLaw(const Path& folder);

} // namespace recoscope
