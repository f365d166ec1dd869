// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/decoders.h"

#include <functional>

#include "engine/text/byte_alphabet.h"
#include "engine/text/json_fields.h"
#include "engine/text/metaspace.h"
#include "engine/text/pattern.h"
#include "engine/text/unicode.h"
#include "engine/text/vocabulary.h"

namespace recoscope {

namespace {

using Pieces = std::vector<std::string>;

class FunctionDecoder : public Decoder {
public:
    using Function = std::function<Pieces(Pieces)>;
    explicit FunctionDecoder(Function function)
        : m_function(std::move(function))
    {
    }
    Pieces apply(Pieces pieces) const override { return m_function(std::move(pieces)); }

private:
    Function m_function;
};

std::unique_ptr<Decoder> make(FunctionDecoder::Function function)
{
    return std::make_unique<FunctionDecoder>(std::move(function));
}

// One piece at a time; the position tells the first.
template <class Change> std::unique_ptr<Decoder> makeEach(Change change)
{
    return make([change](Pieces pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i)
            pieces[i] = change(std::move(pieces[i]), i, pieces.size());
        return pieces;
    });
}

std::string joined(const Pieces& pieces)
{
    std::string text;
    for (const std::string& piece : pieces)
        text += piece;
    return text;
}

std::unique_ptr<Decoder> makeByteLevel(const Json&, const std::string&)
{
    return make([](const Pieces& pieces) {
        std::string bytes;
        for (const std::string& piece : pieces)
            bytes += lettersToBytes(piece);
        return Pieces{validUtf8(bytes)};
    });
}

std::string cleanedUp(std::string text)
{
    constexpr std::pair<const char*, const char*> changes[]
        = {{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
            {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto& [from, to] : changes)
        text = replaced(std::move(text), from, to);
    return text;
}

std::unique_ptr<Decoder> makeWordPiece(const Json& json, const std::string& where)
{
    const std::string prefix = textOf(json, "prefix", where, "##");
    const bool cleanup = flagOf(json, "cleanup", where, true);
    return makeEach([prefix, cleanup](std::string piece, std::size_t i, std::size_t) {
        if (i > 0)
            piece = piece.starts_with(prefix) ? piece.substr(prefix.size()) : " " + piece;
        return cleanup ? cleanedUp(std::move(piece)) : piece;
    });
}

std::unique_ptr<Decoder> makeMetaspace(const Json& json, const std::string& where)
{
    const Metaspace metaspace(json, where);
    return makeEach([metaspace](std::string piece, std::size_t i, std::size_t) {
        const bool drop = i == 0 && metaspace.prepend != Metaspace::Prepend::Never;
        return replaced(std::move(piece), metaspace.replacement, drop ? "" : " ");
    });
}

std::unique_ptr<Decoder> makeBpe(const Json& json, const std::string& where)
{
    const std::string suffix = textOf(json, "suffix", where, "</w>");
    return makeEach([suffix](std::string piece, std::size_t i, std::size_t count) {
        return suffix.empty() ? piece : replaced(std::move(piece), suffix, i + 1 == count ? "" : " ");
    });
}

std::unique_ptr<Decoder> makeByteFallback(const Json&, const std::string&)
{
    return make([](const Pieces& pieces) {
        Pieces result;
        std::string bytes;
        // Bytes that are no text as a whole become one U+FFFD each.
        const auto valid = [](const std::string& run) {
            return validUtf8(run) == run ? run : replaced(std::string(run.size(), 'x'), "x", "\xEF\xBF\xBD");
        };
        for (const std::string& piece : pieces) {
            const int byte = byteOfPiece(piece);
            if (byte >= 0) {
                bytes += static_cast<char>(byte);
                continue;
            }
            spellBytes(bytes, result, valid);
            result.push_back(piece);
        }
        spellBytes(bytes, result, valid);
        return result;
    });
}

std::unique_ptr<Decoder> makeFuse(const Json&, const std::string&)
{
    return make([](const Pieces& pieces) { return Pieces{joined(pieces)}; });
}

std::unique_ptr<Decoder> makeReplace(const Json& json, const std::string& where)
{
    const Pattern pattern = Pattern::fromJson(fieldOf(json, "pattern", where), where);
    const std::string content = textOf(json, "content", where);
    return makeEach([pattern, content](const std::string& piece, std::size_t, std::size_t) {
        std::string result;
        for (const TextSpan& span : pattern.spans(piece))
            result += span.matches ? content : piece.substr(span.begin, span.end - span.begin);
        return result;
    });
}

std::unique_ptr<Decoder> makeStrip(const Json& json, const std::string& where)
{
    const std::string content = textOf(json, "content", where, " ");
    const std::int64_t start = integerOf(json, "start", where, 0), stop = integerOf(json, "stop", where, 0);
    if (content.empty())
        failInput(where, "`content` is empty");
    return makeEach([content, start, stop](std::string piece, std::size_t, std::size_t) {
        for (std::int64_t i = 0; i < start && piece.starts_with(content); ++i)
            piece.erase(0, content.size());
        for (std::int64_t i = 0; i < stop && piece.ends_with(content); ++i)
            piece.resize(piece.size() - content.size());
        return piece;
    });
}

std::unique_ptr<Decoder> makeSequence(const Json& json, const std::string& where)
{
    std::vector<std::shared_ptr<const Decoder>> steps;
    for (const Json& step : arrayOf(json, "decoders", where))
        steps.push_back(makeDecoder(step, where));
    return make([steps](Pieces pieces) {
        for (const auto& step : steps)
            pieces = step->apply(std::move(pieces));
        return pieces;
    });
}

std::unique_ptr<Decoder> makeSpaces()
{
    return makeEach([](std::string piece, std::size_t i, std::size_t) { return i > 0 ? " " + piece : piece; });
}

// The visible list.
constexpr ComponentKind<Decoder> kinds[] = {
    {"ByteLevel", makeByteLevel},
    {"WordPiece", makeWordPiece},
    {"Metaspace", makeMetaspace},
    {"BPEDecoder", makeBpe},
    {"ByteFallback", makeByteFallback},
    {"Fuse", makeFuse},
    {"Replace", makeReplace},
    {"Strip", makeStrip},
    {"Sequence", makeSequence},
};

} // namespace

std::unique_ptr<Decoder> makeDecoder(const Json& json, const std::string& where)
{
    return json.is_null() ? makeSpaces() : makeComponent<Decoder>(kinds, json, where);
}

} // namespace recoscope
