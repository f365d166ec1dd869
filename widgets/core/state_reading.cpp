// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/state_reading.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/inspection/memory.h"

namespace recoscope {

namespace {

constexpr double binsPerDecade = 8.0;

// Channels from the shortest memory to the longest.
std::vector<int> byMemory(std::span<const float> memory)
{
    std::vector<int> order(memory.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
        [&](int a, int b) { return memory[static_cast<std::size_t>(a)] < memory[static_cast<std::size_t>(b)]; });
    return order;
}

} // namespace

std::array<MemoryRing, 3> memoryRings()
{
    std::array<MemoryRing, 3> rings{{{5}, {20}, {100}}};
    for (MemoryRing& ring : rings)
        ring.radius = std::pow(forgottenShare, 1.0 / ring.events);
    return rings;
}

Histogram memoryHistogram(std::span<const float> memory, std::int64_t history)
{
    Histogram histogram;
    histogram.logarithmic = true;
    if (memory.empty())
        return histogram;
    double low = std::max<double>(1.0, static_cast<double>(history)), high = low;
    for (const double value : memory) {
        low = std::min(low, std::max(1.0, value));
        if (std::isfinite(value))
            high = std::max(high, value);
    }
    const auto binOf = [](double value) { return static_cast<int>(std::floor(std::log10(value) * binsPerDecade)); };
    const int first = binOf(low), last = binOf(high);
    for (int bin = first; bin <= last + 1; ++bin)
        histogram.edges.push_back(std::pow(10.0, bin / binsPerDecade));
    histogram.counts.resize(static_cast<std::size_t>(last - first + 1));
    for (const double value : memory) {
        const int bin = std::isfinite(value) ? std::clamp(binOf(std::max(1.0, value)), first, last) : last;
        ++histogram.counts[static_cast<std::size_t>(bin - first)];
    }
    return histogram;
}

int channelNearest(std::span<const float> memory, std::int64_t history)
{
    const double wanted = std::log(std::max<double>(1.0, static_cast<double>(history)));
    const auto away = [wanted](float events) {
        return std::isfinite(events) ? std::abs(std::log(std::max(1.0F, events)) - wanted)
                                     : std::numeric_limits<double>::max();
    };
    const auto nearest
        = std::min_element(memory.begin(), memory.end(), [&](float a, float b) { return away(a) < away(b); });
    return nearest == memory.end() ? -1 : static_cast<int>(nearest - memory.begin());
}

std::vector<int> channelsToCompare(std::span<const float> memory, int chosen)
{
    std::vector<int> order = byMemory(memory);
    std::erase(order, chosen);
    std::vector<int> compared;
    for (const double quantile : {0.25, 0.75}) {
        if (order.empty())
            break;
        const int channel = order[static_cast<std::size_t>(quantile * static_cast<double>(order.size() - 1) + 0.5)];
        if (std::find(compared.begin(), compared.end(), channel) == compared.end())
            compared.push_back(channel);
    }
    return compared;
}

std::vector<double> signedShares(std::span<const double> values)
{
    const double sum = std::accumulate(
        values.begin(), values.end(), 0.0, [](double total, double value) { return total + std::abs(value); });
    std::vector<double> shares(values.begin(), values.end());
    for (double& share : shares)
        share = sum > 0.0 ? share / sum : 0.0;
    return shares;
}

std::vector<double> attentionShares(const AttentionMaps& maps)
{
    std::vector<double> mean(static_cast<std::size_t>(maps.length));
    for (std::int64_t head = 0; head < maps.heads && maps.length > 0; ++head) {
        const float* row = maps.head(maps.layers - 1, head) + (maps.length - 1) * maps.length;
        const std::vector<double> shares = signedShares(std::vector<double>(row, row + maps.length));
        for (std::size_t event = 0; event < mean.size(); ++event)
            mean[event] += shares[event] / static_cast<double>(maps.heads);
    }
    return mean;
}

std::int64_t commonEnd(std::span<const int> a, std::span<const int> b)
{
    const auto pair = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
    return pair.first - a.rbegin();
}

std::vector<double> onAxis(std::span<const double> values, std::int64_t common, std::int64_t length)
{
    std::vector<double> placed(static_cast<std::size_t>(length), std::numeric_limits<double>::quiet_NaN());
    std::copy_n(values.rbegin(), common, placed.rbegin());
    return placed;
}

} // namespace recoscope
