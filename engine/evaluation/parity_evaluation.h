// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The fixture families that belong to evaluation: metrics, top-k lists and paired statistics. Format of a fixture
// folder: case.json with "family", io.safetensors. Pure functions of the folder; Error{Input} for a damaged fixture.
#pragma once

#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/evaluation/parity_row.h"

namespace recoscope {

// True for "metrics", "topk" and "statistics".
bool isEvaluationFamily(const std::string& family);
// Runs one folder of such a family.
std::vector<ParityRow> parityEvaluation(const Path& folder);

std::vector<ParityRow> parityMetrics(const Path& folder);
std::vector<ParityRow> parityTopK(const Path& folder);
std::vector<ParityRow> parityStatistics(const Path& folder);

} // namespace recoscope
