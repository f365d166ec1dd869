// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How accuracy goes down as the tokens of a compressed history grow old, over many users. Items of the history are
// never recommended. Value types; blocking, cancellable.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/progress.h"
#include "engine/evaluation/metrics.h"
#include "engine/serving/session.h"

namespace recoscope {

// Test users with so many events that at the oldest point of the curve they still have a compressed segment; the same
// users at every point and in the row of means.
struct TokenStaleness {
    std::int64_t users = 0;
    MeanInterval allTokens, recentOnly, fullHistory; // NDCG@10
    struct Point {
        std::int64_t events = 0; // since the tokens were last made
        // `kept`: all events since then are run. `lost`: the request runs no more recent events than when the tokens
        // were made, so that what lies between is forgotten.
        MeanInterval kept, lost; // NDCG@10
        double sharedKept = 0.0, sharedLost = 0.0; // of the first ten, in common with fresh tokens
    };
    std::vector<Point> points; // the first at 0 events: fresh tokens
};
// At most `users` of them, evenly spread. Error{Refused} without tokens, Error{NotFound} when no test user has as many
// events as one segment and the recent part take.
TokenStaleness tokenStaleness(const ServingSession& session, std::int64_t users, Progress& progress);

} // namespace recoscope
