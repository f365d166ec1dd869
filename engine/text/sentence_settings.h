// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a sentence-transformers folder says beyond the model: modules.json, the pooling's config.json and
// sentence_bert_config.json. All of them may be absent. Value type.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/file.h"

namespace recoscope {

struct SentenceSettings {
    std::string pooling; // "mean", "cls", "lasttoken"; empty: not said
    bool normalise = false;
    bool said = false; // there is a modules.json, so `normalise` is its word
    std::int64_t maxTokens = 0; // 0: not said
};

// Error{Input} for damaged files and for steps between model and vector that are not computed here.
SentenceSettings readSentenceSettings(const Path& folder);

} // namespace recoscope
