// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/attention_reading.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace recoscope {

namespace {

// What a row is multiplied by: 1 for raw weights, 1 / sum for normalised ones (0 for a row without weight).
double rowFactor(const float* row, std::int64_t reads, AttentionScale scale)
{
    if (scale == AttentionScale::Raw)
        return 1.0;
    const double sum = std::accumulate(row, row + reads, 0.0, [](double s, float w) { return s + std::abs(w); });
    return sum > 0.0 ? 1.0 / sum : 0.0;
}

} // namespace

std::vector<ReadEvent> predictionReads(
    const AttentionMaps& maps, std::int64_t layer, std::int64_t head, AttentionScale scale, int limit)
{
    if (maps.length == 0)
        return {};
    const float* row = maps.head(layer, head) + (maps.length - 1) * maps.length;
    const double factor = rowFactor(row, maps.length, scale);
    std::vector<ReadEvent> reads(static_cast<std::size_t>(maps.length));
    for (std::int64_t event = 0; event < maps.length; ++event)
        reads[static_cast<std::size_t>(event)] = {event, row[event] * factor};
    std::stable_sort(
        reads.begin(), reads.end(), [](const ReadEvent& a, const ReadEvent& b) { return a.weight > b.weight; });
    reads.resize(std::min(reads.size(), static_cast<std::size_t>(limit)));
    return reads;
}

std::vector<float> pooledHead(const AttentionMaps& maps, std::int64_t layer, std::int64_t head, std::int64_t limit)
{
    const std::int64_t size = std::min(limit, maps.length);
    std::vector<float> pooled(static_cast<std::size_t>(size * size), 0.0F);
    for (std::int64_t r = 0; r < maps.length; ++r) {
        const float* row = maps.head(layer, head) + r * maps.length;
        const double factor = rowFactor(row, r + 1, AttentionScale::RowNormalised);
        float* line = pooled.data() + r * size / maps.length * size;
        for (std::int64_t c = 0; c <= r; ++c) {
            float& cell = line[c * size / maps.length];
            const auto value = static_cast<float>(row[c] * factor);
            if (std::abs(value) > std::abs(cell))
                cell = value;
        }
    }
    return pooled;
}

std::vector<int> liftingEvents(const Explanation& explanation, double share, int limit)
{
    std::vector<int> order;
    double total = 0.0;
    for (std::size_t i = 0; i < explanation.contributions.size(); ++i) {
        if (explanation.contributions[i] <= 0.0)
            continue;
        order.push_back(static_cast<int>(i));
        total += explanation.contributions[i];
    }
    const auto contribution = [&](int i) { return explanation.contributions[static_cast<std::size_t>(i)]; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return contribution(a) > contribution(b); });
    std::vector<int> result;
    double sum = 0.0;
    for (const int event : order) {
        if (static_cast<int>(result.size()) == limit || sum >= share * total)
            break;
        result.push_back(event);
        sum += contribution(event);
    }
    return result;
}

} // namespace recoscope
