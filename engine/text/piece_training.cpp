// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/text/piece_training.h"

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/text/normalizers.h"
#include "engine/text/pre_tokenizers.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

constexpr std::int64_t fewest = 2; // a pair that comes once says nothing about the next text

Json textRules()
{
    const Json words = {{"type", "Replace"}, {"pattern", {{"Regex", "[^\\p{L}\\p{M}\\p{N}]+"}}}, {"content", " "}};
    const Json space = {{"type", "Metaspace"}, {"replacement", "\xE2\x96\x81"}, {"prepend_scheme", "always"}};
    const Json steps = {{{"type", "NFKC"}}, {{"type", "Lowercase"}}, words,
        {{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}}};
    return {{"version", "1.0"}, {"added_tokens", Json::array()},
        {"normalizer", {{"type", "Sequence"}, {"normalizers", steps}}}, {"pre_tokenizer", space}, {"decoder", space}};
}

using WordCounts = std::map<std::string, std::int64_t>;

WordCounts countWords(const std::vector<std::string>& texts, const Json& rules)
{
    const auto normalizer = makeNormalizer(rules.at("normalizer"), "normalizer");
    const auto preTokenizer = makePreTokenizer(rules.at("pre_tokenizer"), "pre_tokenizer");
    WordCounts words;
    for (const std::string& text : texts) {
        std::vector<TextPiece> pieces(1, {normalizer->apply(validUtf8(text)), true});
        if (pieces.front().text.empty())
            continue;
        preTokenizer->apply(pieces);
        for (const TextPiece& piece : pieces)
            ++words[piece.text];
    }
    return words;
}

struct Candidate {
    std::int64_t count = 0;
    std::int32_t left = 0, right = 0;

    bool operator<(const Candidate& other) const // the queue's top is the largest
    {
        if (count != other.count)
            return count < other.count;
        return std::pair(left, right) > std::pair(other.left, other.right);
    }
};

class PairMerger {
public:
    PairMerger(const WordCounts& words, std::int64_t pieces)
        : m_limit(pieces)
    {
        addAlphabet(words);
        for (const auto& [text, count] : words)
            addWord(text, count);
        for (const auto& [key, pair] : m_pairs)
            m_queue.push(candidate(key));
    }

    void run()
    {
        while (!m_queue.empty() && static_cast<std::int64_t>(m_pieces.size()) < m_limit) {
            const Candidate best = m_queue.top();
            m_queue.pop();
            const std::uint64_t key = keyOf(best.left, best.right);
            if (m_pairs.at(key).count != best.count) { // it has become rarer since
                if (m_pairs.at(key).count >= fewest)
                    m_queue.push(candidate(key));
                continue;
            }
            if (best.count < fewest)
                return;
            merge(best);
        }
    }

    Json model() const
    {
        Json vocabulary = Json::object(), merges = Json::array();
        for (const auto& [piece, id] : m_ids)
            vocabulary[piece] = id;
        for (const auto& [left, right] : m_merges)
            merges.push_back({m_pieces[left], m_pieces[right]});
        return {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}};
    }

private:
    struct Word {
        std::vector<std::int32_t> symbols;
        std::int64_t count = 0;
    };
    struct Pair {
        std::int64_t count = 0;
        std::vector<std::int32_t> words; // that have it or had it
    };

    static std::uint64_t keyOf(std::int32_t left, std::int32_t right)
    {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
    }
    Candidate candidate(std::uint64_t key) const
    {
        return {m_pairs.at(key).count, static_cast<std::int32_t>(key >> 32), static_cast<std::int32_t>(key)};
    }

    std::int32_t idOf(const std::string& piece)
    {
        const auto [at, isNew] = m_ids.emplace(piece, static_cast<std::int32_t>(m_pieces.size()));
        if (isNew)
            m_pieces.push_back(piece);
        return at->second;
    }

    void addAlphabet(const WordCounts& words)
    {
        std::map<std::string, std::int64_t> counts;
        for (const auto& [text, count] : words)
            for (std::size_t i = 0; i < text.size(); i += characterLength(text, i))
                counts[text.substr(i, characterLength(text, i))] += count;
        std::vector<std::pair<std::int64_t, std::string>> order;
        for (const auto& [character, count] : counts)
            order.emplace_back(-count, character);
        std::sort(order.begin(), order.end());
        order.resize(std::min<std::size_t>(order.size(), static_cast<std::size_t>(m_limit)));
        for (const auto& [count, character] : order)
            idOf(character);
    }

    void addWord(const std::string& text, std::int64_t count)
    {
        Word word{{}, count};
        for (std::size_t i = 0; i < text.size(); i += characterLength(text, i))
            if (const auto at = m_ids.find(text.substr(i, characterLength(text, i))); at != m_ids.end())
                word.symbols.push_back(at->second);
        m_words.push_back(std::move(word));
        countPairs(static_cast<std::int32_t>(m_words.size()) - 1, 1, nullptr);
    }

    // Adds the pairs of a word, or takes them away (`sign` -1); `touched` gets the keys that grew.
    void countPairs(std::int32_t index, int sign, std::set<std::uint64_t>* touched)
    {
        const Word& word = m_words[index];
        for (std::size_t i = 0; i + 1 < word.symbols.size(); ++i) {
            const std::uint64_t key = keyOf(word.symbols[i], word.symbols[i + 1]);
            Pair& pair = m_pairs[key];
            pair.count += sign * word.count;
            if (sign < 0)
                continue;
            if (pair.words.empty() || pair.words.back() != index)
                pair.words.push_back(index);
            if (touched)
                touched->insert(key);
        }
    }

    void merge(const Candidate& best)
    {
        const std::int32_t joined = idOf(m_pieces[best.left] + m_pieces[best.right]);
        // A piece can come about in two ways; what it is then joined with was decided the first time.
        if (m_merged.insert(keyOf(best.left, best.right)).second)
            m_merges.emplace_back(best.left, best.right);
        const std::vector<std::int32_t> words = std::move(m_pairs.at(keyOf(best.left, best.right)).words);
        std::set<std::uint64_t> grown;
        for (const std::int32_t index : words) {
            const std::vector<std::int32_t> symbols = joinedSymbols(m_words[index].symbols, best, joined);
            if (symbols.size() == m_words[index].symbols.size())
                continue;
            countPairs(index, -1, nullptr);
            m_words[index].symbols = symbols;
            countPairs(index, 1, &grown);
        }
        for (const std::uint64_t key : grown)
            m_queue.push(candidate(key));
    }

    static std::vector<std::int32_t> joinedSymbols(
        const std::vector<std::int32_t>& symbols, const Candidate& pair, std::int32_t joined)
    {
        std::vector<std::int32_t> result;
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            const bool both = i + 1 < symbols.size() && symbols[i] == pair.left && symbols[i + 1] == pair.right;
            result.push_back(both ? joined : symbols[i]);
            i += both ? 1 : 0;
        }
        return result;
    }

    const std::int64_t m_limit;
    std::vector<std::string> m_pieces;
    std::unordered_map<std::string, std::int32_t> m_ids;
    std::vector<std::pair<std::int32_t, std::int32_t>> m_merges;
    std::set<std::uint64_t> m_merged;
    std::vector<Word> m_words;
    std::unordered_map<std::uint64_t, Pair> m_pairs;
    std::priority_queue<Candidate> m_queue;
};

} // namespace

std::string trainPieces(const std::vector<std::string>& texts, std::int64_t pieces)
{
    Json tokenizer = textRules();
    const WordCounts words = countWords(texts, tokenizer);
    if (words.empty())
        throw Error(ErrorKind::Input, "none of " + std::to_string(texts.size()) + " texts has a word",
            "a vocabulary is learned from letters and numbers");
    PairMerger merger(words, pieces);
    merger.run();
    tokenizer["model"] = merger.model();
    return tokenizer.dump();
}

} // namespace recoscope
