// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Checkpoints of public code bases, as safetensors under their own tensor names, read as models of ours. Known: LRURec
// (yueqirex/LRURec), SASRec, BERT4Rec and GRU4Rec of RecBole, the PyTorch port of SASRec, gSASRec, the research HSTU
// of generative-recommenders, HLLM, and PerSRec around HSTU and HLLM. Pure functions of their arguments; no torch in
// this header.
#pragma once

#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/json.h"
#include "engine/core/safetensors.h"
#include "engine/data/prepared.h"

namespace recoscope {

// What a file says of the model whose weights it holds.
struct ForeignWeights {
    Path file;
    std::string source; // "yueqirex/LRURec"
    std::string model; // of the registry
    Json parameters; // of that model: read off the shapes, and the settings given
    std::int64_t items = 0; // rows 1..items of their table; 0: the model reads items' texts and has no table
    std::int64_t maxLength = 0; // rows of their position table; 0 = any
};

// The model whose public checkpoints look like this file, and whose code base that is; empty names when none does.
struct ForeignKind {
    std::string model, source;
    std::vector<std::string> asks; // settings that readForeignWeights() wants to be told
    std::int64_t maxLength = 0; // rows of its position table; 0 = any
};
ForeignKind kindOfForeign(const SafetensorsFile& file);

// `settings` are what shapes do not tell (heads), or overrule it. Error{Input} for a file that is no checkpoint of a
// known code base of `model`, naming what is missing; Error{Usage} for settings that are missing or wrong.
ForeignWeights readForeignWeights(const Path& file, const std::string& model, const Json& settings);

// Writes the model over the prepared items as the weights of a run. `rows`: row of their table, 1..items, of each
// prepared item; not read without a table. Error{Input} naming the tensor when one is missing, left over or has another
// shape.
void adoptWeights(const ForeignWeights& weights, const PreparedData& data, const std::vector<std::int64_t>& rows,
    std::uint64_t seed, const Path& target);

} // namespace recoscope
