// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a text is cut at: a literal or a regular expression.
// Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unicode/regex.h>

#include "engine/core/json.h"
#include "engine/text/unicode.h"

namespace recoscope {

// Bytes [begin, end) of a text; a list of them covers the text without gaps.
struct TextSpan {
    std::size_t begin = 0, end = 0;
    bool matches = false;
};

class Pattern {
public:
    static Pattern literal(std::string text);
    // `regex` in ICU's own meaning.
    static Pattern expression(const std::string& regex, const std::string& where);
    // {"String": ...}, {"Regex": ...} in Oniguruma's meaning, or a plain text. Error{Input} for an empty text.
    static Pattern fromJson(const Json& json, const std::string& where);

    std::vector<TextSpan> spans(std::string_view text) const;

private:
    Pattern() = default;
    std::vector<TextSpan> literalMatches(std::string_view text) const;
    std::vector<TextSpan> expressionMatches(std::string_view text) const;

    std::string m_source;
    std::shared_ptr<const icu::RegexPattern> m_regex; // none: m_source is a literal
};

enum class SplitBehaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };
SplitBehaviour splitBehaviourFrom(const std::string& name, const std::string& where);

// The characters of a class match, each one alone; what lies between them stays together.
template <class IsMember> std::vector<TextSpan> characterSpans(std::string_view text, IsMember isMember)
{
    std::vector<TextSpan> spans;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        const bool member = isMember(nextCodePoint(text, i));
        if (!member && !spans.empty() && !spans.back().matches)
            spans.back().end = i;
        else
            spans.push_back({begin, i, member});
    }
    return spans;
}

// The spans that remain as pieces.
std::vector<TextSpan> piecesOf(std::vector<TextSpan> spans, SplitBehaviour behaviour);

} // namespace recoscope
