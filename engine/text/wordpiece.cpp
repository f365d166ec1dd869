// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/json_fields.h"
#include "engine/text/token_model.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

// Longest piece first, from left to right; a word with a part that no piece covers is unknown as a whole.
class WordPiece : public TokenModel {
public:
    WordPiece(const Json& json, const std::string& where)
        : m_where(where)
        , m_unknown(textOf(json, "unk_token", where, "[UNK]"))
        , m_prefix(textOf(json, "continuing_subword_prefix", where, "##"))
        , m_longestWord(integerOf(json, "max_input_chars_per_word", where, 100))
    {
        m_vocabulary = vocabularyFrom(json, where);
    }

    void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override
    {
        const std::size_t before = ids.size();
        if (static_cast<std::int64_t>(characterCount(piece)) <= m_longestWord && appendPieces(piece, ids))
            return;
        ids.resize(before);
        ids.push_back(m_vocabulary.idOf(m_unknown));
        if (ids.back() < 0)
            failInput(m_where, "the vocabulary has no unknown piece \"" + m_unknown + "\", which this text needs");
    }

private:
    bool appendPieces(std::string_view word, std::vector<std::int32_t>& ids) const
    {
        std::string candidate;
        for (std::size_t begin = 0; begin < word.size();) {
            const std::size_t prefix = begin > 0 ? m_prefix.size() : 0;
            // No piece is longer than the longest of the vocabulary.
            const std::size_t room = m_vocabulary.longest() - std::min(prefix, m_vocabulary.longest());
            candidate.assign(m_prefix, 0, prefix);
            candidate += word.substr(begin, room);
            while (candidate.size() > prefix && m_vocabulary.idOf(candidate) < 0)
                candidate.pop_back();
            if (candidate.size() == prefix)
                return false;
            ids.push_back(m_vocabulary.idOf(candidate));
            begin += candidate.size() - prefix;
        }
        return true;
    }

    std::string m_where, m_unknown, m_prefix;
    std::int64_t m_longestWord; // characters
};

} // namespace

std::unique_ptr<TokenModel> makeWordPiece(const Json& json, const std::string& where)
{
    return std::make_unique<WordPiece>(json, where);
}

} // namespace recoscope
