// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/inspection: the ways in which a history with tokens is read to tell what they are worth.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/inspection/token_readings.h"
#include "engine/models/compressed_history.h"

namespace recoscope {

struct TokenWays {
    std::vector<TokenReading> ways; // without lists yet
    std::vector<HistoryReading> readings; // [ways]
};
// AllTokens, WithoutOne of every token, WithoutAny, FullHistory, of a window of so many events.
TokenWays tokenWays(const CompressedHistory& compressed, std::int64_t events);

} // namespace recoscope
