// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What each token of a compressed history is worth over all users: NDCG@10 without it against NDCG@10 with all tokens,
// the same users in both. Items of the history are never recommended. Value types; blocking, cancellable.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/progress.h"
#include "engine/evaluation/metrics.h"
#include "engine/evaluation/significance.h"
#include "engine/inspection/token_readings.h"
#include "engine/serving/session.h"

namespace recoscope {

struct TokenPopulation {
    std::int64_t users = 0; // with tokens, of those that have a validation target
    std::int64_t evaluated = 0; // all of those
    MeanInterval allTokens; // NDCG@10
    struct Row {
        TokenWay way = TokenWay::WithoutOne;
        std::int32_t token = -1; // WithoutOne
        std::int64_t users = 0; // who have that token
        TTest change; // of NDCG@10, without it minus with all tokens
        bool decided() const { return users > 1 && (change.ciLow > 0.0 || change.ciHigh < 0.0); } // 95 % without 0
    };
    std::vector<Row> rows; // WithoutOne of every token that a user has, WithoutAny, FullHistory
    const Row* find(TokenWay way, std::int32_t token) const; // null where no user has that token
};
// Every one of them, ranked against all items at the validation target; the test targets are left alone. Errors as
// tokenStaleness().
TokenPopulation tokenPopulation(const ServingSession& session, Progress& progress);

// How many users that are; 0 without tokens.
std::int64_t usersOfTokenPopulation(const ServingSession& session);

} // namespace recoscope
