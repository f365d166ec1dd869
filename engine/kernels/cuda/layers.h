// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Layer norm with dropout and residual, a warp for each row, and what is done element by element.
#pragma once

#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"

namespace recoscope::kernels::cuda {

constexpr int warpsOfBlock = blockThreads / 32;

struct LayerNormForwardKernel {
    static constexpr int threads = blockThreads;

    LayerNormForward a;
    DropoutRule dropout;
    DropoutSeed seed;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        typename Block::template Private<float> sum, squares;
        const auto row = [&](int t) { return block.index() * warpsOfBlock + t / 32; };
        const auto forRow = [&](int t, auto&& body) {
            for (std::int64_t i = t % 32; row(t) < a.rows && i < a.width; i += 32)
                body(row(t) * a.width + i, i);
        };
        block.phase([&](int t) { // the output holds what is to be normalised
            sum(t) = 0.0f;
            forRow(t, [&](std::int64_t at, std::int64_t) {
                float x = a.input[at] * elementFactor(seed, dropout, at);
                if (a.residual)
                    x += a.residual[at];
                a.output[at] = x;
                sum(t) += x;
            });
        });
        block.template sum<32>(sum);
        block.phase([&](int t) {
            squares(t) = 0.0f;
            forRow(t, [&](std::int64_t at, std::int64_t) {
                const float v = a.output[at] - sum(t) / static_cast<float>(a.width);
                squares(t) = multiplyAdd(v, v, squares(t));
            });
        });
        block.template sum<32>(squares);
        block.phase([&](int t) {
            const float mean = sum(t) / static_cast<float>(a.width);
            const float inverse = 1.0f / sqrtf(squares(t) / static_cast<float>(a.width) + a.epsilon);
            forRow(t, [&](std::int64_t at, std::int64_t i) {
                const float x = (a.output[at] - mean) * inverse;
                if (a.normalised)
                    a.normalised[at] = x;
                a.output[at] = multiplyAdd(x, a.weight[i], a.bias[i]);
            });
            if (a.inverseSigma && t % 32 == 0 && row(t) < a.rows)
                a.inverseSigma[row(t)] = inverse;
        });
    }
};

struct LayerNormBackwardKernel {
    static constexpr int threads = blockThreads;

    LayerNormBackward a;
    DropoutRule dropout;
    DropoutSeed seed;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        typename Block::template Private<float> sum, projection;
        const auto row = [&](int t) { return block.index() * warpsOfBlock + t / 32; };
        block.phase([&](int t) {
            sum(t) = projection(t) = 0.0f;
            for (std::int64_t i = t % 32; row(t) < a.rows && i < a.width; i += 32) {
                const std::int64_t at = row(t) * a.width + i;
                const float g = a.gradOutput[at] * a.weight[i];
                sum(t) += g;
                projection(t) = multiplyAdd(g, a.normalised[at], projection(t));
            }
        });
        block.template sum<32>(sum);
        block.template sum<32>(projection);
        block.phase([&](int t) {
            const float perWidth = 1.0f / static_cast<float>(a.width);
            const float mean = sum(t) * perWidth, slope = projection(t) * perWidth;
            for (std::int64_t i = t % 32; row(t) < a.rows && i < a.width; i += 32) {
                const std::int64_t at = row(t) * a.width + i;
                const float g = a.gradOutput[at] * a.weight[i] - mean;
                const float gradX = multiplyAdd(-slope, a.normalised[at], g) * a.inverseSigma[row(t)];
                if (a.gradResidual)
                    a.gradResidual[at] = gradX;
                a.gradInput[at] = gradX * elementFactor(seed, dropout, at);
            }
        });
    }
};

template <class Launcher> void layerNormForward(Launcher& launcher, const LayerNormForward& a)
{
    launcher.launch(LayerNormForwardKernel{a, dropoutRule(a.dropout), {a.seed, launcher.call().stepSeed}},
        pieces(a.rows, warpsOfBlock), 0);
}

// The sums first: gradInput may be gradOutput.
template <class Launcher> void layerNormBackward(Launcher& launcher, const LayerNormBackward& a)
{
    sumColumns(launcher, ProductsOf{a.gradOutput, a.normalised}, a.rows, a.width, a.gradWeight);
    sumColumns(launcher, Numbers<float>{a.gradOutput}, a.rows, a.width, a.gradBias);
    launcher.launch(LayerNormBackwardKernel{a, dropoutRule(a.dropout), {a.seed, launcher.call().stepSeed}},
        pieces(a.rows, warpsOfBlock), 0);
}

enum class ElementForm { Dropout, Gelu, GeluGradient };

// Eight elements that share a Philox counter at a time (engine/kernels/dropout.h).
template <ElementForm Form> struct EightElements {
    ElementsOp a;
    DropoutRule dropout;
    DropoutSeed seed;

    RECOSCOPE_DEVICE void operator()(std::int64_t call) const
    {
        PhiloxWords words{};
        if (dropout.threshold > 0)
            words = elementWords(seed, static_cast<std::uint64_t>(call));
        const std::int64_t first = call / 16 * 128 + call % 16;
        RECOSCOPE_UNROLL
        for (int part = 0; part < 8; ++part) {
            const std::int64_t at = first + 16 * part;
            if (at < a.count)
                a.output[at]
                    = value(a.input[at], at) * (dropout.threshold > 0 ? dropoutPart(words, part, dropout) : 1.0f);
        }
    }

private:
    RECOSCOPE_DEVICE float value(float x, std::int64_t at) const
    {
        if (Form == ElementForm::Gelu)
            return x * normalCdf(x);
        if (Form == ElementForm::GeluGradient)
            return multiplyAdd(x, normalDensity(x), normalCdf(x)) * a.gradOutput[at];
        return x;
    }
};

template <ElementForm Form, class Launcher> void elements(Launcher& launcher, const ElementsOp& a)
{
    forEach(launcher, pieces(a.count, 128) * 16,
        EightElements<Form>{a, dropoutRule(a.probability), {a.seed, launcher.call().stepSeed}});
}

template <class Launcher> void geluDropoutForward(Launcher& launcher, const ElementsOp& a)
{
    elements<ElementForm::Gelu>(launcher, a);
}

template <class Launcher> void geluDropoutBackward(Launcher& launcher, const ElementsOp& a)
{
    elements<ElementForm::GeluGradient>(launcher, a);
}

template <class Launcher> void dropout(Launcher& launcher, const ElementsOp& a)
{
    elements<ElementForm::Dropout>(launcher, a);
}

} // namespace recoscope::kernels::cuda
