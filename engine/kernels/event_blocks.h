// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How the doorway cuts a batch of packed sequences into blocks for threads. The cut depends on the offsets alone, so
// sums over blocks come out the same on any number of threads.
#pragma once

#include "engine/kernels/ops.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace recoscope::kernels {

// About equal numbers of events: block i is the sequences [cuts[i], cuts[i + 1]). `offsets` is not empty.
std::vector<std::int64_t> cutByEvents(std::span<const std::int64_t> offsets, std::int64_t leastEvents = 2048);

// Adds up the numbers [begin, end) of all blocks, `width` for each, in the order of the blocks, and overwrites `out`,
// which may be null.
void joinBlocks(const std::vector<double>& partial, std::int64_t blocks, std::int64_t width, std::int64_t begin,
    std::int64_t end, float* out);

// Runs backward(begin, end, gradPosition, gradTime) on blocks of sequences, which adds to sums of its block alone, and
// writes the sums of all blocks to gradPositionBias and gradTimeBias where `a` has those biases.
using HstuBackwardBlock
    = std::function<void(std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime)>;
void hstuBackwardBlocks(
    const HstuAttentionForward& a, float* gradPositionBias, float* gradTimeBias, const HstuBackwardBlock& backward);

} // namespace recoscope::kernels
