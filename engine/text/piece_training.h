// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A vocabulary of pieces of words, learned from texts by byte-pair encoding (Sennrich et al., ACL 2016): the pair of
// neighbours that comes most often becomes a piece, again and again. Texts are brought to NFKC and lower case, whatever
// is no letter, mark or number is a space, and no piece goes beyond a word. Pure function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace recoscope {

// The content of a tokenizer.json (tokenizerFromJson reads it) with at most `pieces` pieces: the characters of the
// texts (the most frequent ones, if there are more), and pairs that come at least twice. Depends on the texts, not on
// their order; of equally frequent pairs the one of older pieces comes first. Error{Input} when the texts have no word
// at all.
std::string trainPieces(const std::vector<std::string>& texts, std::int64_t pieces);

} // namespace recoscope
