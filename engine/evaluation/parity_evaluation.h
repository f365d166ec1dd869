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

// A folder with texts and their ids (cases.jsonl) instead of a case.json.
bool isTokenizerFixture(const Path& folder);
// `tokenizer`: file or folder of the tokeniser itself. Error{NotFound} when it is not there.
std::vector<ParityRow> parityTokenizer(const Path& folder, const Path& tokenizer);

} // namespace recoscope
