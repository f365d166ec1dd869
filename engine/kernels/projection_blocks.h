// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How the rows of a linear layer are cut into blocks, and the gradients of its weights summed over them.
#pragma once

#include "engine/kernels/parallel.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels {

constexpr std::int64_t leastProjectionRows = 384; // of a block, which may pack the weights once for itself

// Blocks whose number depends on the size alone, at most 32: the backward keeps one gradient of the weights for each.
inline std::int64_t rowsOfProjectionBlock(std::int64_t rows)
{
    return std::max(leastProjectionRows, (rows + 31) / 32);
}

// out[c] = the sum over the blocks, in their order, of number `at + c` of each, `width` numbers a block.
inline void addBlocks(const std::vector<float>& partial, std::int64_t blocks, std::int64_t width, std::int64_t at,
    std::int64_t count, float* out)
{
    std::fill_n(out, count, 0.0f);
    for (std::int64_t i = 0; i < blocks; ++i) {
        const float* sum = partial.data() + i * width + at;
        for (std::int64_t c = 0; c < count; ++c)
            out[c] += sum[c];
    }
}

// backward(begin, end, gradWeight, gradBias) adds to sums of its own, which are added up in the order of the blocks.
template <class Backward>
void sumProjectionBlocks(std::int64_t rows, std::int64_t weights, float* gradWeight, std::int64_t biases,
    float* gradBias, Backward&& backward)
{
    const std::int64_t grain = rowsOfProjectionBlock(rows), blocks = (rows + grain - 1) / grain;
    const std::int64_t sums = weights + biases;
    std::vector<float> partial(blocks * sums, 0.0f);
    parallelBlocks(blocks, [&](std::int64_t i) {
        float* sum = partial.data() + i * sums;
        backward(i * grain, std::min(rows, (i + 1) * grain), sum, sum + weights);
    });
    addBlocks(partial, blocks, sums, 0, weights, gradWeight);
    addBlocks(partial, blocks, sums, weights, biases, gradBias);
}

} // namespace recoscope::kernels
