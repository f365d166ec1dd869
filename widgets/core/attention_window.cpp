// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/attention_window.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace recoscope {

namespace {

constexpr float masked = std::numeric_limits<float>::quiet_NaN();

// What a row is multiplied by: 1 for raw weights, 1 / sum for normalised ones (0 for a row without weight).
double rowFactor(const float* row, std::int64_t reads, AttentionScale scale)
{
    if (scale == AttentionScale::Raw)
        return 1.0;
    const double sum = std::accumulate(row, row + reads, 0.0, [](double s, float w) { return s + std::abs(w); });
    return sum > 0.0 ? 1.0 / sum : 0.0;
}

} // namespace

double AttentionWindow::rowMean(std::int64_t row) const
{
    const float* begin = weights.data() + row * size;
    return std::accumulate(begin, begin + row + 1, 0.0) / static_cast<double>(row + 1);
}

AttentionWindow attentionWindow(
    const AttentionMaps& maps, std::int64_t layer, std::int64_t head, AttentionScale scale, std::int64_t events)
{
    AttentionWindow window;
    window.size = events > 0 ? std::min(events, maps.length) : maps.length;
    window.first = maps.length - window.size;
    window.weights.assign(static_cast<std::size_t>(window.size * window.size), masked);
    const float* all = maps.head(layer, head);
    for (std::int64_t row = 0; row < window.size; ++row) {
        const float* source = all + (window.first + row) * maps.length;
        const double factor = rowFactor(source, window.first + row + 1, scale);
        float* target = window.weights.data() + row * window.size;
        for (std::int64_t column = 0; column <= row; ++column) {
            target[column] = static_cast<float>(source[window.first + column] * factor);
            window.largest = std::max(window.largest, static_cast<double>(target[column]));
        }
    }
    return window;
}

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

std::vector<float> thumbnail(const AttentionMaps& maps, std::int64_t layer, std::int64_t head, int size)
{
    const auto side = static_cast<std::int64_t>(std::min<std::int64_t>(size, maps.length));
    std::vector<double> sums(static_cast<std::size_t>(side * side), 0.0);
    std::vector<int> cells(sums.size(), 0);
    const float* all = maps.head(layer, head);
    for (std::int64_t row = 0; row < maps.length; ++row) {
        const float* source = all + row * maps.length;
        const double factor = rowFactor(source, row + 1, AttentionScale::RowNormalised);
        for (std::int64_t column = 0; column <= row; ++column) {
            const auto cell = static_cast<std::size_t>(row * side / maps.length * side + column * side / maps.length);
            sums[cell] += source[column] * factor;
            ++cells[cell];
        }
    }
    std::vector<float> result(sums.size(), masked);
    for (std::size_t cell = 0; cell < sums.size(); ++cell) {
        if (cells[cell] > 0)
            result[cell] = static_cast<float>(sums[cell] / cells[cell]);
    }
    return result;
}

} // namespace recoscope
