// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <optional>

#include "engine/text/json_fields.h"
#include "engine/text/merging.h"
#include "engine/text/token_model.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

std::uint64_t pairKey(std::int32_t left, std::int32_t right)
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

struct PairHash {
    std::size_t operator()(std::uint64_t pair) const
    {
        pair *= 0x9E3779B97F4A7C15u;
        return static_cast<std::size_t>(pair ^ pair >> 32);
    }
};

class Bpe : public TokenModel {
public:
    Bpe(const Json& json, const std::string& where)
        : m_where(where)
        , m_unknown(textOf(json, "unk_token", where, ""))
        , m_hasUnknown(hasField(json, "unk_token"))
        , m_prefix(textOf(json, "continuing_subword_prefix", where, ""))
        , m_suffix(textOf(json, "end_of_word_suffix", where, ""))
        , m_fuseUnknown(flagOf(json, "fuse_unk", where, false))
        , m_byteFallback(flagOf(json, "byte_fallback", where, false))
        , m_ignoreMerges(flagOf(json, "ignore_merges", where, false))
    {
        if (hasField(json, "dropout") && json.at("dropout") != 0.0)
            failInput(where, "`dropout` is " + json.at("dropout").dump() + ", which draws other ids each time");
        m_vocabulary = vocabularyFrom(json, where);
        const Json& merges = arrayOf(json, "merges", where);
        m_merges.reserve(merges.size());
        for (std::size_t rank = 0; rank < merges.size(); ++rank)
            addMerge(merges[rank], rank);
    }

    void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override
    {
        if (m_ignoreMerges) {
            const std::int32_t whole = m_vocabulary.idOf(piece);
            if (whole >= 0) {
                ids.push_back(whole);
                return;
            }
        }
        std::vector<MergeSymbol> symbols = symbolsOf(piece);
        linkSymbols(symbols);
        mergeSymbols(symbols, [this](const MergeSymbol& left, const MergeSymbol& right) -> std::optional<MergeRule> {
            const auto found = m_merges.find(pairKey(left.id, right.id));
            return found == m_merges.end() ? std::nullopt : std::optional(found->second);
        });
        for (const MergeSymbol& symbol : symbols)
            if (symbol.length > 0)
                ids.push_back(symbol.id);
    }

private:
    // ["a", "b"] or "a b".
    void addMerge(const Json& merge, std::size_t rank)
    {
        const std::string where = m_where + " merge " + std::to_string(rank + 1);
        std::string left, right;
        if (merge.is_string()) {
            const std::string text = merge.get<std::string>();
            const std::size_t space = text.find(' ');
            if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
                failInput(where, "\"" + text + "\" is not two pieces with a space between them");
            left = text.substr(0, space);
            right = text.substr(space + 1);
        } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            left = merge[0].get<std::string>();
            right = merge[1].get<std::string>();
        } else {
            failInput(where, "is not a pair of pieces");
        }
        const std::string joined = left + right.substr(std::min(m_prefix.size(), right.size()));
        const auto pair = pairKey(known(left, where), known(right, where));
        m_merges.insert_or_assign(pair, MergeRule{static_cast<double>(rank), known(joined, where)});
    }

    std::int32_t known(const std::string& piece, const std::string& where) const
    {
        const std::int32_t id = m_vocabulary.idOf(piece);
        if (id < 0)
            failInput(where, "the vocabulary has no piece \"" + piece + "\"");
        return id;
    }

    std::int32_t unknownId() const
    {
        const std::int32_t id = m_vocabulary.idOf(m_unknown);
        if (id < 0)
            failInput(m_where, "the vocabulary has no unknown piece \"" + m_unknown + "\", which this text needs");
        return id;
    }

    std::int32_t idOfCharacter(std::string_view character, bool first, bool last) const
    {
        const bool prefixed = !first && !m_prefix.empty(), suffixed = last && !m_suffix.empty();
        if (!prefixed && !suffixed)
            return m_vocabulary.idOf(character);
        return m_vocabulary.idOf((prefixed ? m_prefix : "") + std::string(character) + (suffixed ? m_suffix : ""));
    }

    // The bytes of a character together with what is put around it, each as a piece.
    std::vector<std::int32_t> bytesOfCharacter(std::string_view character, bool first, bool last) const
    {
        std::vector<std::int32_t> ids;
        const std::string text = (first ? "" : m_prefix) + std::string(character) + (last ? m_suffix : "");
        if (!m_byteFallback || !appendByteIds(m_vocabulary, text, ids))
            ids.clear();
        return ids;
    }

    std::vector<MergeSymbol> symbolsOf(std::string_view piece) const
    {
        std::vector<MergeSymbol> symbols;
        symbols.reserve(piece.size());
        MergeSymbol unknown; // not yet added, since more may join it
        const auto add = [&](std::int32_t id, std::size_t length) {
            symbols.push_back({id, 0, static_cast<std::uint32_t>(length), -1, -1, false});
        };
        const auto addUnknown = [&] {
            if (unknown.length > 0)
                add(unknown.id, unknown.length);
            unknown = {};
        };
        for (std::size_t i = 0; i < piece.size();) {
            const std::string_view character = piece.substr(i, characterLength(piece, i));
            const bool first = i == 0, last = i + character.size() == piece.size();
            i += character.size();
            const std::int32_t id = idOfCharacter(character, first, last);
            if (id >= 0) {
                addUnknown();
                add(id, character.size());
                continue;
            }
            // Bytes go before an unknown part that waits, as in the implementation that defines the format.
            const std::vector<std::int32_t> bytes = bytesOfCharacter(character, first, last);
            for (const std::int32_t byte : bytes)
                add(byte, 1);
            if (!bytes.empty() || !m_hasUnknown)
                continue;
            if (!m_fuseUnknown)
                addUnknown();
            unknown.id = unknownId();
            unknown.length += static_cast<std::uint32_t>(character.size());
        }
        addUnknown();
        return symbols;
    }

    std::string m_where, m_unknown;
    bool m_hasUnknown;
    std::string m_prefix, m_suffix;
    bool m_fuseUnknown, m_byteFallback, m_ignoreMerges;
    std::unordered_map<std::uint64_t, MergeRule, PairHash> m_merges;
};

} // namespace

std::unique_ptr<TokenModel> makeBpe(const Json& json, const std::string& where)
{
    return std::make_unique<Bpe>(json, where);
}

} // namespace recoscope
