// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What SentencePiece does to a text before its model sees it: the table of characters, spaces as U+2581, one of them in
// front. Immutable; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/text/charsmap.h"
#include "engine/text/piece_trie.h"
#include "engine/text/sentencepiece_file.h"

namespace recoscope {

inline constexpr std::string_view spaceMark = "\xE2\x96\x81";

class SentencePieceNormalizer {
public:
    // `userDefined` finds the pieces that stay as they are; it outlives the normaliser.
    SentencePieceNormalizer(const SentencePieceFile& file, const PieceTrie& userDefined, const std::string& origin);
    std::string apply(std::string_view text) const;

private:
    Charsmap::Match unitAt(std::string_view text) const; // what the text begins with, and what replaces it

    const PieceTrie& m_userDefined;
    Charsmap m_map;
    std::string m_origin;
    bool m_addPrefix, m_removeExtra, m_spaceBehind;
    std::string m_space;
};

} // namespace recoscope
