// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/list_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/evaluation/metrics.h"

namespace recoscope {

namespace {

constexpr int diversityCut = 10;
constexpr std::int64_t diversityUsers = 10000;

std::vector<double> selfInformation(std::span<const std::int64_t> counts)
{
    const double events = double(std::accumulate(counts.begin(), counts.end(), std::int64_t(0)));
    const double total = events + double(counts.size());
    std::vector<double> bits(counts.size());
    std::transform(counts.begin(), counts.end(), bits.begin(),
        [&](std::int64_t c) { return std::log2(total / (double(c) + 1.0)); });
    return bits;
}

void setMean(MetricSummary& summary, const std::string& name, std::span<const double> values)
{
    const MeanInterval interval = meanInterval(values);
    summary.values[name] = interval.mean;
    summary.halfWidth95[name] = interval.halfWidth95;
}

} // namespace

ItemDistance::ItemDistance(const PreparedData& data)
{
    const PackedView all = data.sequences();
    const auto items = static_cast<std::size_t>(data.items());
    std::vector<std::vector<std::int32_t>> unique(static_cast<std::size_t>(data.users()));
    m_offsets.assign(items + 1, 0);
    for (std::int32_t user = 0; user < data.users(); ++user) {
        const auto events = all.sequence(user).first(static_cast<std::size_t>(data.trainLength(user)));
        auto& own = unique[static_cast<std::size_t>(user)];
        own.assign(events.begin(), events.end());
        std::sort(own.begin(), own.end());
        own.erase(std::unique(own.begin(), own.end()), own.end());
        for (std::int32_t item : own)
            ++m_offsets[static_cast<std::size_t>(item) + 1];
    }
    std::partial_sum(m_offsets.begin(), m_offsets.end(), m_offsets.begin());
    m_users.resize(static_cast<std::size_t>(m_offsets.back()));
    std::vector<std::int64_t> next(m_offsets.begin(), m_offsets.end() - 1);
    for (std::int32_t user = 0; user < data.users(); ++user)
        for (std::int32_t item : unique[static_cast<std::size_t>(user)])
            m_users[static_cast<std::size_t>(next[static_cast<std::size_t>(item)]++)] = user;
}

double ItemDistance::operator()(std::int32_t a, std::int32_t b)
{
    if (a > b)
        std::swap(a, b);
    const std::uint64_t key = std::uint64_t(std::uint32_t(a)) << 32 | std::uint32_t(b);
    if (const auto known = m_known.find(key); known != m_known.end())
        return known->second;
    const auto usersOf = [&](std::int32_t item) {
        const auto begin = m_offsets[static_cast<std::size_t>(item)];
        const auto end = m_offsets[static_cast<std::size_t>(item) + 1];
        return std::span(m_users).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    };
    const auto left = usersOf(a), right = usersOf(b);
    std::int64_t both = 0;
    for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
        both += left[i] == right[j] ? 1 : 0;
        const bool stepLeft = left[i] <= right[j], stepRight = right[j] <= left[i];
        i += stepLeft ? 1 : 0;
        j += stepRight ? 1 : 0;
    }
    const double norm = std::sqrt(double(left.size()) * double(right.size()));
    const double distance = norm > 0.0 ? 1.0 - double(both) / norm : 1.0;
    m_known.emplace(key, static_cast<float>(distance));
    return static_cast<float>(distance); // the same value whether it was cached or not
}

ListMetrics::ListMetrics(const PreparedData& data, std::vector<int> cuts, std::int64_t users)
    : m_selfInformation(selfInformation(data.trainCounts()))
    , m_distance(data)
    , m_diversityEvery(std::max<std::int64_t>(1, (users + diversityUsers - 1) / diversityUsers))
{
    for (int k : cuts)
        m_cuts.push_back({k, std::vector<std::int64_t>(static_cast<std::size_t>(data.items()), 0),
            std::vector<double>(static_cast<std::size_t>(users), 0.0), {}});
}

std::int64_t ListMetrics::mostBytes(std::int64_t users)
{
    constexpr std::int64_t pairs = diversityCut * (diversityCut - 1) / 2;
    constexpr std::int64_t bytesOfPair = 40; // a node of the C library's smallest size that holds it, and its bucket
    return std::min(users, diversityUsers) * pairs * bytesOfPair;
}

void ListMetrics::add(std::int64_t position, std::span<const std::int32_t> list)
{
    const auto length = static_cast<std::size_t>(std::find(list.begin(), list.end(), -1) - list.begin());
    for (Cut& cut : m_cuts) {
        const auto shown = list.first(std::min(length, static_cast<std::size_t>(cut.k)));
        double bits = 0.0;
        for (std::int32_t item : shown) {
            ++cut.shown[static_cast<std::size_t>(item)];
            bits += m_selfInformation[static_cast<std::size_t>(item)];
        }
        cut.novelty[static_cast<std::size_t>(position)] = shown.empty() ? 0.0 : bits / double(shown.size());
    }
    if (position % m_diversityEvery == 0)
        addDiversity(list.first(std::min(length, std::size_t(diversityCut))));
}

void ListMetrics::addDiversity(std::span<const std::int32_t> list)
{
    // Sums over all pairs grow item by item, so one pass serves every cut.
    std::vector<double> sums(list.size() + 1, 0.0);
    for (std::size_t j = 0; j < list.size(); ++j) {
        sums[j + 1] = sums[j];
        for (std::size_t i = 0; i < j; ++i)
            sums[j + 1] += m_distance(list[i], list[j]);
    }
    for (Cut& cut : m_cuts) {
        const std::size_t length = std::min(list.size(), static_cast<std::size_t>(cut.k));
        if (cut.k >= 2 && cut.k <= diversityCut && length >= 2)
            cut.diversity.push_back(sums[length] / (0.5 * double(length) * double(length - 1)));
    }
}

void ListMetrics::finish(MetricSummary& summary) const
{
    for (const Cut& cut : m_cuts) {
        const std::string at = "@" + std::to_string(cut.k);
        const auto distinct = std::count_if(cut.shown.begin(), cut.shown.end(), [](auto c) { return c > 0; });
        summary.values["coverage" + at] = double(distinct) / std::max(1.0, double(cut.shown.size()));
        summary.values["gini" + at] = giniIndex(cut.shown);
        setMean(summary, "novelty" + at, cut.novelty);
        if (!cut.diversity.empty())
            setMean(summary, "ild" + at, cut.diversity);
    }
}

double giniIndex(std::vector<std::int64_t> counts)
{
    std::sort(counts.begin(), counts.end());
    double weighted = 0.0, total = 0.0;
    const double n = double(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
        weighted += (2.0 * double(i + 1) - n - 1.0) * double(counts[i]);
        total += double(counts[i]);
    }
    return total > 0.0 ? weighted / (n * total) : 0.0;
}

} // namespace recoscope
