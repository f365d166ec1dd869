// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What tokens are worth: the recommendations of one user with all tokens, without each, without any and with the full
// history, and what a compressed state saves. Items of the history are never recommended. Value types; blocking,
// cancellable.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/progress.h"
#include "engine/serving/session.h"

namespace recoscope {

enum class TokenWay {
    AllTokens,
    WithoutOne, // as if one token had never been there, for later tokens too
    WithoutAny, // the recent events alone
    FullHistory, // the same weights, every event seeing all before it: nothing compressed, not what was trained
};

struct TokenReading {
    TokenWay way = TokenWay::AllTokens;
    std::int32_t token = -1; // WithoutOne
    std::vector<Recommendation> list{};
    std::int64_t shared = 0; // items that the list has in common with that of AllTokens
    double targetRank = 0.0; // 1-based; 0 without a target
};
// AllTokens, WithoutOne of every token, WithoutAny, FullHistory; k items each. `target` -1 = none.
std::vector<TokenReading> tokenReadings(
    const ServingSession& session, const PackedView& history, std::int32_t target, int k, Progress& progress);

struct TokenCost {
    std::int64_t keysRead = 0; // by the last event
    std::int64_t bytes = 0; // of events: keys and values in all layers; of tokens: what is kept of them; as floats
    double milliseconds = 0.0; // of a request with one new event, median; nothing but the history kept, or the state
};
struct TokenSavings {
    TokenCost full, tokens, recentOnly;
    std::int64_t stateBytes = 0; // what is kept of the user: of the tokens, and the history
    double compressMilliseconds = 0.0; // once, all segments
    double largestDifference = 0.0; // of the user vector, state against one pass
};
// Times this machine: a few requests of each kind.
TokenSavings tokenSavings(const ServingSession& session, const PackedView& history, Progress& progress);

} // namespace recoscope
