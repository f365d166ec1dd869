// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/user_why.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace recoscope {

namespace {

constexpr int randomOrderCount = 4;

PackedSequences without(const PackedView& history, const std::vector<int>& order, int removed)
{
    std::vector<bool> gone(history.items.size(), false);
    for (int i = 0; i < removed; ++i)
        gone[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
    std::vector<std::int32_t> items;
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < history.items.size(); ++i) {
        if (gone[i])
            continue;
        items.push_back(history.items[i]);
        if (!history.times.empty())
            times.push_back(history.times[i]);
    }
    PackedSequences result;
    result.append(items, times);
    return result;
}

// Explanations cover the events the model sees: the last ones of a longer history.
int firstExplained(const PackedView& history, const Explanation& explanation)
{
    return static_cast<int>(history.items.size()) - static_cast<int>(explanation.contributions.size());
}

} // namespace

PairExplanation explainPair(const Explanation& a, const Explanation& b, int shownTerms)
{
    PairExplanation result;
    result.difference = a.score - b.score;
    const std::size_t events = std::min(a.contributions.size(), b.contributions.size());
    std::vector<PairExplanation::Term> all(events);
    double sum = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < events; ++i) {
        all[i] = {static_cast<int>(i), a.contributions[i] - b.contributions[i]};
        sum += all[i].value;
        size += std::abs(all[i].value);
    }
    std::stable_sort(
        all.begin(), all.end(), [](const auto& x, const auto& y) { return std::abs(x.value) > std::abs(y.value); });
    const std::size_t shown = std::min(events, static_cast<std::size_t>(shownTerms));
    result.terms.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown));
    for (std::size_t i = shown; i < events; ++i)
        result.otherValue += all[i].value;
    result.otherEvents = static_cast<int>(events - shown);
    std::stable_sort(
        result.terms.begin(), result.terms.end(), [](const auto& x, const auto& y) { return x.value > y.value; });
    result.residual = result.difference - sum;
    const double total = size + std::abs(result.residual);
    result.residualShare = total > 0 ? std::abs(result.residual) / total : 0.0;
    return result;
}

DeletionCurve deletionCurve(const ServingSession& session, const PackedView& history, const Explanation& explanation,
    int mostRemoved, std::uint64_t seed, Progress& progress)
{
    const int first = firstExplained(history, explanation);
    std::vector<int> order(explanation.contributions.size());
    std::iota(order.begin(), order.end(), first);
    // At least one event stays: a model's answer to an empty history is no point of this curve.
    const int steps = std::min(mostRemoved, static_cast<int>(order.size()) - 1);
    DeletionCurve curve;
    if (steps < 1)
        return curve;
    const auto scores = [&](const std::vector<int>& removal) {
        std::vector<double> result;
        for (int removed = 0; removed <= steps; ++removed) {
            progress.checkCancelled();
            const PackedSequences left = without(history, removal, removed);
            result.push_back(session.rankOf(left.view(), explanation.item, false).score);
        }
        return result;
    };
    std::vector<int> largestFirst = order;
    std::stable_sort(largestFirst.begin(), largestFirst.end(), [&](int x, int y) {
        return explanation.contributions[static_cast<std::size_t>(x - first)]
            > explanation.contributions[static_cast<std::size_t>(y - first)];
    });
    curve.byContribution = scores(largestFirst);
    curve.random.assign(curve.byContribution.size(), 0.0);
    std::mt19937_64 stream(seed);
    for (int i = 0; i < randomOrderCount; ++i) {
        std::shuffle(order.begin(), order.end(), stream);
        const std::vector<double> one = scores(order);
        for (std::size_t k = 0; k < one.size(); ++k)
            curve.random[k] += one[k] / randomOrderCount;
    }
    curve.randomOrders = randomOrderCount;
    return curve;
}

} // namespace recoscope
