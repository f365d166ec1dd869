// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The titles and brands of a catalogue as pieces of words, by a vocabulary that is learned from them. Of each of the
// two fields only the pieces that occur in it have a row in the field's table. Torch-free; values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/data/data_facts.h"
#include "engine/data/prepared.h"
#include "engine/models/fixed_tensors.h"

namespace recoscope {

// Error{Input} when no item of the dataset has a title, or the key `tokenizer` names a file that is none.
void requireTitles(const Json& parameters, const DataFacts& data);

// Of every prepared item, for the model's keys `pieces` (of the vocabulary, at most), `title_pieces` and `brand_pieces`
// (of one item, at most): "text.tokenizer" (a tokenizer.json) and for the fields title and brand "text.<field>.rows"
// (row of the field's table for each piece of the vocabulary, or -1), ".offsets" [V+1] and ".pieces" (rows, packed).
// An item without a brand has the brand "unknown". With the key `tokenizer` the vocabulary is that file's, and a text
// has the special tokens that the file adds; with `prompt` it stands before every title. `source`: the arrays of
// another catalogue, whose vocabulary and rows are kept; pieces that it does not know are left out. Error{Input} when
// no item has a title.
FixedTensors itemPieces(const PreparedData& data, const Json& parameters, const FixedTensors* source = nullptr);

// As `source` for weights from elsewhere: the vocabulary of the key `tokenizer`, of which every piece has a row in the
// titles' table, and none in the brands'.
FixedTensors wholeVocabulary(const Json& parameters);

// One field as its arrays say it.
struct FieldPieces {
    std::int64_t rows = 0; // of the table
    std::vector<std::int32_t> offsets; // [V+1]
    std::vector<std::int32_t> pieces; // rows
};
// Error{Input} for arrays that contradict each other or have another number of items.
FieldPieces fieldPieces(const FixedTensors& fixed, const std::string& field, std::int64_t items);

} // namespace recoscope
