// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/generator_optimum.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace recoscope {

namespace {

constexpr int cut = 10;

using Seen = std::unordered_set<std::int32_t>;

Seen seenItems(std::span<const GeneratedEvent> history)
{
    Seen seen;
    for (const GeneratedEvent& event : history)
        seen.insert(event.item);
    return seen;
}

// Share of the new-item mixture that falls on items the user had, and is drawn again.
double seenMass(const PlantedProcess& process, const Seen& seen, const ProcessContext& context)
{
    double mass = 0.0;
    for (const std::int32_t item : seen)
        mass += process.newItemProbability(item, context);
    return mass;
}

std::unordered_map<std::int32_t, double> repeatShares(
    const PlantedProcess& process, std::span<const GeneratedEvent> history)
{
    std::unordered_map<std::int32_t, double> shares;
    const auto window = history.last(std::min<std::size_t>(history.size(), process.repeatWindow()));
    for (const GeneratedEvent& event : window)
        shares[event.item] += 1.0 / double(window.size());
    return shares;
}

// Every item that can be among the ten best for any of the predictors: named by a rule, or so popular in its cluster
// that fewer than ten unseen items of it stand before.
std::vector<std::int32_t> candidateItems(const PlantedProcess& process, std::span<const GeneratedEvent> history,
    const ProcessContext& context, const Seen& seen)
{
    std::unordered_set<std::int32_t> found;
    for (const std::int32_t item : process.successors(context.last, context.era))
        found.insert(item);
    if (context.distant >= 0) {
        for (const std::int32_t item : process.partners(context.distant))
            found.insert(item);
    }
    if (process.repeats() > 0.0) {
        for (const auto& [item, share] : repeatShares(process, history))
            found.insert(item);
    }
    for (std::int32_t cluster = 0; cluster < process.clusters(); ++cluster) {
        int unseen = 0;
        for (std::int32_t rank = 0; rank < process.itemsIn(cluster) && unseen < cut; ++rank) {
            const std::int32_t item = rank * process.clusters() + cluster;
            unseen += !seen.contains(item);
            found.insert(item);
        }
    }
    std::vector<std::int32_t> items(found.begin(), found.end());
    std::sort(items.begin(), items.end());
    return items;
}

// Adds what a ranking by `score` (ties by lower position) reaches in expectation.
void addExpected(std::span<const double> score, std::span<const double> probability, Optimum& sum)
{
    std::vector<std::int32_t> order(score.size());
    std::iota(order.begin(), order.end(), 0);
    const auto depth = std::min<std::size_t>(cut, order.size());
    std::partial_sort(order.begin(), order.begin() + depth, order.end(),
        [&](std::int32_t a, std::int32_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
    for (std::size_t rank = 0; rank < depth; ++rank) {
        sum.hr10 += probability[order[rank]];
        sum.ndcg10 += probability[order[rank]] / std::log2(double(rank) + 2.0);
    }
}

class OptimumSum {
public:
    OptimumSum(const PlantedProcess& process, std::vector<std::int64_t> counts)
        : m_process(process)
        , m_counts(std::move(counts))
    {
        m_byCount.resize(m_counts.size());
        std::iota(m_byCount.begin(), m_byCount.end(), 0);
        std::stable_sort(m_byCount.begin(), m_byCount.end(),
            [this](std::int32_t a, std::int32_t b) { return m_counts[a] > m_counts[b]; });
    }

    void add(std::span<const GeneratedEvent> history, std::int64_t nextTime)
    {
        const Seen seen = seenItems(history);
        const ProcessContext context = m_process.contextAfter(history, nextTime);
        const auto candidates = candidateItems(m_process, history, context, seen);
        const auto probability = nextProbabilities(m_process, history, nextTime, candidates);
        addExpected(probability, probability, m_sum.best);

        const bool repeats = m_process.repeats() > 0.0;
        std::vector<double> score(candidates.size());
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const bool possible = repeats || !seen.contains(candidates[i]);
            score[i] = possible ? m_process.firstOrderProbability(candidates[i], context) : -1.0;
        }
        addExpected(score, probability, m_sum.firstOrder);
        addPopularity(history, nextTime, seen);
        ++m_sum.cases;
    }

    PlantedOptimum mean() const
    {
        PlantedOptimum result = m_sum;
        for (Optimum* optimum : {&result.best, &result.firstOrder, &result.popularity}) {
            optimum->hr10 /= double(std::max<std::int64_t>(result.cases, 1));
            optimum->ndcg10 /= double(std::max<std::int64_t>(result.cases, 1));
        }
        return result;
    }

private:
    void addPopularity(std::span<const GeneratedEvent> history, std::int64_t nextTime, const Seen& seen)
    {
        std::vector<std::int32_t> top;
        for (std::size_t place = 0; place < m_byCount.size() && top.size() < cut; ++place) {
            if (m_process.repeats() > 0.0 || !seen.contains(m_byCount[place]))
                top.push_back(m_byCount[place]);
        }
        const auto probability = nextProbabilities(m_process, history, nextTime, top);
        std::vector<double> score(top.size());
        for (std::size_t place = 0; place < top.size(); ++place)
            score[place] = -double(place);
        addExpected(score, probability, m_sum.popularity);
    }

    const PlantedProcess& m_process;
    std::vector<std::int64_t> m_counts;
    std::vector<std::int32_t> m_byCount;
    PlantedOptimum m_sum;
};

Json pair(const Optimum& optimum)
{
    return {{"hr@10", optimum.hr10}, {"ndcg@10", optimum.ndcg10}};
}

} // namespace

Json PlantedOptimum::toJson() const
{
    Json json = pair(best);
    json["first_order"] = pair(firstOrder);
    json["popularity"] = pair(popularity);
    json["cases"] = cases;
    return json;
}

std::vector<double> nextProbabilities(const PlantedProcess& process, std::span<const GeneratedEvent> history,
    std::int64_t nextTime, std::span<const std::int32_t> candidates)
{
    const Seen seen = seenItems(history);
    const ProcessContext context = process.contextAfter(history, nextTime);
    const double unseenMass = std::max(1.0 - seenMass(process, seen, context), 1e-12);
    const auto repeated = repeatShares(process, history);
    std::vector<double> probabilities;
    for (const std::int32_t item : candidates) {
        if (!seen.contains(item)) {
            probabilities.push_back((1.0 - process.repeats()) * process.newItemProbability(item, context) / unseenMass);
        } else {
            const auto found = repeated.find(item);
            probabilities.push_back(found == repeated.end() ? 0.0 : process.repeats() * found->second);
        }
    }
    return probabilities;
}

PlantedOptimum computeOptimum(const PlantedProcess& process, std::int64_t maxCases, Progress& progress)
{
    constexpr std::size_t shortest = 3;
    std::vector<std::vector<GeneratedEvent>> sequences;
    std::vector<std::int64_t> counts(process.items(), 0);
    for (std::int32_t user = 0; user < process.users() && std::int64_t(sequences.size()) < maxCases; ++user) {
        progress.checkCancelled();
        auto events = process.sequence(user);
        for (std::size_t event = 0; event + 1 < events.size(); ++event)
            ++counts[events[event].item];
        if (events.size() >= shortest)
            sequences.push_back(std::move(events));
    }
    OptimumSum sum(process, std::move(counts));
    for (const auto& events : sequences) {
        progress.checkCancelled();
        sum.add(std::span(events).first(events.size() - 1), events.back().time);
    }
    return sum.mean();
}

} // namespace recoscope
