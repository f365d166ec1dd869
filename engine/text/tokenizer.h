// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Text to the ids of a language model, as the tokeniser's own files define it: Hugging Face `tokenizer.json`
// (byte-level BPE, WordPiece, Unigram) and SentencePiece `.model` files (BPE, Unigram). docs/text.md says what is read.
// A tokeniser is immutable: any number of threads may use one at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/file.h"

namespace recoscope {

class Tokenizer {
public:
    virtual ~Tokenizer() = default;

    // Bytes that are not UTF-8 become U+FFFD first. `addSpecial`: with what the file's post-processor adds ([CLS] ...).
    // `maxTokens`: the text's own tokens are cut at the end so that the result, special tokens included, has no more; 0
    // = no limit (a limit in the file is not applied). Error{Input} where the file has no id for a part of the text,
    // and for a text of more than 16 MiB.
    std::vector<std::int32_t> encode(std::string_view text, bool addSpecial = true, std::size_t maxTokens = 0) const;

    // Text again; ids that the file does not know are left out. `skipSpecial`: special and control tokens too.
    virtual std::string decode(std::span<const std::int32_t> ids, bool skipSpecial = true) const = 0;

    virtual std::int32_t idOf(std::string_view piece) const = 0; // -1 when there is no such piece
    virtual std::string piece(std::int32_t id) const = 0; // empty when there is no such id
    virtual std::int32_t size() const = 0; // largest id + 1: rows of an embedding table
    virtual std::string kind() const = 0; // "BPE", "WordPiece", "Unigram", "SentencePiece BPE", "SentencePiece Unigram"

protected:
    virtual std::vector<std::int32_t> encodePlain(std::string_view text) const = 0;
    virtual std::vector<std::int32_t> withSpecial(std::vector<std::int32_t> ids) const = 0;
};

// A file (JSON, or a SentencePiece model whatever its name), or a folder with tokenizer.json, or else one of
// tokenizer.model, spiece.model, sentencepiece.bpe.model, spm.model. Error{NotFound} when there is none, Error{Input}
// for a file that is damaged or of a kind that is not known.
std::shared_ptr<const Tokenizer> loadTokenizer(const Path& path);
// The file of a folder that loadTokenizer() reads.
Path tokenizerFile(const Path& folder);

} // namespace recoscope
