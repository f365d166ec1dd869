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

// `staleUsers` > 0: and what tokens that grow old cost so many test users.
int inspectTokensOf(Session& session, const HistoryWords& history, const std::string& out, std::int64_t staleUsers,
    const RunRecord& run, const ServingSession& serving);

} // namespace recoscope::cli
