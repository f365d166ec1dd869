// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SentencePiece's table as tokenizer.json applies it: a short cluster of characters (what a reader sees as one) is
// replaced as a whole by the shortest rule at its start, other text character by character.

#include <unicode/brkiter.h>

#include "engine/core/error.h"
#include "engine/text/charsmap.h"
#include "engine/text/json_fields.h"
#include "engine/text/normalizers.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

constexpr std::size_t shortCluster = 6; // bytes; longer ones are taken apart at once

int sixBits(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::string fromBase64(const std::string& text, const std::string& where)
{
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        if (c == '=')
            break;
        const int value = sixBits(c);
        if (value < 0)
            failInput(where, "`precompiled_charsmap` is not base64");
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFFu;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>(bits >> held & 0xFFu);
        }
    }
    return bytes;
}

class PrecompiledNormalizer : public Normalizer {
public:
    PrecompiledNormalizer(const Json& json, const std::string& where)
        : m_where(where)
        , m_map(fromBase64(textOf(json, "precompiled_charsmap", where, ""), where), where)
    {
        UErrorCode status = U_ZERO_ERROR;
        m_clusters.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
        if (U_FAILURE(status))
            throw Error(ErrorKind::Resource, std::string("text boundaries are not available: ") + u_errorName(status),
                "check the installation of ICU");
    }

    std::string apply(std::string text) const override
    {
        const Utf16Text wide(text);
        const std::unique_ptr<icu::BreakIterator> clusters(m_clusters->clone());
        clusters->setText(wide.text());
        std::string result;
        result.reserve(text.size());
        std::size_t begin = 0;
        for (std::int32_t at = clusters->next(); at != icu::BreakIterator::DONE; at = clusters->next()) {
            const std::size_t end = wide.byteOf(at);
            appendCluster(result, std::string_view(text).substr(begin, end - begin));
            checkExpansion(result, m_where);
            begin = end;
        }
        return result;
    }

private:
    void appendCluster(std::string& result, std::string_view cluster) const
    {
        if (cluster.size() < shortCluster)
            if (const auto whole = m_map.shortest(cluster)) {
                result += whole->replacement;
                return;
            }
        for (std::size_t i = 0; i < cluster.size();) {
            const std::string_view character = cluster.substr(i, characterLength(cluster, i));
            const auto one = m_map.shortest(character);
            result += one ? one->replacement : character;
            i += character.size();
        }
    }

    std::string m_where;
    Charsmap m_map;
    std::unique_ptr<icu::BreakIterator> m_clusters; // cloned for each text
};

} // namespace

std::unique_ptr<Normalizer> makePrecompiledNormalizer(const Json& json, const std::string& where)
{
    return std::make_unique<PrecompiledNormalizer>(json, where);
}

} // namespace recoscope
