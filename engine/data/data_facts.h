// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What data has besides who had what in which order: what a model may need to be trained on it. Value type.
#pragma once

#include <cstdint>
#include <string>

#include "engine/data/dataset.h"
#include "engine/data/prepared.h"

namespace recoscope {

struct DataFacts {
    std::string dataset; // its name; empty for plain arrays
    bool times = false, feedback = false, titles = false;
    std::int64_t catalogue = 0; // its items, before any filter
    bool kinds = false; // events of several kinds
    std::int64_t longestTraining = -1; // events of one user; -1 before a protocol says which

    static DataFacts of(const Dataset& dataset);
    static DataFacts of(const PreparedData& data);
};

} // namespace recoscope
