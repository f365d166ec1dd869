// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <limits>

#include "engine/text/sentencepiece_models.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

constexpr float unknownPenalty = 10.0f;

// Viterbi in single precision, as the scores are stored; of equal sums the path found first stays.
class SentencePieceUnigram : public SentencePieceModel {
public:
    explicit SentencePieceUnigram(const SentencePieceTable& table)
        : m_table(table)
    {
        float worst = std::numeric_limits<float>::max();
        std::vector<std::pair<std::string, std::int32_t>> pieces;
        for (std::size_t i = 0; i < table.file.pieces.size(); ++i) {
            const SentencePieceEntry& entry = table.file.pieces[i];
            if (entry.type == SentencePieceType::Normal) {
                worst = std::min(worst, entry.score);
                m_best = std::max(m_best, entry.score);
            }
            // Unused pieces are passed over, and so are those that are no text.
            if (entry.type == SentencePieceType::Normal || entry.type == SentencePieceType::UserDefined)
                pieces.emplace_back(entry.piece, static_cast<std::int32_t>(i));
        }
        m_unknownScore = worst - unknownPenalty;
        m_trie = PieceTrie(std::move(pieces));
    }

    std::vector<PieceOfText> encode(std::string_view normalized) const override
    {
        const std::vector<Step> best = bestSteps(normalized);
        std::vector<PieceOfText> pieces;
        for (std::size_t end = normalized.size(); end > 0; end = best[end].begin)
            pieces.push_back({normalized.substr(best[end].begin, end - best[end].begin), best[end].id});
        std::reverse(pieces.begin(), pieces.end());
        return pieces;
    }

private:
    struct Step {
        float score = 0.0f;
        std::int32_t id = -1;
        std::size_t begin = 0;
        bool reached = false;
    };

    // User-defined pieces nearly always win: their score does not grow with the rest of the sum.
    float scoreOf(std::int32_t id, std::size_t length) const
    {
        if (m_table.type(id) == SentencePieceType::UserDefined)
            return static_cast<float>(static_cast<double>(static_cast<float>(length) * m_best) - 0.1);
        return m_table.score(id);
    }

    std::vector<Step> bestSteps(std::string_view text) const
    {
        std::vector<Step> best(text.size() + 1);
        for (std::size_t begin = 0; begin < text.size();) {
            const float before = best[begin].score;
            const std::size_t character = characterLength(text, begin);
            const auto offer = [&](std::size_t length, float sum, std::int32_t id) {
                Step& step = best[begin + length];
                if (!step.reached || sum > step.score)
                    step = {sum, id, begin, true};
            };
            bool single = false;
            m_trie.visitPrefixes(text.substr(begin), [&](std::size_t length, std::int32_t id) {
                offer(length, scoreOf(id, length) + before, id);
                single = single || length == character;
            });
            if (!single)
                offer(character, m_unknownScore + before, m_table.unknown);
            begin += character;
        }
        return best;
    }

    const SentencePieceTable& m_table;
    float m_best = std::numeric_limits<float>::min(); // the smallest positive number, where all scores are negative
    float m_unknownScore = 0.0f;
    PieceTrie m_trie;
};

} // namespace

std::unique_ptr<SentencePieceModel> makeSentencePieceUnigram(const SentencePieceTable& table)
{
    return std::make_unique<SentencePieceUnigram>(table);
}

} // namespace recoscope
