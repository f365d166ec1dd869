// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/int4_table.h"

namespace recoscope::kernels {

// One query in bytes: query = step * values, nearly.
struct Int4Query {
    const Int4Table* table = nullptr;
    const std::int8_t* values = nullptr; // [8 * table->groups], -127 .. 127
    std::int32_t start = 0; // -8 * sum of the values: codes are stored 8 higher
    float step = 0.0f;
    float length = 0.0f; // of the query, rounded down
    float margin = 0.0f; // no score is further from the exact one
};

} // namespace recoscope::kernels
