// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What it costs to keep the states of compressed histories in fewer bits, over many users. Items of the history are
// never recommended; a state is asked at the time of its last event. Value types; blocking, cancellable.
#pragma once

#include <array>
#include <cstdint>

#include "engine/core/progress.h"
#include "engine/evaluation/metrics.h"
#include "engine/evaluation/significance.h"
#include "engine/models/compressed_history.h"
#include "engine/serving/session.h"

namespace recoscope {

// Test users with a compressed segment, the same ones for every precision.
struct StatePrecisionLoss {
    std::int64_t users = 0;
    struct Row {
        StatePrecision precision = StatePrecision::Float;
        double bytes = 0.0; // of a user's state, on average
        MeanInterval ndcg, hitRate; // at 10
        TTest ndcgChange, hitRateChange; // against states in float, user by user
        double shared = 0.0; // of the first ten, in common with those of states in float
    };
    std::array<Row, 3> rows; // float, half, byte
};
// At most `users` of them, evenly spread. Errors as tokenStaleness().
StatePrecisionLoss statePrecisionLoss(const ServingSession& session, std::int64_t users, Progress& progress);

} // namespace recoscope
