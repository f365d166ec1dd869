// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Row-wise Adagrad, a warp for each row of the step. No two warps have the same row, so nothing is added atomically.
#pragma once

#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/layers.h"
#include "engine/kernels/cuda/optimiser.h"

namespace recoscope::kernels::cuda {

struct RowAdagradKernel {
    static constexpr int threads = blockThreads;

    std::int64_t tableRows, width;
    float *parameter, *gradient, *accumulator;
    const std::int32_t* rows;
    std::int64_t count; // of rows
    float learningRate, epsilon, pull, keep, scale;
    const float* clip; // or null: multiplied with the scale
    std::int32_t* fault;

    // What is taken from a number: its gradient, and L2.
    RECOSCOPE_DEVICE float way(std::int64_t at) const
    {
        return multiplyAdd(pull, parameter[at], gradient[at] * scaleOf(scale, clip));
    }

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        typename Block::template Private<std::int64_t> row; // -1: none
        typename Block::template Private<float> squares, sum;
        block.phase([&](int t) {
            const std::int64_t entry = block.index() * warpsOfBlock + t / 32;
            row(t) = entry < count ? rows[entry] : -1;
            squares(t) = 0.0f;
            if (entry < count && !inside(row(t), tableRows)) {
                raiseFault(fault, Fault::AdagradRows);
                row(t) = -1;
            }
            for (std::int64_t i = t % 32; row(t) >= 0 && i < width; i += 32) {
                const float h = way(row(t) * width + i);
                squares(t) = multiplyAdd(h, h, squares(t));
            }
        });
        block.template sum<32>(squares);
        block.phase([&](int t) { // a warp reads its accumulator before one of its threads writes it
            sum(t) = row(t) >= 0 ? accumulator[row(t)] + squares(t) / static_cast<float>(width) : 0.0f;
        });
        block.phase([&](int t) {
            if (row(t) < 0)
                return;
            const float rate = sum(t) == 0.0f ? 0.0f : learningRate / (sqrtf(sum(t)) + epsilon);
            for (std::int64_t i = t % 32; i < width; i += 32) {
                const std::int64_t at = row(t) * width + i;
                parameter[at] = multiplyAdd(parameter[at], keep, -rate * way(at));
                gradient[at] = 0.0f;
            }
            if (t % 32 == 0)
                accumulator[row(t)] = sum(t);
        });
    }
};

template <class Launcher> void rowAdagrad(Launcher& launcher, const RowAdagrad& a)
{
    const auto count = static_cast<std::int64_t>(a.rows.size());
    const double decay = a.decoupledDecay ? a.learningRate * a.weightDecay : 0.0;
    launcher.launch(RowAdagradKernel{a.tableRows, a.width, a.parameter, a.gradient, a.accumulator, a.rows.data(), count,
                        static_cast<float>(a.learningRate), static_cast<float>(a.epsilon),
                        a.decoupledDecay ? 0.0f : static_cast<float>(a.weightDecay), static_cast<float>(1.0 - decay),
                        a.gradientScale, launcher.call().gradientScale, launcher.call().fault},
        pieces(count, warpsOfBlock), 0);
}

} // namespace recoscope::kernels::cuda
