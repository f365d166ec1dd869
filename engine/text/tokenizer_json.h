// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The tokeniser of a `tokenizer.json`: its parts put together.
#pragma once

#include <memory>
#include <string>

#include "engine/text/tokenizer.h"

namespace recoscope {

// `origin` names the text in messages. Error{Input}.
std::shared_ptr<const Tokenizer> tokenizerFromJson(const std::string& content, const std::string& origin);

} // namespace recoscope
