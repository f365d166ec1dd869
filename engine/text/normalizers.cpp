// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/normalizers.h"

#include <functional>
#include <vector>

#include "engine/text/byte_alphabet.h"
#include "engine/text/json_fields.h"
#include "engine/text/pattern.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

class FunctionNormalizer : public Normalizer {
public:
    using Function = std::function<std::string(std::string)>;
    explicit FunctionNormalizer(Function function)
        : m_function(std::move(function))
    {
    }
    std::string apply(std::string text) const override { return m_function(std::move(text)); }

private:
    Function m_function;
};

std::unique_ptr<Normalizer> make(FunctionNormalizer::Function function)
{
    return std::make_unique<FunctionNormalizer>(std::move(function));
}

template <NormalForm form> std::unique_ptr<Normalizer> makeForm(const Json&, const std::string&)
{
    return make([](const std::string& text) { return normalized(text, form); });
}

std::unique_ptr<Normalizer> makeLowercase(const Json&, const std::string&)
{
    return make([](const std::string& text) { return lowercase(text); });
}

std::unique_ptr<Normalizer> makeStripAccents(const Json&, const std::string&)
{
    return make([](const std::string& text) { return filtered(text, [](char32_t c) { return !isMark(c); }); });
}

std::unique_ptr<Normalizer> makeByteLevel(const Json&, const std::string&)
{
    return make([](const std::string& text) { return bytesToLetters(text); });
}

std::unique_ptr<Normalizer> makeReplace(const Json& json, const std::string& where)
{
    const Pattern pattern = Pattern::fromJson(fieldOf(json, "pattern", where), where);
    const std::string content = textOf(json, "content", where);
    return make([pattern, content, where](const std::string& text) {
        std::string result;
        for (const TextSpan& span : pattern.spans(text)) {
            result += span.matches ? content : text.substr(span.begin, span.end - span.begin);
            checkExpansion(result, where);
        }
        return result;
    });
}

std::unique_ptr<Normalizer> makePrepend(const Json& json, const std::string& where)
{
    const std::string prefix = textOf(json, "prepend", where);
    return make([prefix](const std::string& text) { return text.empty() ? text : prefix + text; });
}

std::string stripped(const std::string& text, bool left, bool right)
{
    std::size_t begin = text.size(), end = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t start = i;
        if (isWhiteSpace(nextCodePoint(text, i)))
            continue;
        begin = std::min(begin, start);
        end = i;
    }
    if (begin >= end)
        return left || right ? std::string() : text;
    begin = left ? begin : 0;
    return text.substr(begin, (right ? end : text.size()) - begin);
}

std::unique_ptr<Normalizer> makeStrip(const Json& json, const std::string& where)
{
    const bool left = flagOf(json, "strip_left", where, true), right = flagOf(json, "strip_right", where, true);
    return make([left, right](const std::string& text) { return stripped(text, left, right); });
}

// What NMT preparation drops, and what it turns into spaces.
bool isNmtControl(char32_t c)
{
    return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
}

bool isNmtSpace(char32_t c)
{
    return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F)
        || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

std::unique_ptr<Normalizer> makeNmt(const Json&, const std::string&)
{
    return make([](const std::string& text) {
        std::string result;
        for (std::size_t i = 0; i < text.size();) {
            const char32_t c = nextCodePoint(text, i);
            if (!isNmtControl(c))
                appendUtf8(result, isNmtSpace(c) ? U' ' : c);
        }
        return result;
    });
}

std::unique_ptr<Normalizer> makeSequence(const Json& json, const std::string& where)
{
    std::vector<std::shared_ptr<const Normalizer>> steps;
    for (const Json& step : arrayOf(json, "normalizers", where))
        steps.push_back(makeNormalizer(step, where));
    return make([steps](std::string text) {
        for (const auto& step : steps)
            text = step->apply(std::move(text));
        return text;
    });
}

// The visible list.
constexpr ComponentKind<Normalizer> kinds[] = {
    {"NFC", makeForm<NormalForm::Nfc>},
    {"NFD", makeForm<NormalForm::Nfd>},
    {"NFKC", makeForm<NormalForm::Nfkc>},
    {"NFKD", makeForm<NormalForm::Nfkd>},
    {"Lowercase", makeLowercase},
    {"StripAccents", makeStripAccents},
    {"BertNormalizer", makeBertNormalizer},
    {"Precompiled", makePrecompiledNormalizer},
    {"Replace", makeReplace},
    {"Prepend", makePrepend},
    {"Strip", makeStrip},
    {"Nmt", makeNmt},
    {"ByteLevel", makeByteLevel},
    {"Sequence", makeSequence},
};

} // namespace

std::unique_ptr<Normalizer> makeNormalizer(const Json& json, const std::string& where)
{
    if (json.is_null())
        return make([](std::string text) { return text; });
    return makeComponent<Normalizer>(kinds, json, where);
}

} // namespace recoscope
