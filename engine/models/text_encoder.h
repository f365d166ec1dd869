// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Texts to vectors with a Hugging Face folder: tokeniser, network, pooling. Torch-free, immutable, thread-safe. What
// the folder of a sentence-transformers model says of pooling, normalisation and length holds unless settings say
// otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"

namespace recoscope {

enum class TextPooling { Mean, FirstToken, LastToken };

struct TextEncoderSettings {
    std::optional<TextPooling> pooling; // where neither says: mean for BERT, the last token for decoders
    std::optional<bool> normalise; // to unit length; where neither says: yes
    std::int64_t maxTokens = 0; // a text, special tokens included; 0: the folder's own limit, else 128
};

class TextEncoder {
public:
    virtual ~TextEncoder() = default;

    virtual std::int64_t width() const = 0;
    // 64 hex digits: the same for the same weights, tokeniser and settings, wherever the folder lies.
    virtual const std::string& version() const = 0;
    virtual std::string description() const = 0; // "bert, 6 layers, 384 dims, mean of at most 256 tokens, unit length"
    // [texts, width], in their order. A text without any token gives zeros. Cancellable between batches.
    virtual std::vector<float> encode(std::span<const std::string> texts, Progress& progress) const = 0;
};

// Errors as openTextWeights() and loadTokenizer(); Input too for a tokeniser with more ids than the model has words,
// and for a pooling that is not computed here; Usage for a limit beyond the model's positions.
std::shared_ptr<const TextEncoder> openTextEncoder(const Path& folder, const TextEncoderSettings& settings = {});

} // namespace recoscope
