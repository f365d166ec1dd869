// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The tokeniser of a SentencePiece model file.
#pragma once

#include <memory>
#include <string>

#include "engine/text/tokenizer.h"

namespace recoscope {

// `origin` names the bytes in messages. Error{Input}.
std::shared_ptr<const Tokenizer> tokenizerFromSentencePiece(const std::string& content, const std::string& origin);

} // namespace recoscope
