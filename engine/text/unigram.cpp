// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/text/json_fields.h"
#include "engine/text/piece_trie.h"
#include "engine/text/token_model.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

// What an unknown character costs beside the worst piece (Kudo 2018, as implemented by SentencePiece).
constexpr double unknownPenalty = 10.0;

// The number that the implementation which defines the format makes of a score: it divides the digits, as a double, by
// a power of ten, which is one unit in the last place off now and then, and so decides between equal sums.
double scoreAsRead(double written)
{
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, std::abs(written), std::chars_format::scientific).ptr;
    std::uint64_t digits = 0;
    int exponent = 0;
    const char* c = text;
    for (bool fraction = false; c != end && *c != 'e'; ++c) {
        if (*c == '.') {
            fraction = true;
            continue;
        }
        digits = digits * 10 + static_cast<std::uint64_t>(*c - '0');
        exponent -= fraction ? 1 : 0;
    }
    c += c != end && c[1] == '+' ? 2 : 1;
    int written10 = 0;
    std::from_chars(c, end, written10);
    exponent += written10;
    if (std::abs(exponent) > 22) // powers of ten are exact up to there
        return written;
    const double power = std::pow(10.0, std::abs(exponent));
    const double size = exponent < 0 ? static_cast<double>(digits) / power : static_cast<double>(digits) * power;
    return std::copysign(size, written);
}

// The segmentation with the largest sum of scores (Viterbi). Of equal sums the one found first wins: the one whose last
// piece begins earliest.
class Unigram : public TokenModel {
public:
    Unigram(const Json& json, const std::string& where)
        : m_where(where)
        , m_byteFallback(flagOf(json, "byte_fallback", where, false))
    {
        const Json& table = arrayOf(json, "vocab", where);
        std::vector<std::pair<std::string, std::int32_t>> pieces;
        double worst = std::numeric_limits<double>::infinity();
        for (const Json& entry : table) {
            const auto id = static_cast<std::int32_t>(m_scores.size());
            const bool whole = entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number();
            if (!whole || !std::isfinite(entry[1].get<double>()))
                failInput(where, "entry " + std::to_string(id) + " of `vocab` is not a piece with its score");
            const double score = scoreAsRead(entry[1].get<double>());
            m_vocabulary.add(entry[0].get<std::string>(), id);
            pieces.emplace_back(entry[0].get<std::string>(), id);
            m_scores.push_back(score);
            worst = std::min(worst, score);
        }
        m_unknownScore = worst - unknownPenalty;
        m_trie = PieceTrie(std::move(pieces));
        const std::int64_t unknown = integerOf(json, "unk_id", where, -1);
        if (unknown >= static_cast<std::int64_t>(m_scores.size()))
            failInput(where, "`unk_id` " + std::to_string(unknown) + " is beyond the vocabulary");
        m_unknown = static_cast<std::int32_t>(std::max<std::int64_t>(unknown, -1));
    }

    void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override
    {
        // From the end back to the start; unknown parts that follow each other become one.
        const std::vector<Step> best = bestSteps(piece);
        std::vector<TextRange> parts;
        for (std::size_t end = piece.size(); end > 0; end = best[end].begin) {
            const bool unknown = best[end].id == m_unknown;
            if (unknown && !parts.empty() && parts.back().unknown)
                parts.back().begin = best[end].begin;
            else
                parts.push_back({best[end].begin, end, unknown});
        }
        for (auto part = parts.rbegin(); part != parts.rend(); ++part)
            appendPart(piece.substr(part->begin, part->end - part->begin), ids);
    }

private:
    // The best way to get to a byte: the piece that ends there.
    struct Step {
        double score = 0.0;
        std::size_t begin = 0;
        std::int32_t id = -1;
        bool reached = false;
    };
    struct TextRange {
        std::size_t begin, end;
        bool unknown;
    };

    std::vector<Step> bestSteps(std::string_view piece) const
    {
        std::vector<Step> best(piece.size() + 1);
        for (std::size_t begin = 0; begin < piece.size();) {
            const double before = best[begin].score;
            const std::size_t character = characterLength(piece, begin);
            const auto offer = [&](std::size_t length, double score, std::int32_t id) {
                Step& step = best[begin + length];
                if (!step.reached || score > step.score)
                    step = {score, begin, id, true};
            };
            bool single = false;
            m_trie.visitPrefixes(piece.substr(begin), [&](std::size_t length, std::int32_t id) {
                offer(length, m_scores[static_cast<std::size_t>(id)] + before, id);
                single = single || length == character;
            });
            if (!single)
                offer(character, m_unknownScore + before, neededUnknown());
            begin += character;
        }
        return best;
    }

    std::int32_t neededUnknown() const
    {
        if (m_unknown < 0)
            failInput(m_where, "there is no `unk_id`, which this text needs");
        return m_unknown;
    }

    void appendPart(std::string_view part, std::vector<std::int32_t>& ids) const
    {
        const std::int32_t id = m_vocabulary.idOf(part);
        if (id >= 0)
            ids.push_back(id);
        else if (!m_byteFallback || !appendByteIds(m_vocabulary, part, ids))
            ids.push_back(neededUnknown());
    }

    std::string m_where;
    bool m_byteFallback;
    std::int32_t m_unknown = -1;
    double m_unknownScore = 0.0;
    std::vector<double> m_scores; // by id
    PieceTrie m_trie;
};

} // namespace

std::unique_ptr<TokenModel> makeUnigram(const Json& json, const std::string& where)
{
    return std::make_unique<Unigram>(json, where);
}

} // namespace recoscope
