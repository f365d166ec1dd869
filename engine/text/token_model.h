// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The models of tokenizer.json: a piece of text to ids. Immutable; any thread. Registry: token_model.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/json.h"
#include "engine/text/vocabulary.h"

namespace recoscope {

class TokenModel {
public:
    virtual ~TokenModel() = default;
    // Appends the ids of one piece. Error{Input} where the file has no id for a part of it.
    virtual void encode(std::string_view piece, std::vector<std::int32_t>& ids) const = 0;
    const Vocabulary& vocabulary() const { return m_vocabulary; }

protected:
    Vocabulary m_vocabulary;
};

struct NamedTokenModel {
    std::string kind;
    std::unique_ptr<TokenModel> model;
};

// `json` as under "model".
NamedTokenModel makeTokenModel(const Json& json, const std::string& where);

// Those with files of their own.
std::unique_ptr<TokenModel> makeBpe(const Json& json, const std::string& where);
std::unique_ptr<TokenModel> makeWordPiece(const Json& json, const std::string& where);
std::unique_ptr<TokenModel> makeUnigram(const Json& json, const std::string& where);

// {"piece": id, ...} under "vocab".
Vocabulary vocabularyFrom(const Json& json, const std::string& where);
// The ids of the bytes of `text`, when the vocabulary has all of them: appended, and true.
bool appendByteIds(const Vocabulary& vocabulary, std::string_view text, std::vector<std::int32_t>& ids);

} // namespace recoscope
