// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The two models of SentencePiece, with its own rules for ties: a normalised text to pieces. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/text/piece_trie.h"
#include "engine/text/sentencepiece_file.h"
#include "engine/text/vocabulary.h"

namespace recoscope {

// What the pieces of a file are called. Text is found among `textPieces`; control, unknown and byte pieces never are.
struct SentencePieceTable {
    SentencePieceTable(SentencePieceFile file, const std::string& origin);
    std::int32_t idOf(std::string_view piece) const; // of a part of a text; the unknown piece when there is none
    SentencePieceType type(std::int32_t id) const { return file.pieces[static_cast<std::size_t>(id)].type; }
    float score(std::int32_t id) const { return file.pieces[static_cast<std::size_t>(id)].score; }

    SentencePieceFile file;
    Vocabulary textPieces, reserved;
    PieceTrie userDefined;
    std::int32_t unknown = -1;
    std::vector<std::int32_t> bytes; // ids of the 256 byte pieces; empty without byte fallback
};

struct PieceOfText {
    std::string_view text;
    std::int32_t id;
};

class SentencePieceModel {
public:
    virtual ~SentencePieceModel() = default;
    virtual std::vector<PieceOfText> encode(std::string_view normalized) const = 0;
};

// `table` outlives the model.
std::unique_ptr<SentencePieceModel> makeSentencePieceBpe(const SentencePieceTable& table);
std::unique_ptr<SentencePieceModel> makeSentencePieceUnigram(const SentencePieceTable& table);

} // namespace recoscope
