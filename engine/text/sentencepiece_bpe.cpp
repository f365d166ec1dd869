// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <map>
#include <optional>

#include "engine/text/merging.h"
#include "engine/text/sentencepiece_models.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

class SentencePieceBpe : public SentencePieceModel {
public:
    explicit SentencePieceBpe(const SentencePieceTable& table)
        : m_table(table)
    {
    }

    std::vector<PieceOfText> encode(std::string_view normalized) const override
    {
        std::vector<MergeSymbol> symbols = symbolsOf(normalized);
        Halves halves;
        linkSymbols(symbols);
        mergeSymbols(symbols, [&](const MergeSymbol& left, const MergeSymbol& right) -> std::optional<MergeRule> {
            const std::string_view joined = normalized.substr(left.begin, left.length + right.length);
            const std::int32_t id = m_table.textPieces.idOf(joined);
            if (id < 0)
                return std::nullopt;
            if (m_table.type(id) == SentencePieceType::Unused)
                halves.insert_or_assign(joined, left.length);
            return MergeRule{-static_cast<double>(m_table.score(id)), id}; // the largest score goes first
        });
        std::vector<PieceOfText> pieces;
        for (const MergeSymbol& symbol : symbols)
            if (symbol.length > 0)
                append(normalized.substr(symbol.begin, symbol.length), halves, pieces);
        return pieces;
    }

private:
    // Where an unused piece was joined: bytes of its left half.
    using Halves = std::map<std::string_view, std::size_t>;

    std::vector<MergeSymbol> symbolsOf(std::string_view text) const
    {
        std::vector<MergeSymbol> symbols;
        symbols.reserve(text.size());
        for (std::size_t i = 0; i < text.size();) {
            const std::size_t whole = m_table.userDefined.longest(text.substr(i)).first;
            const std::size_t length = whole > 0 ? whole : characterLength(text, i);
            symbols.push_back(
                {-1, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(length), -1, -1, whole > 0});
            i += length;
        }
        return symbols;
    }

    // Unused pieces serve as steps to longer ones only: one that is left is taken apart again, a single character is
    // unknown.
    void append(std::string_view text, const Halves& halves, std::vector<PieceOfText>& pieces) const
    {
        std::vector<std::string_view> open{text};
        while (!open.empty()) {
            const std::string_view part = open.back();
            open.pop_back();
            const std::int32_t id = m_table.idOf(part);
            const bool step = m_table.type(id) == SentencePieceType::Unused;
            const auto halved = step ? halves.find(part) : halves.end();
            if (halved == halves.end()) {
                pieces.push_back({part, step ? m_table.unknown : id});
                continue;
            }
            open.push_back(part.substr(halved->second));
            open.push_back(part.substr(0, halved->second));
        }
    }

    const SentencePieceTable& m_table;
};

} // namespace

std::unique_ptr<SentencePieceModel> makeSentencePieceBpe(const SentencePieceTable& table)
{
    return std::make_unique<SentencePieceBpe>(table);
}

} // namespace recoscope
