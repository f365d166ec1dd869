// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/pre_tokenizers.h"

#include <functional>

#include "engine/text/byte_alphabet.h"
#include "engine/text/json_fields.h"
#include "engine/text/metaspace.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

// Cuts every piece by `spansOf`, which may change the piece's text first.
class SplittingPreTokenizer : public PreTokenizer {
public:
    using SpansOf = std::function<std::vector<TextSpan>(TextPiece& piece)>;
    explicit SplittingPreTokenizer(SpansOf spansOf)
        : m_spansOf(std::move(spansOf))
    {
    }

    void apply(std::vector<TextPiece>& pieces) const override
    {
        std::vector<TextPiece> cut;
        for (TextPiece& piece : pieces)
            for (const TextSpan& span : m_spansOf(piece))
                cut.push_back({piece.text.substr(span.begin, span.end - span.begin), piece.first && span.begin == 0});
        pieces = std::move(cut);
    }

private:
    SpansOf m_spansOf;
};

std::unique_ptr<PreTokenizer> make(SplittingPreTokenizer::SpansOf spansOf)
{
    return std::make_unique<SplittingPreTokenizer>(std::move(spansOf));
}

class SequencePreTokenizer : public PreTokenizer {
public:
    explicit SequencePreTokenizer(std::vector<std::unique_ptr<PreTokenizer>> steps)
        : m_steps(std::move(steps))
    {
    }
    void apply(std::vector<TextPiece>& pieces) const override
    {
        for (const auto& step : m_steps)
            step->apply(pieces);
    }

private:
    std::vector<std::unique_ptr<PreTokenizer>> m_steps;
};

std::unique_ptr<PreTokenizer> makeSequence(const Json& json, const std::string& where)
{
    std::vector<std::unique_ptr<PreTokenizer>> steps;
    for (const Json& step : arrayOf(json, "pretokenizers", where))
        steps.push_back(makePreTokenizer(step, where));
    return std::make_unique<SequencePreTokenizer>(std::move(steps));
}

// How GPT-2 cuts a text into words.
constexpr const char* gpt2Expression = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class ByteLevelPreTokenizer : public PreTokenizer {
public:
    ByteLevelPreTokenizer(const Json& json, const std::string& where)
        : m_prefixSpace(flagOf(json, "add_prefix_space", where, true))
    {
        if (!flagOf(json, "use_regex", where, true))
            return;
        const Pattern words = Pattern::expression(gpt2Expression, where);
        m_words = make([words](const TextPiece& piece) { return words.spans(piece.text); });
    }

    void apply(std::vector<TextPiece>& pieces) const override
    {
        for (TextPiece& piece : pieces)
            if (m_prefixSpace && !piece.text.starts_with(' '))
                piece.text.insert(0, 1, ' ');
        if (m_words)
            m_words->apply(pieces);
        for (TextPiece& piece : pieces)
            piece.text = bytesToLetters(piece.text);
    }

private:
    bool m_prefixSpace;
    std::unique_ptr<PreTokenizer> m_words;
};

std::unique_ptr<PreTokenizer> makeByteLevel(const Json& json, const std::string& where)
{
    return std::make_unique<ByteLevelPreTokenizer>(json, where);
}

std::unique_ptr<PreTokenizer> makeBert(const Json&, const std::string&)
{
    std::vector<std::unique_ptr<PreTokenizer>> steps;
    steps.push_back(make([](const TextPiece& piece) {
        return piecesOf(characterSpans(piece.text, isWhiteSpace), SplitBehaviour::Removed);
    }));
    steps.push_back(make([](const TextPiece& piece) { return characterSpans(piece.text, isPunctuation); }));
    return std::make_unique<SequencePreTokenizer>(std::move(steps));
}

std::unique_ptr<PreTokenizer> makePattern(const Pattern& pattern, SplitBehaviour behaviour, bool invert)
{
    return make([pattern, behaviour, invert](const TextPiece& piece) {
        std::vector<TextSpan> spans = pattern.spans(piece.text);
        for (TextSpan& span : spans)
            span.matches = span.matches != invert;
        return piecesOf(std::move(spans), behaviour);
    });
}

std::unique_ptr<PreTokenizer> makeWhitespace(const Json&, const std::string& where)
{
    return makePattern(Pattern::expression(R"(\w+|[^\w\s]+)", where), SplitBehaviour::Removed, true);
}

std::unique_ptr<PreTokenizer> makeWhitespaceSplit(const Json&, const std::string&)
{
    return make([](const TextPiece& piece) {
        return piecesOf(characterSpans(piece.text, isWhiteSpace), SplitBehaviour::Removed);
    });
}

std::unique_ptr<PreTokenizer> makeSplit(const Json& json, const std::string& where)
{
    return makePattern(Pattern::fromJson(fieldOf(json, "pattern", where), where),
        splitBehaviourFrom(textOf(json, "behavior", where), where), flagOf(json, "invert", where, false));
}

std::unique_ptr<PreTokenizer> makeDelimiter(const Json& json, const std::string& where)
{
    return makePattern(Pattern::literal(textOf(json, "delimiter", where)), SplitBehaviour::Removed, false);
}

std::unique_ptr<PreTokenizer> makePunctuation(const Json& json, const std::string& where)
{
    const SplitBehaviour behaviour = splitBehaviourFrom(textOf(json, "behavior", where, "Isolated"), where);
    return make(
        [behaviour](const TextPiece& piece) { return piecesOf(characterSpans(piece.text, isPunctuation), behaviour); });
}

std::unique_ptr<PreTokenizer> makeDigits(const Json& json, const std::string& where)
{
    const SplitBehaviour behaviour
        = flagOf(json, "individual_digits", where, false) ? SplitBehaviour::Isolated : SplitBehaviour::Contiguous;
    return make(
        [behaviour](const TextPiece& piece) { return piecesOf(characterSpans(piece.text, isNumeric), behaviour); });
}

std::unique_ptr<PreTokenizer> makeMetaspace(const Json& json, const std::string& where)
{
    const Metaspace metaspace(json, where);
    const Pattern pattern = Pattern::literal(metaspace.replacement);
    return make([metaspace, pattern](TextPiece& piece) {
        piece.text = metaspace.applied(piece.text, piece.first);
        if (!metaspace.split)
            return std::vector<TextSpan>{{0, piece.text.size(), false}};
        return piecesOf(pattern.spans(piece.text), SplitBehaviour::MergedWithNext);
    });
}

std::unique_ptr<PreTokenizer> makeWhole(const Json&, const std::string&)
{
    return std::make_unique<SequencePreTokenizer>(std::vector<std::unique_ptr<PreTokenizer>>());
}

// The visible list.
constexpr ComponentKind<PreTokenizer> kinds[] = {
    {"ByteLevel", makeByteLevel},
    {"BertPreTokenizer", makeBert},
    {"Whitespace", makeWhitespace},
    {"WhitespaceSplit", makeWhitespaceSplit},
    {"Metaspace", makeMetaspace},
    {"Split", makeSplit},
    {"CharDelimiterSplit", makeDelimiter},
    {"Punctuation", makePunctuation},
    {"Digits", makeDigits},
    {"Sequence", makeSequence},
};

} // namespace

std::unique_ptr<PreTokenizer> makePreTokenizer(const Json& json, const std::string& where)
{
    return json.is_null() ? makeWhole(json, where) : makeComponent<PreTokenizer>(kinds, json, where);
}

} // namespace recoscope
