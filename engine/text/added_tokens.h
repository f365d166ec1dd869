// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The pieces of tokenizer.json that are found in a text before the model sees it ("added_tokens"). Immutable; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/core/json.h"
#include "engine/text/normalizers.h"
#include "engine/text/piece_trie.h"
#include "engine/text/vocabulary.h"

namespace recoscope {

struct AddedToken {
    std::string content;
    std::int32_t id = -1;
    bool singleWord = false, leftStrip = false, rightStrip = false, normalized = false, special = false;
};

// A part of a text: an added token (id >= 0), or normalised text for the model.
struct TextSection {
    std::string text;
    std::int32_t id = -1;
    bool first = false; // begins where the whole text begins
};

class AddedTokens {
public:
    // `json` as under "added_tokens". A token that the model has too keeps the model's id; the others get the ids
    // behind the model's pieces, whatever the file says.
    AddedTokens(const Json& json, const Vocabulary& model, const Normalizer& normalizer, const std::string& where);

    // Tokens that are matched before normalisation, then normalisation, then those that are matched after it.
    std::vector<TextSection> sections(const std::string& text, const Normalizer& normalizer) const;

    const Vocabulary& vocabulary() const { return m_vocabulary; }
    bool isSpecial(std::string_view piece) const { return m_special.contains(std::string(piece)); }

private:
    std::int32_t idOf(const std::string& content, const Vocabulary& model) const;
    // Appends the sections of one text.
    void cut(const PieceTrie& trie, std::string_view text, bool first, std::vector<TextSection>& sections) const;

    std::vector<AddedToken> m_tokens;
    PieceTrie m_raw, m_normalized; // values: positions in m_tokens
    Vocabulary m_vocabulary;
    std::unordered_set<std::string> m_special;
};

} // namespace recoscope
