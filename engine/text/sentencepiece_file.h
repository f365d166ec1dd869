// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A SentencePiece model file as values: the protocol-buffer fields that tokenising needs, read with every length
// checked. After the published message definitions (sentencepiece_model.proto).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recoscope {

enum class SentencePieceType { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

struct SentencePieceEntry {
    std::string piece;
    float score = 0.0f;
    SentencePieceType type = SentencePieceType::Normal;
};

struct SentencePieceFile {
    std::vector<SentencePieceEntry> pieces; // by id
    int modelType = 1; // 1 Unigram, 2 BPE, 3 words, 4 characters
    bool byteFallback = false;
    bool spaceBehind = false; // the mark of a space goes behind the word instead of before it
    std::string unknownSurface = " \xE2\x81\x87 "; // how an unknown piece is written in decoded text
    std::string charsmap; // see charsmap.h
    bool addSpacePrefix = true;
    bool removeExtraSpaces = true;
    bool escapeSpaces = true;
};

// Error{Input} for a damaged file; unknown fields are passed over.
SentencePieceFile parseSentencePieceFile(std::string_view content, const std::string& origin);

} // namespace recoscope
