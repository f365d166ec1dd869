// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The decoders of tokenizer.json: pieces back to text. A step turns a list of pieces into another; the text is what the
// last one leaves, joined. Immutable; any thread. Registry: decoders.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

class Decoder {
public:
    virtual ~Decoder() = default;
    virtual std::vector<std::string> apply(std::vector<std::string> pieces) const = 0;
};

// `json` as under "decoder"; null gives one that puts a space between pieces.
std::unique_ptr<Decoder> makeDecoder(const Json& json, const std::string& where);

// Byte pieces (<0x0A>) that follow each other, as the text they spell; `valid` takes a run of bytes.
template <class Valid> void spellBytes(std::string& bytes, std::vector<std::string>& pieces, Valid valid)
{
    if (!bytes.empty())
        pieces.push_back(valid(bytes));
    bytes.clear();
}

} // namespace recoscope
