// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Two questions about one list, answered from the model's own scores: why does one item stand above another, and how
// does a score fall when events are taken away. Pure functions over engine values; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/progress.h"
#include "engine/serving/session.h"

namespace recoscope {

// score(a) - score(b) = sum over events of (contribution to a - contribution to b) + residual. Contributions are
// leave-one-out, so events that only work together leave a residual that belongs to no single event.
struct PairExplanation {
    struct Term {
        int event = 0; // index in the history that was explained
        double value = 0.0; // positive lifts a over b
    };
    std::vector<Term> terms; // the largest ones, positive first, each sign by size
    int otherEvents = 0;
    double otherValue = 0.0;
    double residual = 0.0;
    double difference = 0.0; // score of a - score of b
    // |residual| as a share of all terms and the residual, 0..1.
    double residualShare = 0.0;
};
PairExplanation explainPair(const Explanation& a, const Explanation& b, int shownTerms = 9);

// Score of one item after taking 0, 1, 2, ... events away, in the order of their contribution (largest first) and, for
// comparison, in random order (mean of several orders).
struct DeletionCurve {
    std::vector<double> byContribution; // [removed + 1]
    std::vector<double> random; // [removed + 1]
    int randomOrders = 0;
};
DeletionCurve deletionCurve(const ServingSession& session, const PackedView& history, const Explanation& explanation,
    int mostRemoved, std::uint64_t seed, Progress& progress);

} // namespace recoscope
