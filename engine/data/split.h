// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Where training ends and which events are targets, per user. Meaning: docs/protocol.md. A pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/packed.h"
#include "engine/data/prepared.h"
#include "engine/data/protocol.h"

namespace recoscope {

struct SplitResult {
    std::vector<std::int64_t> trainLength; // [users]
    std::vector<SplitBounds> valid, test; // [users]
};

// Error{Input} for a global_time or time_window split without times.
SplitResult splitEvents(PackedView events, const Protocol& protocol);

} // namespace recoscope
