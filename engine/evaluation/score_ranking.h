// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ranking of one row of given scores, for models without a linear head and for sampled candidates. The same rules as
// kernels::topK: score descending, equal scores by lowest index (-0 equals 0), masked items never, -inf after all
// others. Pure functions; scores must not be NaN.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/evaluation/metrics.h"

namespace recoscope {

struct ScoredItem {
    std::int32_t item = -1;
    float score = 0.0f;
};

// At most k items, best first. `masked` ascending.
std::vector<ScoredItem> topItems(std::span<const float> scores, std::span<const std::int32_t> masked, std::int64_t k);
// How the unmasked items compare with `target`, itself left out.
TargetRank rankInScores(std::span<const float> scores, std::span<const std::int32_t> masked, std::int32_t target);

} // namespace recoscope
