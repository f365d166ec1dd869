// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Item vectors in bfloat16, for lists over large catalogues: as quantised_table.h in twice the memory, with a margin a
// few times smaller that does not grow with the largest number of an item, so that fewer items are scored again.
// Ownership, threads and errors are those of quantised_table.h.
#pragma once

#include "engine/kernels/bfloat16.h"
#include "engine/kernels/ops.h"

#include <cstdint>
#include <vector>

namespace recoscope::kernels {

struct Bf16Table {
    std::int64_t items = 0, width = 0;
    std::int64_t stride = 0; // numbers of an item: width rounded up to 32, zeros at the end
    std::vector<Bfloat16> values; // [items, stride], to the nearest even
    float longest = 0.0f; // upper bounds over the items of the length of what is kept ...
    float residual = 0.0f; // ... and of what rounding took away; infinite when an item is not finite in bfloat16
};

// table [items, width]. Error{Usage} naming the argument.
Bf16Table roundToBf16(std::int64_t items, std::int64_t width, const float* table);

// The lists of topK(a), byte for byte, from half of the memory; `table` is roundToBf16() of a.table. For few queries
// over some 10,000 items or more.
void topKBf16(const TopK& a, const Bf16Table& table);

} // namespace recoscope::kernels
