// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// inspect tokens: what the tokens of a compressed history hold and what they are worth for one user.
#pragma once

#include <string>

#include "app/cli/history_words.h"
#include "app/cli/session.h"
#include "engine/store/records.h"

namespace recoscope::cli {

// How many test users to measure with what old tokens, and what states in fewer bits, cost; 0: not at all. And whether
// to leave out every token for all users with a validation target.
struct TokenMeasures {
    std::int64_t staleUsers = 0, precisionUsers = 0;
    bool allUsers = false;
};
int inspectTokensOf(Session& session, const HistoryWords& history, const std::string& out,
    const TokenMeasures& measures, const RunRecord& run, const ServingSession& serving);

} // namespace recoscope::cli
