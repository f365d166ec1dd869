// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/benchmarks/callback_beam.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace recoscope {

CallbackBeam::CallbackBeam(const TokenSequences& names)
    : m_vocabulary(names.vocabulary)
{
    for (std::int64_t item = 0; item < names.items(); ++item) {
        Node* node = &m_root;
        for (const std::int32_t token : names.of(item)) {
            auto& next = node->next[token];
            if (!next)
                next = std::make_unique<Node>();
            node = next.get();
        }
        node->item = static_cast<std::int32_t>(item);
    }
}

const CallbackBeam::Node* CallbackBeam::at(const std::vector<std::int32_t>& prefix) const
{
    const Node* node = &m_root;
    for (const std::int32_t token : prefix)
        node = node->next.at(token).get();
    return node;
}

std::vector<CallbackBeam::Hypothesis> CallbackBeam::best(const std::vector<Hypothesis>& live, std::int64_t user,
    const float* logProbs, std::int64_t width, const Allowed& allowed) const
{
    const auto vocabulary = static_cast<std::size_t>(m_vocabulary);
    std::vector<double> scores(live.size() * vocabulary, -std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < live.size(); ++i)
        for (const std::int32_t token : allowed(user, live[i].prefix)) {
            const std::size_t place = i * vocabulary + static_cast<std::size_t>(token);
            scores[place] = live[i].score + double(logProbs[place]);
        }
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    const std::size_t kept = std::min(static_cast<std::size_t>(width), order.size());
    std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(kept), order.end(),
        [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    std::vector<Hypothesis> next;
    for (std::size_t k = 0; k < kept && scores[order[k]] > -std::numeric_limits<double>::infinity(); ++k) {
        const std::size_t from = order[k] / vocabulary;
        next.push_back({scores[order[k]], live[from].prefix, static_cast<std::int32_t>(from)});
        next.back().prefix.push_back(static_cast<std::int32_t>(order[k] % vocabulary));
    }
    return next;
}

std::vector<std::vector<BeamItem>> CallbackBeam::search(
    BeamDecoder& decoder, std::int64_t users, std::int64_t width) const
{
    const Allowed allowed = [this](std::int64_t, const std::vector<std::int32_t>& prefix) {
        std::vector<std::int32_t> tokens;
        for (const auto& [token, node] : at(prefix)->next)
            tokens.push_back(token);
        return tokens;
    };
    std::vector<std::vector<BeamItem>> lists(static_cast<std::size_t>(users));
    std::vector<std::vector<Hypothesis>> live(lists.size(), {Hypothesis()});
    std::span<const float> logProbs = decoder.begin();
    while (!logProbs.empty()) {
        std::vector<std::int32_t> parents, tokens;
        std::int32_t firstRow = 0;
        for (std::size_t user = 0; user < lists.size(); ++user) {
            const auto rows = static_cast<std::int32_t>(live[user].size());
            const float* own = logProbs.data() + std::ptrdiff_t(firstRow) * m_vocabulary;
            live[user] = best(live[user], static_cast<std::int64_t>(user), own, width, allowed);
            std::erase_if(live[user], [&](const Hypothesis& h) {
                const std::int32_t item = at(h.prefix)->item;
                if (item >= 0)
                    lists[user].push_back({item, h.score});
                return item >= 0;
            });
            for (const Hypothesis& h : live[user]) {
                parents.push_back(firstRow + h.row);
                tokens.push_back(h.prefix.back());
            }
            firstRow += rows;
        }
        logProbs = tokens.empty() ? std::span<const float>() : decoder.step(parents, tokens);
    }
    return lists;
}

} // namespace recoscope
