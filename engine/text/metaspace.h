// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Spaces as a visible character, one of them before the text: what the Metaspace pre-tokenizer and decoder share.
// Value type.
#pragma once

#include <string>

#include "engine/core/json.h"

namespace recoscope {

struct Metaspace {
    enum class Prepend { Always, First, Never };

    Metaspace(
        const Json& json, const std::string& where); // "replacement", "prepend_scheme" or "add_prefix_space", "split"
    // `first`: the piece begins where the whole text begins.
    std::string applied(const std::string& piece, bool first) const;

    std::string replacement;
    Prepend prepend = Prepend::Always;
    bool split = true;
};

// Every `from` replaced by `to`; `from` is not empty.
std::string replaced(std::string text, const std::string& from, const std::string& to);

} // namespace recoscope
