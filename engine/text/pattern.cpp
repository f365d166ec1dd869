// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/pattern.h"

#include <algorithm>
#include <iterator>

#include "engine/core/error.h"
#include "engine/text/json_fields.h"
#include "engine/text/ruby_expression.h"

namespace recoscope {

namespace {

// A hostile expression must neither run for ever nor take all memory: some seconds and 64 MB of backtracking, and what
// an honest one needs for a long text. ICU counts time in ten thousand steps.
constexpr std::int32_t timeLimit = 5'000, bytesInTime = 50, stackLimit = 64 << 20;

struct BehaviourName {
    const char* name;
    SplitBehaviour behaviour;
};

constexpr BehaviourName behaviours[] = {
    {"Removed", SplitBehaviour::Removed},
    {"Isolated", SplitBehaviour::Isolated},
    {"MergedWithPrevious", SplitBehaviour::MergedWithPrevious},
    {"MergedWithNext", SplitBehaviour::MergedWithNext},
    {"Contiguous", SplitBehaviour::Contiguous},
};

// Adds the match and what lies between it and the one before.
void addMatch(std::vector<TextSpan>& spans, std::size_t begin, std::size_t end)
{
    const std::size_t last = spans.empty() ? 0 : spans.back().end;
    if (last < begin)
        spans.push_back({last, begin, false});
    spans.push_back({begin, end, true});
}

std::vector<TextSpan> joined(const std::vector<TextSpan>& spans, SplitBehaviour behaviour)
{
    std::vector<TextSpan> pieces;
    bool before = false; // whether the span before matched
    for (const TextSpan& span : spans) {
        const bool join = behaviour == SplitBehaviour::Contiguous ? span.matches == before : span.matches && !before;
        if (join && !pieces.empty())
            pieces.back().end = span.end;
        else
            pieces.push_back(span);
        before = span.matches;
    }
    return pieces;
}

std::vector<TextSpan> joinedWithNext(const std::vector<TextSpan>& spans)
{
    std::vector<TextSpan> pieces;
    bool behind = false;
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
        if (span->matches && !behind && !pieces.empty())
            pieces.back().begin = span->begin;
        else
            pieces.push_back(*span);
        behind = span->matches;
    }
    std::reverse(pieces.begin(), pieces.end());
    return pieces;
}

} // namespace

SplitBehaviour splitBehaviourFrom(const std::string& name, const std::string& where)
{
    for (const auto& known : behaviours)
        if (name == known.name)
            return known.behaviour;
    failInput(where, "the behaviour \"" + name + "\" is not known");
}

std::vector<TextSpan> piecesOf(std::vector<TextSpan> spans, SplitBehaviour behaviour)
{
    switch (behaviour) {
    case SplitBehaviour::Removed: std::erase_if(spans, [](const TextSpan& span) { return span.matches; }); break;
    case SplitBehaviour::Isolated: break;
    case SplitBehaviour::MergedWithNext: spans = joinedWithNext(spans); break;
    default: spans = joined(spans, behaviour); break;
    }
    std::erase_if(spans, [](const TextSpan& span) { return span.begin == span.end; });
    return spans;
}

Pattern Pattern::literal(std::string text)
{
    Pattern pattern;
    pattern.m_source = std::move(text);
    return pattern;
}

Pattern Pattern::expression(const std::string& regex, const std::string& where)
{
    Pattern pattern;
    pattern.m_source = regex;
    UErrorCode status = U_ZERO_ERROR;
    UParseError at{};
    // Ruby's rules: ^ and $ hold at every line, and only a line feed ends a line.
    pattern.m_regex.reset(icu::RegexPattern::compile(
        icu::UnicodeString::fromUTF8(regex), UREGEX_MULTILINE | UREGEX_UNIX_LINES, at, status));
    if (U_FAILURE(status))
        failInput(where,
            "the expression \"" + regex + "\" cannot be read at character " + std::to_string(at.offset) + " ("
                + u_errorName(status) + ")");
    return pattern;
}

Pattern Pattern::fromJson(const Json& json, const std::string& where)
{
    if (!json.is_string() && !hasField(json, "String"))
        return expression(icuExpression(textOf(json, "Regex", where), where), where);
    const std::string text = json.is_string() ? json.get<std::string>() : textOf(json, "String", where);
    if (text.empty())
        failInput(where, "the pattern is empty");
    return literal(text);
}

std::vector<TextSpan> Pattern::literalMatches(std::string_view text) const
{
    std::vector<TextSpan> spans;
    if (m_source.empty())
        return spans;
    for (std::size_t at = text.find(m_source); at != std::string_view::npos; at = text.find(m_source, at)) {
        addMatch(spans, at, at + m_source.size());
        at += m_source.size();
    }
    return spans;
}

std::vector<TextSpan> Pattern::expressionMatches(std::string_view text) const
{
    std::vector<TextSpan> spans;
    const Utf16Text wide(text);
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::RegexMatcher> matcher(m_regex->matcher(wide.text(), status));
    if (U_SUCCESS(status)) {
        matcher->setTimeLimit(timeLimit + wide.text().length() / bytesInTime, status);
        matcher->setStackLimit(stackLimit, status);
        while (matcher->find(status)) {
            const std::size_t begin = wide.byteOf(matcher->start(status)), end = wide.byteOf(matcher->end(status));
            if (begin < end || spans.empty() || spans.back().end < begin) // no empty match right behind another
                addMatch(spans, begin, end);
        }
    }
    if (U_FAILURE(status))
        failInput("the expression \"" + m_source + "\"", std::string("cannot be applied: ") + u_errorName(status));
    return spans;
}

std::vector<TextSpan> Pattern::spans(std::string_view text) const
{
    std::vector<TextSpan> spans = m_regex ? expressionMatches(text) : literalMatches(text);
    const std::size_t last = spans.empty() ? 0 : spans.back().end;
    if (last < text.size())
        spans.push_back({last, text.size(), false});
    return spans;
}

} // namespace recoscope
