// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The table of SentencePiece's normalisers ("precompiled_charsmap"): a double-array trie of source strings whose values
// point at replacements. Layout: 32-bit size of the trie in bytes, the trie's 32-bit units, the replacements, each
// ended by a NUL; all little-endian. Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recoscope {

class Charsmap {
public:
    Charsmap() = default; // replaces nothing
    Charsmap(std::string_view blob, const std::string& where);

    struct Match {
        std::size_t length = 0;
        std::string_view replacement;
    };
    // The longest rule at the start of the text (SentencePiece).
    std::optional<Match> longest(std::string_view text) const;
    // The shortest rule at the start of the text, up to a NUL (tokenizer.json).
    std::optional<Match> shortest(std::string_view text) const;

private:
    template <class Visit> void visitRules(std::string_view text, Visit visit) const;
    std::string_view replacementAt(std::uint32_t offset) const;

    std::vector<std::uint32_t> m_units;
    std::string m_replacements; // ends with a NUL
};

} // namespace recoscope
