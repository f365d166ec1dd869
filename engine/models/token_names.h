// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a generative model calls the items of a catalogue, made once before training: semantic ids from vectors of the
// items (a file, or drawn from the pieces of their titles), or the pieces themselves. Torch-free; values.
#pragma once

#include "engine/core/json.h"
#include "engine/data/prepared.h"
#include "engine/generative/token_sequences.h"
#include "engine/models/fixed_tensors.h"

namespace recoscope {

// For the keys `names` ("semantic" or "title"), `levels`, `codes` (at most; never more than items), `item_vectors`,
// `vector_width`, `pieces` and `name_pieces`: "names.vocabulary" [1], "names.offsets" [V+1], "names.tokens", and what
// became of the codes, "names.used" [levels] (semantic) and "names.collisions" [names, items, largest].
// Error{Input} for a catalogue without titles and for vectors that do not fit the dataset.
FixedTensors itemNames(const PreparedData& data, const Json& parameters, const FixedTensors* source);

// Error{Input} for arrays that contradict each other or have another number of items.
TokenSequences namesOf(const FixedTensors& fixed, std::int64_t items);

// Of itemNames(), in words: codes in use of each level, and how many items share a name before it is numbered.
std::string nameUsage(const FixedTensors& fixed);

} // namespace recoscope
