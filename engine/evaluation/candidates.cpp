// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/candidates.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "engine/core/random.h"

namespace recoscope {

namespace {
constexpr std::uint64_t candidateSeed = 0; // the protocol has no seed: a draw belongs to the user alone
}

CandidateSampler::CandidateSampler(CandidateKind kind, int count, std::span<const std::int64_t> popularity)
    : m_kind(kind)
    , m_count(static_cast<std::size_t>(std::max(0, count)))
    , m_popularity(popularity)
{
    if (kind == CandidateKind::Popular) {
        m_cumulative.resize(popularity.size());
        std::partial_sum(popularity.begin(), popularity.end(), m_cumulative.begin());
    }
}

std::vector<std::int32_t> CandidateSampler::takeAll(std::span<const std::int32_t> excluded) const
{
    std::vector<std::int32_t> out;
    std::size_t next = 0;
    for (std::int32_t item = 0; item < static_cast<std::int32_t>(m_popularity.size()); ++item) {
        while (next < excluded.size() && excluded[next] < item)
            ++next;
        const bool left = next == excluded.size() || excluded[next] != item;
        if (left && (m_kind != CandidateKind::Popular || m_popularity[static_cast<std::size_t>(item)] > 0))
            out.push_back(item);
    }
    return out;
}

// Efraimidis & Spirakis (2006): the N largest of log(u) / weight are a weighted draw without replacement.
std::vector<std::int32_t> CandidateSampler::drawByKeys(std::uint64_t user, std::vector<std::int32_t> eligible) const
{
    RandomStream stream(candidateSeed, "candidate keys", user);
    std::vector<std::pair<double, std::int32_t>> keys;
    keys.reserve(eligible.size());
    for (std::int32_t item : eligible) {
        const bool weighted = m_kind == CandidateKind::Popular;
        const double weight = weighted ? double(m_popularity[static_cast<std::size_t>(item)]) : 1.0;
        keys.emplace_back(-std::log1p(-stream.uniform()) / weight, item);
    }
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(m_count), keys.end());
    std::vector<std::int32_t> out(m_count);
    std::transform(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(m_count), out.begin(),
        [](const auto& key) { return key.second; });
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::int32_t> CandidateSampler::draw(std::uint64_t user, std::span<const std::int32_t> excluded) const
{
    // Rejection is only quick while few of the items are wanted; otherwise every eligible item gets a key.
    if (4 * (m_count + excluded.size()) > m_popularity.size()) {
        std::vector<std::int32_t> eligible = takeAll(excluded);
        return eligible.size() <= m_count ? eligible : drawByKeys(user, std::move(eligible));
    }
    RandomStream stream(candidateSeed, "candidates", user);
    std::unordered_set<std::int32_t> chosen;
    std::vector<std::int32_t> out;
    const std::size_t mostTries = 200 * m_count + 1000;
    for (std::size_t tries = 0; out.size() < m_count; ++tries) {
        if (tries == mostTries) { // nearly all events lie on items already taken
            std::vector<std::int32_t> eligible = takeAll(excluded);
            return eligible.size() <= m_count ? eligible : drawByKeys(user, std::move(eligible));
        }
        std::int32_t item = 0;
        if (m_kind == CandidateKind::Popular) {
            if (m_cumulative.back() == 0)
                return {};
            const auto ticket = static_cast<std::int64_t>(stream.below(std::uint64_t(m_cumulative.back())));
            item = static_cast<std::int32_t>(
                std::upper_bound(m_cumulative.begin(), m_cumulative.end(), ticket) - m_cumulative.begin());
        } else {
            item = static_cast<std::int32_t>(stream.below(m_popularity.size()));
        }
        if (!std::binary_search(excluded.begin(), excluded.end(), item) && chosen.insert(item).second)
            out.push_back(item);
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace recoscope
