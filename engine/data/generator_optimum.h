// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the best possible predictor reaches on a planted process. For one history the process gives every item its
// probability p of being next; ranking by p is best for HR and NDCG at every cut, and reaches the expectations
//   HR@k = sum of the k largest p,   NDCG@k = sum over ranks r <= k of p_(r) / log2(r + 1).
// The means over users' last events are exact for the histories of this dataset, with no luck of the last draw in
// them. Nothing is masked: an item that may repeat is a right answer, and one that may not has p = 0.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/progress.h"
#include "engine/data/generator_process.h"

namespace recoscope {

struct Optimum {
    double hr10 = 0.0, ndcg10 = 0.0;
};

struct PlantedOptimum {
    Optimum best; // knows the process and the whole history
    Optimum firstOrder; // knows the process, looks at the last item only (and leaves out what cannot come)
    Optimum popularity; // ranks by how often items occur before the last events
    std::int64_t cases = 0;

    Json toJson() const; // {"hr@10", "ndcg@10", "first_order": {...}, "popularity": {...}, "cases"}
};

// Over the last events of the first `maxCases` users with at least three events.
PlantedOptimum computeOptimum(const PlantedProcess& process, std::int64_t maxCases, Progress& progress);

// The probabilities of one case, over `candidates`, exactly: [candidates].
std::vector<double> nextProbabilities(const PlantedProcess& process, std::span<const GeneratedEvent> history,
    std::int64_t nextTime, std::span<const std::int32_t> candidates);

} // namespace recoscope
