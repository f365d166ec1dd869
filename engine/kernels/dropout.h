// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Which elements dropout keeps, the same on every path and thread count. Philox4x32-10 with the seed as its key gives
// 128 bits per counter, used as eight 16-bit numbers; an element is dropped when its number is below the threshold.
//
// - Element i of a flat array: superblock s = i / 128, lane c = i % 16, part w = (i % 128) / 16; the number is part w
//   of counter (lo(16 s + c), hi(16 s + c), 0, 0). So vectors of 4, 8 or 16 lanes find their numbers side by side.
// - Attention weight (head, row, column) of a sequence that starts at packed row t, row and column counted in the
//   sequence: part row % 8 of counter (column, row / 8, lo(t), head + 1 + (hi(t) << 16)).
#pragma once

#include <cstdint>

namespace recoscope::kernels {

struct DropoutRule {
    std::uint32_t threshold = 0; // of 65,536; numbers below it are dropped
    float scale = 1.0f; // of what is kept: exactly 65,536 / (65,536 - threshold)
};

DropoutRule dropoutRule(float probability); // probability in [0, 1)

// The multiplier (0 or scale) of one element: the definition, one Philox call each.
float dropoutFactor(std::uint64_t seed, const DropoutRule& rule, std::int64_t index);
float attentionDropoutFactor(std::uint64_t seed, const DropoutRule& rule, std::int64_t start, std::int64_t head,
    std::int64_t row, std::int64_t column);

} // namespace recoscope::kernels
