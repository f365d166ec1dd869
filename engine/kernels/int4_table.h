// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Item vectors in four bits a number, for lists over large catalogues: as quantised_table.h in half of its memory. The
// margin is wider, but it is that of each item: what rounding took away is kept beside the item's step.
#pragma once

#include "engine/kernels/ops.h"

#include <cstdint>
#include <vector>

namespace recoscope::kernels {

// The same four bytes of sixteen items: what one vector of 512 bits holds.
struct alignas(64) Int4Line {
    static constexpr std::int64_t items = 16;
    std::uint8_t bytes[64];
};

// Owns its memory; read-only after roundToInt4(), so any thread may use it.
struct Int4Table {
    std::int64_t items = 0, width = 0;
    std::int64_t groups = 0; // of eight numbers: width rounded up, zeros at the end
    // [items / 16 rounded up, 1 + groups]. In the first line of a block each item has two numbers in bfloat16: its step
    // in the upper half, an upper bound of the length of what rounding took away in the lower. Then byte j of an item
    // in the line of group g has numbers 8 g + j (lower half) and 8 g + 4 + j: codes -7 .. 7, stored 8 higher.
    std::vector<Int4Line> lines;
    float longest = 0.0f; // upper bounds over the items of the length of step * codes ...
    float residual = 0.0f; // ... and of what rounding took away; infinite when an item is not finite
};

// table [items, width], width <= 100,000 so that sums stay within 32 bits. Of some steps each item gets the one that
// takes least away. Error{Usage} naming the argument.
Int4Table roundToInt4(std::int64_t items, std::int64_t width, const float* table);

// The lists of topK(a), byte for byte, from an eighth of the memory; `table` is roundToInt4() of a.table. For few
// queries over some 100,000 items or more.
void topKInt4(const TopK& a, const Int4Table& table);

} // namespace recoscope::kernels
