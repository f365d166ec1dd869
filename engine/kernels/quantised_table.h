// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Item vectors in one byte a number, for lists over large catalogues: topKInt8() reads these, a quarter of the
// memory, and proves with the bounds kept here which items it must score exactly from the table of floats.
#pragma once

#include "engine/kernels/ops.h"

#include <cstdint>
#include <vector>

namespace recoscope::kernels {

// Owns its memory; read-only after quantise(), so any thread may use it.
struct QuantisedTable {
    std::int64_t items = 0, width = 0;
    std::int64_t stride = 0; // bytes of an item: width rounded up to 32, zeros at the end
    std::vector<std::int8_t> codes; // [items, stride]
    std::vector<float> scales; // [items]: item = scale * codes + residual
    float longest = 0.0f; // upper bounds over the items of the length of scale * codes ...
    float residual = 0.0f; // ... and of the residual; infinite when an item is not finite
};

// table [items, width]. Error{Usage} naming the argument.
QuantisedTable quantise(std::int64_t items, std::int64_t width, const float* table);

// The lists of topK(a), byte for byte, from a quarter of the memory; `table` is quantise() of a.table. For few queries
// over some 10,000 items or more.
void topKInt8(const TopK& a, const QuantisedTable& table);

} // namespace recoscope::kernels
