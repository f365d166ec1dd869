// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ranking metrics. Formulas and tie rules: docs/metrics.md. With one target of (1-based) rank r:
// HR@k = [r <= k], NDCG@k = [r <= k] / log2(r + 1), MRR = 1 / r, recall@k = HR@k. Value types.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/data/protocol.h"
#include "engine/store/records.h"

namespace recoscope {

// Rank of a target from how many items score above it and equal to it; `expected` averages the metric over the ranks
// it could have, so it is handled where metrics are computed.
struct TargetRank {
    std::int64_t greater = 0;
    std::int64_t equal = 0;       // the target itself not counted
    std::int64_t equalBefore = 0; // with a lower item index
    // 1-based; for Expected the mean rank.
    double rank(ScoreTies rule) const;
};

double hitRate(const TargetRank& rank, ScoreTies rule, int k);
double ndcg(const TargetRank& rank, ScoreTies rule, int k);
double reciprocalRank(const TargetRank& rank, ScoreTies rule);

} // namespace recoscope
