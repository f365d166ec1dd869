// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The expressions of tokenizer.json are written for Oniguruma with Ruby's rules. ICU reads most of them alike, gives
// some another meaning without a word (\h, \b, {1,3}+, (?m)) and takes others for something else.
#pragma once

#include <string>

namespace recoscope {

// The expression that means to ICU what `ruby` means to Oniguruma. Error{Input} with the part's name for what has no
// equal here. What neither accepts is left for ICU to refuse.
std::string icuExpression(const std::string& ruby, const std::string& where);

} // namespace recoscope
