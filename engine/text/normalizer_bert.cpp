// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/json_fields.h"
#include "engine/text/normalizers.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

// BERT's idea of Chinese characters. The block at 2B820 is left out, as in the implementation that made the files.
bool isChinese(char32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool isBertControl(char32_t c)
{
    return c != '\t' && c != '\n' && c != '\r' && isOther(c);
}

std::string cleaned(const std::string& text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const char32_t c = nextCodePoint(text, i);
        if (c != 0 && c != 0xFFFD && !isBertControl(c))
            appendUtf8(result, isWhiteSpace(c) ? U' ' : c);
    }
    return result;
}

std::string withSpacesAroundChinese(const std::string& text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const char32_t c = nextCodePoint(text, i);
        const bool chinese = isChinese(c);
        result += chinese ? " " : "";
        appendUtf8(result, c);
        result += chinese ? " " : "";
    }
    return result;
}

class BertNormalizer : public Normalizer {
public:
    BertNormalizer(const Json& json, const std::string& where)
        : m_clean(flagOf(json, "clean_text", where, true))
        , m_chinese(flagOf(json, "handle_chinese_chars", where, true))
        , m_lowercase(flagOf(json, "lowercase", where, true))
        , m_stripAccents(flagOf(json, "strip_accents", where, m_lowercase))
    {
    }

    std::string apply(std::string text) const override
    {
        if (m_clean)
            text = cleaned(text);
        if (m_chinese)
            text = withSpacesAroundChinese(text);
        if (m_stripAccents)
            text = filtered(normalized(text, NormalForm::Nfd), [](char32_t c) { return !isNonspacingMark(c); });
        if (m_lowercase)
            text = lowercase(text);
        return text;
    }

private:
    bool m_clean, m_chinese, m_lowercase, m_stripAccents;
};

} // namespace

std::unique_ptr<Normalizer> makeBertNormalizer(const Json& json, const std::string& where)
{
    return std::make_unique<BertNormalizer>(json, where);
}

} // namespace recoscope
