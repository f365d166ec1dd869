// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/quantised_table.h"

namespace recoscope::kernels {

// One query in 16 bits: query = step * values, nearly.
struct Int8Query {
    const QuantisedTable* table = nullptr;
    const std::int16_t* values = nullptr; // [table->stride]
    float step = 0.0f;
    float margin = 0.0f; // no score is further from the exact one
};

} // namespace recoscope::kernels
