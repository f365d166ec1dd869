// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// --user RAWID | --history ID,ID,...: whose list or attention is asked for; shared by recommend and inspect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/serving/session.h"

namespace CLI {
class App;
}

namespace recoscope::cli {

struct HistoryWords {
    std::string user, history;
    int hideLast = 0;
};

void addHistoryOptions(CLI::App& command, HistoryWords& words);

struct AskedHistory {
    PackedSequences events;
    std::optional<std::int32_t> user; // prepared index, for --user
    std::optional<std::int32_t> hiddenTarget; // the first hidden event, with --hide-last
};
// Error{NotFound} with the nearest raw ids, Error{Usage} for neither or both.
AskedHistory resolveHistory(const ServingSession& session, const HistoryWords& words);

// As in the source file.
const std::string& rawUser(const PreparedData& data, std::int32_t user);

} // namespace recoscope::cli
