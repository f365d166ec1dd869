// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Metrics of the recommended lists themselves, whatever the target: coverage, Gini, novelty and intra-list diversity.
// Definitions: docs/metrics.md. Lists are added user by user in ascending order; memory is a counter per item and cut,
// a number per user and cut, and the users of each item. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/data/prepared.h"
#include "engine/store/records.h"

namespace recoscope {

// 1 - cosine of the sets of users who had each item in training. Similarities are cached by pair.
class ItemDistance {
public:
    explicit ItemDistance(const PreparedData& data);
    double operator()(std::int32_t a, std::int32_t b);

private:
    std::vector<std::int64_t> m_offsets; // [items+1]
    std::vector<std::int32_t> m_users; // ascending within an item, unique
    std::unordered_map<std::uint64_t, float> m_known;
};

class ListMetrics {
public:
    // Intra-list diversity is measured at cuts of at most 10 and for at most 10,000 users, evenly spaced.
    ListMetrics(const PreparedData& data, std::vector<int> cuts, std::int64_t users);

    // `position` of the user in ascending order; best first, -1 past the end.
    void add(std::int64_t position, std::span<const std::int32_t> list);
    void finish(MetricSummary& summary) const;
    // The most memory that the lists of so many users take, if no two of them share a pair of items.
    static std::int64_t mostBytes(std::int64_t users);

private:
    struct Cut {
        int k = 0;
        std::vector<std::int64_t> shown; // [items]
        std::vector<double> novelty; // [users], bits
        std::vector<double> diversity; // measured users only
    };
    void addDiversity(std::span<const std::int32_t> list);

    std::vector<double> m_selfInformation; // [items], bits
    std::vector<Cut> m_cuts;
    ItemDistance m_distance;
    std::int64_t m_diversityEvery = 1;
};

// 0: every item equally often; 1 - 1/n: one item has everything. `counts` in any order.
double giniIndex(std::vector<std::int64_t> counts);

} // namespace recoscope
