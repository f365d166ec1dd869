// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The fixture families of models, losses and optimisers, one function each. Pure functions of the folder.
#pragma once

#include <vector>

#include "engine/core/file.h"
#include "engine/evaluation/parity_row.h"

namespace recoscope {

class ParityCase;

std::vector<ParityRow> parityLruRec(const ParityCase& c);
std::vector<ParityRow> paritySasRecPort(const ParityCase& c);
std::vector<ParityRow> paritySasRecCrossEntropy(const ParityCase& c);
std::vector<ParityRow> parityGSasRec(const ParityCase& c);
std::vector<ParityRow> parityEngine(const ParityCase& c);
std::vector<ParityRow> parityBert4Rec(const ParityCase& c);
std::vector<ParityRow> parityHstuResearch(const ParityCase& c);
std::vector<ParityRow> parityPerSRecPlain(const ParityCase& c);
std::vector<ParityRow> parityPerSRecTokens(const ParityCase& c);
std::vector<ParityRow> parityGru4Rec(const ParityCase& c);
std::vector<ParityRow> parityText(const ParityCase& c);
std::vector<ParityRow> parityHllm(const ParityCase& c);
std::vector<ParityRow> parityPerSRecHllm(const ParityCase& c);
std::vector<ParityRow> parityFullCrossEntropy(const ParityCase& c);
std::vector<ParityRow> parityGbce(const ParityCase& c);
std::vector<ParityRow> paritySampledSoftmax(const ParityCase& c);
std::vector<ParityRow> parityOptimiser(const ParityCase& c);

// Vectors of the texts of cases.jsonl (expected.safetensors) with the text encoder in `model`.
std::vector<ParityRow> parityEncoder(const Path& folder, const Path& model);

} // namespace recoscope
