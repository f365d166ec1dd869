// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The pre-tokenizers of tokenizer.json: they cut a normalised text into the pieces that the model sees one by one.
// Immutable; any thread. Registry: pre_tokenizers.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/text/pattern.h"

namespace recoscope {

struct TextPiece {
    std::string text;
    bool first = false; // begins where the whole text begins
};

class PreTokenizer {
public:
    virtual ~PreTokenizer() = default;
    virtual void apply(std::vector<TextPiece>& pieces) const = 0;
};

// `json` as under "pre_tokenizer"; null gives one that leaves the text whole.
std::unique_ptr<PreTokenizer> makePreTokenizer(const Json& json, const std::string& where);

} // namespace recoscope
