// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Softmax attention with rotary positions in its kernel, against queries and keys turned by LibTorch's operations
// before the same kernel.
#include "engine/kernels/ops.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <torch/torch.h>

#include <cmath>

namespace recoscope {

namespace {

using torch::Tensor;

constexpr std::int64_t llamaHeads = 4, llamaHeadDim = 64, llamaHalf = llamaHeadDim / 2,
                       llamaWidth = llamaHeads * llamaHeadDim;

struct RotaryTexts {
    std::int64_t length;
    std::vector<std::int64_t> offsets;
    Tensor cosine, sine; // [length, llamaHalf]
    std::vector<std::int32_t> positions; // [T]

    RotaryTexts(std::int64_t count, std::int64_t tokens)
        : length(tokens)
    {
        for (std::int64_t b = 0; b <= count; ++b)
            offsets.push_back(b * tokens);
        const Tensor frequencies = torch::pow(10000.0, -torch::arange(llamaHalf, torch::kFloat32) / llamaHalf);
        const Tensor angles = torch::arange(tokens, torch::kFloat32).unsqueeze(1) * frequencies;
        cosine = angles.cos();
        sine = angles.sin();
        for (std::int64_t t = 0; t < offsets.back(); ++t)
            positions.push_back(static_cast<std::int32_t>(t % tokens));
    }
    kernels::RotaryTables tables() const
    {
        return {length, cosine.const_data_ptr<float>(), sine.const_data_ptr<float>(), positions};
    }
    // Of every row: [T, 1, llamaHalf].
    Tensor ofRows(const Tensor& table) const
    {
        return table.repeat({static_cast<std::int64_t>(offsets.size()) - 1, 1}).unsqueeze(1);
    }
};

// Queries and keys of rows [T, 3 llamaWidth] turned.
Tensor turnedByOperations(const Tensor& qkv, const Tensor& cosine, const Tensor& sine)
{
    const auto turned = [&](const Tensor& x) {
        const Tensor split = x.reshape({x.size(0), llamaHeads, 2, llamaHalf});
        const Tensor first = split.select(2, 0), second = split.select(2, 1);
        return torch::stack({first * cosine - second * sine, second * cosine + first * sine}, 2).reshape(x.sizes());
    };
    return torch::cat({turned(qkv.slice(1, 0, llamaWidth)), turned(qkv.slice(1, llamaWidth, 2 * llamaWidth)),
                          qkv.slice(1, 2 * llamaWidth)},
        1);
}

struct RotaryAttention {
    Tensor output, logSumExp, grad;
    const std::vector<float>& gradOutput;

    RotaryAttention(std::int64_t rows, const std::vector<float>& given)
        : output(torch::empty({rows, llamaWidth}))
        , logSumExp(torch::empty({rows, llamaHeads}))
        , grad(torch::empty({rows, 3 * llamaWidth}))
        , gradOutput(given)
    {
    }

    void run(const RotaryTexts& texts, const Tensor& qkv, const kernels::RotaryTables& rotary, bool backward)
    {
        const float* rows = qkv.const_data_ptr<float>();
        kernels::SoftmaxAttentionBackward b;
        b.forward = {texts.offsets, llamaHeads, llamaHeadDim, 1.0f / std::sqrt(static_cast<float>(llamaHeadDim)), rows,
            rows + llamaWidth, rows + 2 * llamaWidth, 3 * llamaWidth, 0.0f, 0, output.data_ptr<float>(),
            logSumExp.data_ptr<float>()};
        b.forward.rotary = rotary;
        kernels::softmaxAttentionForward(b.forward);
        if (!backward)
            return;
        b.gradOutput = gradOutput.data();
        b.gradQuery = grad.data_ptr<float>();
        b.gradKey = b.gradQuery + llamaWidth;
        b.gradValue = b.gradQuery + 2 * llamaWidth;
        b.gradStride = 3 * llamaWidth;
        kernels::softmaxAttentionBackward(b);
    }
};

BenchmarkRow rotaryRow(const RotaryTexts& texts, bool backward, bool quick)
{
    const std::int64_t rows = texts.offsets.back();
    std::vector<float> values = benchmarkValues(rows * 3 * llamaWidth, 3);
    const std::vector<float> gradOutput = benchmarkValues(rows * llamaWidth, 4);
    Tensor qkv = torch::from_blob(values.data(), {rows, 3 * llamaWidth}).clone().requires_grad_(backward);
    const Tensor cosine = texts.ofRows(texts.cosine), sine = texts.ofRows(texts.sine);
    RotaryAttention inside(rows, gradOutput), before(rows, gradOutput);
    const auto baseline = [&] {
        qkv.mutable_grad() = Tensor();
        const Tensor turned = turnedByOperations(qkv, cosine, sine);
        before.run(texts, turned.detach(), {}, backward);
        if (backward)
            turned.backward(before.grad);
    };
    BenchmarkRow row = timeInterleaved(
        "rotary_attention",
        std::to_string(texts.offsets.size() - 1) + " texts of " + std::to_string(texts.length)
            + " tokens, 4 heads x D 64, " + (backward ? "forward and backward" : "forward"),
        "ms", quick ? 5 : 30, [&] { inside.run(texts, qkv, texts.tables(), backward); }, baseline,
        "baseline: queries and keys turned by LibTorch's operations, then the same kernel");
    const Tensor apart = backward ? inside.grad - qkv.grad() : inside.output - before.output;
    row.note += "; results within " + std::to_string(apart.abs().max().item<double>() * 1e6) + "e-6";
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchRotaryAttention(bool quick)
{
    const RotaryTexts shortTexts(256, 16), longTexts(32, 128);
    return {rotaryRow(shortTexts, false, quick), rotaryRow(shortTexts, true, quick), rotaryRow(longTexts, false, quick),
        rotaryRow(longTexts, true, quick)};
}

} // namespace recoscope
