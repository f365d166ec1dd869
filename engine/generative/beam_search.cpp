// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/generative/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "engine/core/error.h"
#include "engine/generative/best_list.h"

namespace recoscope {

namespace {

constexpr double nothing = -std::numeric_limits<double>::infinity();

struct Prefix {
    double score = 0.0;
    std::int32_t node = 0;
    std::int32_t parent = 0; // row of the last call
};

// Nodes of one depth are numbered in lexicographic order of their prefixes.
struct BetterPrefix {
    bool operator()(const Prefix& a, const Prefix& b) const
    {
        return a.score != b.score ? a.score > b.score : a.node < b.node;
    }
};

struct BetterItem {
    bool operator()(const BeamItem& a, const BeamItem& b) const
    {
        return a.score != b.score ? a.score > b.score : a.item < b.item;
    }
};

// The search of one user.
class UserBeam {
public:
    UserBeam(const PrefixTrie& trie, std::int32_t user, std::size_t width)
        : m_trie(&trie)
        , m_live{Prefix{0.0, PrefixTrie::root, user}}
        , m_next(width)
        , m_found(width)
    {
    }

    void hide(std::span<const std::int32_t> items)
    {
        for (const std::int32_t item : items)
            m_seen.push_back(m_trie->leafOf(item));
        std::sort(m_seen.begin(), m_seen.end());
        m_seen.erase(std::unique(m_seen.begin(), m_seen.end()), m_seen.end());
    }

    const std::vector<Prefix>& live() const { return m_live; }
    std::vector<BeamItem> list() { return m_found.take(); }

    // Live prefix i has row firstRow + i of the log probabilities.
    void advance(const float* logProbs, std::int32_t firstRow)
    {
        for (std::size_t i = 0; i < m_live.size(); ++i)
            expand(m_live[i], logProbs + static_cast<std::size_t>(m_trie->vocabulary()) * i,
                firstRow + static_cast<std::int32_t>(i));
        m_live = m_next.take();
        if (m_found.full())
            std::erase_if(m_live, [&](const Prefix& p) { return p.score < m_found.worst().score; });
    }

private:
    void expand(const Prefix& prefix, const float* row, std::int32_t rowNumber)
    {
        const PrefixTrie::Children children = m_trie->children(prefix.node);
        for (std::size_t c = 0; c < children.tokens.size(); ++c) {
            double step = row[children.tokens[c]];
            if (!(step <= 0.0))
                step = atMostZero(step);
            const double score = prefix.score + step;
            const std::int32_t node = children.first + static_cast<std::int32_t>(c);
            if (score == nothing)
                continue;
            if (m_trie->isLeaf(node)) {
                if (const BeamItem item{m_trie->itemAt(node), score}; m_found.takes(item) && !allSeen(node))
                    m_found.add(item);
            } else if (const Prefix next{score, node, rowNumber}; m_next.takes(next) && !allSeen(node)) {
                m_next.add(next);
            }
        }
    }

    static double atMostZero(double logProbability)
    {
        if (std::isnan(logProbability))
            throw Error(ErrorKind::Input, "the decoder gives probabilities that are not numbers",
                "its training diverged: lower the learning rate, or set a clip, and train again");
        return 0.0;
    }

    bool allSeen(std::int32_t node) const
    {
        const PrefixTrie::Leaves range = m_trie->leaves(node);
        const std::int64_t count = range.end - range.first;
        const auto first = std::lower_bound(m_seen.begin(), m_seen.end(), range.first);
        return m_seen.end() - first >= count && first[count - 1] == range.end - 1;
    }

    const PrefixTrie* m_trie;
    std::vector<Prefix> m_live; // best first
    BestList<Prefix, BetterPrefix> m_next;
    BestList<BeamItem, BetterItem> m_found;
    std::vector<std::int32_t> m_seen; // leaves, ascending
};

void check(const PrefixTrie& trie, const BeamDecoder& decoder, const BeamRequest& r)
{
    if (r.width < 1 || r.width > BeamRequest::widest)
        throw Error(ErrorKind::Usage, "a beam of width " + std::to_string(r.width),
            "choose 1 to " + std::to_string(BeamRequest::widest));
    if (decoder.vocabulary() != trie.vocabulary())
        throw Error(ErrorKind::Usage,
            "the decoder knows " + std::to_string(decoder.vocabulary()) + " tokens, the trie "
                + std::to_string(trie.vocabulary()),
            "build the trie from the sequences that the decoder was trained on");
    if (r.users < 0 || r.users * r.width > std::numeric_limits<std::int32_t>::max())
        throw Error(ErrorKind::Usage, std::to_string(r.users) + " users in one search", "search for fewer at a time");
    if (r.seenOffsets.empty() && r.seen.empty())
        return;
    bool fits = std::ssize(r.seenOffsets) == r.users + 1 && r.seenOffsets.front() == 0
        && r.seenOffsets.back() == std::ssize(r.seen) && std::is_sorted(r.seenOffsets.begin(), r.seenOffsets.end());
    for (const std::int32_t item : r.seen)
        fits = fits && item >= 0 && item < trie.items();
    if (!fits)
        throw Error(ErrorKind::Usage, "the seen items do not fit the users or the trie",
            "give one offset more than users, and items of the trie");
}

// One search; counts time where asked.
class Search {
public:
    Search(const PrefixTrie& trie, BeamDecoder& decoder, const BeamRequest& request)
        : m_trie(trie)
        , m_decoder(decoder)
        , m_times(request.times && request.times->clock ? request.times : nullptr)
    {
        for (std::int64_t user = 0; user < request.users; ++user) {
            m_beams.emplace_back(trie, static_cast<std::int32_t>(user), static_cast<std::size_t>(request.width));
            if (request.seenOffsets.empty())
                continue;
            const auto begin = static_cast<std::size_t>(request.seenOffsets[static_cast<std::size_t>(user)]);
            const auto end = static_cast<std::size_t>(request.seenOffsets[static_cast<std::size_t>(user) + 1]);
            m_beams.back().hide(request.seen.subspan(begin, end - begin));
        }
    }

    std::vector<std::vector<BeamItem>> run()
    {
        const double start = now();
        double inDecoder = 0.0;
        const auto timed = [&](auto&& call) {
            const double before = now();
            const std::span<const float> result = call();
            return std::pair(result, now() - before);
        };
        const auto [first, encoding] = timed([&] { return m_decoder.begin(); });
        inDecoder += encoding;
        advance(first, m_beams.size());
        while (gather()) {
            const auto [next, decoding] = timed([&] { return m_decoder.step(m_parents, m_tokens); });
            inDecoder += decoding;
            advance(next, m_tokens.size());
            if (m_times) {
                m_times->decode += decoding;
                m_times->rows += std::ssize(m_tokens);
            }
        }
        std::vector<std::vector<BeamItem>> lists;
        lists.reserve(m_beams.size());
        for (UserBeam& beam : m_beams)
            lists.push_back(beam.list());
        if (m_times) {
            m_times->encode += encoding;
            m_times->rest += now() - start - inDecoder;
        }
        return lists;
    }

private:
    double now() const { return m_times ? m_times->clock() : 0.0; }

    void advance(std::span<const float> logProbs, std::size_t rows)
    {
        const auto width = static_cast<std::size_t>(m_decoder.vocabulary());
        if (logProbs.size() != rows * width)
            throw Error(ErrorKind::Internal,
                "the decoder gave " + std::to_string(logProbs.size()) + " values for " + std::to_string(rows)
                    + " prefixes of " + std::to_string(width) + " tokens",
                "report this with the run");
        std::size_t row = 0;
        for (UserBeam& beam : m_beams) {
            const std::size_t own = beam.live().size();
            beam.advance(logProbs.data() + row * width, static_cast<std::int32_t>(row));
            row += own;
        }
    }

    // The live prefixes of all users as the decoder is to be asked; false when there are none.
    bool gather()
    {
        m_parents.clear();
        m_tokens.clear();
        for (const UserBeam& beam : m_beams)
            for (const Prefix& prefix : beam.live()) {
                m_parents.push_back(prefix.parent);
                m_tokens.push_back(m_trie.token(prefix.node));
            }
        return !m_tokens.empty();
    }

    const PrefixTrie& m_trie;
    BeamDecoder& m_decoder;
    BeamTimes* m_times;
    std::vector<UserBeam> m_beams;
    std::vector<std::int32_t> m_parents, m_tokens;
};

} // namespace

std::vector<std::vector<BeamItem>> beamSearch(const PrefixTrie& trie, BeamDecoder& decoder, const BeamRequest& request)
{
    check(trie, decoder, request);
    return request.users == 0 ? std::vector<std::vector<BeamItem>>() : Search(trie, decoder, request).run();
}

} // namespace recoscope
