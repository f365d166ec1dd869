// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One step of an LRURec block, a thread block for each user. What happens between the layers stays in shared memory.
#pragma once

#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"

namespace recoscope::kernels::cuda {

struct LruStepKernel {
    static constexpr int threads = blockThreads;
    static constexpr int group = PackedLinear::group, slices = threads / group; // of a layer's outputs, of its inputs

    LruStep a;

    static std::int64_t sharedBytes(const LruStep& a)
    {
        return (slices * group + 4 + 3 * a.width + 2 * a.channels + a.inner) * static_cast<std::int64_t>(sizeof(float));
    }

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t h = a.width, s = a.channels;
        float* state = a.state + block.index() * 2 * s;
        float* x = a.x + block.index() * h;
        float* room = reinterpret_cast<float*>(block.shared());
        float *sums = room + slices * group, *input = sums + 4, *y = input + h, *out = y + h, *u = out + h,
              *inner = u + 2 * s;
        block.phase([&](int t) {
            for (std::int64_t i = t; i < h; i += threads)
                input[i] = x[i];
        });
        affine(block, 2 * s, h, a.in, input, u, room);
        block.phase([&](int t) {
            for (std::int64_t c = t; c < s; c += threads) {
                const float lr = a.lambda[c], li = a.lambda[s + c], hr = state[c], hi = state[s + c];
                u[c] = multiplyAdd(lr, hr, multiplyAdd(-li, hi, u[c]));
                u[s + c] = multiplyAdd(lr, hi, multiplyAdd(li, hr, u[s + c]));
                state[c] = u[c];
                state[s + c] = u[s + c];
            }
        });
        affine(block, h, 2 * s, a.out, u, y, room);
        addAndNormalise(block, input, a.norm1Weight, a.norm1Bias, y, sums);
        affine(block, a.inner, h, a.w1, y, inner, room);
        block.phase([&](int t) {
            for (std::int64_t i = t; i < a.inner; i += threads)
                inner[i] *= normalCdf(inner[i]);
        });
        affine(block, h, a.inner, a.w2, inner, out, room);
        addAndNormalise(block, y, a.norm2Weight, a.norm2Bias, out, sums);
        block.phase([&](int t) {
            for (std::int64_t i = t; i < h; i += threads)
                x[i] = out[i];
        });
    }

private:
    // to = W from + bias: the threads of a slice read a line of the packed group side by side, each adds up its share
    // of the inputs for one output, and then a thread for each output adds up the slices.
    template <class Block>
    RECOSCOPE_DEVICE void affine(Block& block, std::int64_t outputs, std::int64_t width, const float* packed,
        const float* from, float* to, float* room) const
    {
        const float* bias = packed + (outputs + group - 1) / group * group * width;
        for (std::int64_t first = 0; first < outputs; first += group, packed += group * width) {
            block.phase([&](int t) {
                float sum = 0.0f;
                for (std::int64_t d = t / group; d < width; d += slices)
                    sum = multiplyAdd(packed[d * group + t % group], from[d], sum);
                room[t] = sum;
            });
            block.phase([&](int t) {
                if (t >= group || first + t >= outputs)
                    return;
                float sum = bias[first + t];
                for (int slice = 0; slice < slices; ++slice)
                    sum += room[slice * group + t];
                to[first + t] = sum;
            });
        }
    }

    // x = LayerNorm(x + residual), in place.
    template <class Block>
    RECOSCOPE_DEVICE void addAndNormalise(
        Block& block, const float* residual, const float* weight, const float* bias, float* x, float* sums) const
    {
        typename Block::template Private<float> sum, squares;
        block.phase([&](int t) {
            sum(t) = 0.0f;
            for (std::int64_t i = t; i < a.width; i += threads)
                sum(t) += x[i] += residual[i];
        });
        sumOfBlock(block, sum, sums);
        block.phase([&](int t) {
            squares(t) = 0.0f;
            for (std::int64_t i = t; i < a.width; i += threads) {
                const float v = x[i] - sum(t) / static_cast<float>(a.width);
                squares(t) = multiplyAdd(v, v, squares(t));
            }
        });
        sumOfBlock(block, squares, sums);
        block.phase([&](int t) {
            const float mean = sum(t) / static_cast<float>(a.width);
            const float inverse = 1.0f / sqrtf(squares(t) / static_cast<float>(a.width) + a.epsilon);
            for (std::int64_t i = t; i < a.width; i += threads)
                x[i] = multiplyAdd((x[i] - mean) * inverse, weight[i], bias[i]);
        });
    }
};

template <class Launcher> void lruStep(Launcher& launcher, const LruStepOp& a)
{
    launcher.launch(LruStepKernel{a.step}, a.users, LruStepKernel::sharedBytes(a.step));
}

} // namespace recoscope::kernels::cuda
