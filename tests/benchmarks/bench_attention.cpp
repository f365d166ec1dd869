// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Causal softmax attention, forward and backward, on packed sequences with the lengths of real data, against LibTorch's
// scaled_dot_product_attention on the padded batch.
#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace recoscope {

namespace {

using torch::Tensor;

constexpr std::int64_t heads = 2, headDim = 32, width = heads * headDim;

struct Lengths {
    std::string name;
    std::int64_t window;
    std::vector<std::int64_t> offsets;

    std::int64_t sequences() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
};

// Training windows of Beauty: geometric from 3 with mean 6.9.
Lengths beauty()
{
    Lengths lengths{"Beauty", 50, {0}};
    RandomStream random(1, "beauty lengths");
    for (int i = 0; i < 256; ++i) {
        std::int64_t length = 3;
        while (length < lengths.window && random.uniform() < 0.796)
            ++length;
        lengths.offsets.push_back(lengths.offsets.back() + length);
    }
    return lengths;
}

// Users of ML-1M: log-normal with median 96, at least 18, cut at 200.
Lengths movieLens()
{
    Lengths lengths{"ML-1M", 200, {0}};
    RandomStream random(2, "movielens lengths");
    for (int i = 0; i < 64; ++i) {
        const double length = std::exp(std::log(96.0) + 0.98 * random.normal());
        lengths.offsets.push_back(
            lengths.offsets.back() + std::clamp<std::int64_t>(static_cast<std::int64_t>(length), 18, lengths.window));
    }
    return lengths;
}

// [B, heads, window, headDim] from rows [T, width] side by side with `stride`, padded on the right.
Tensor padded(const std::vector<float>& rows, std::int64_t stride, std::int64_t column, const Lengths& l)
{
    Tensor result = torch::zeros({l.sequences(), heads, l.window, headDim});
    auto to = result.accessor<float, 4>();
    for (std::int64_t b = 0; b < l.sequences(); ++b)
        for (std::int64_t t = l.offsets[b]; t < l.offsets[b + 1]; ++t)
            for (std::int64_t i = 0; i < width; ++i)
                to[b][i / headDim][t - l.offsets[b]][i % headDim] = rows[t * stride + column + i];
    return result;
}

BenchmarkRow attentionRow(const Lengths& l, bool quick)
{
    const std::int64_t rows = l.offsets.back();
    const std::vector<float> qkv = benchmarkValues(rows * 3 * width, 3), gradOutput = benchmarkValues(rows * width, 4);
    std::vector<float> output(rows * width), logSumExp(rows * heads), grad(qkv.size());
    kernels::SoftmaxAttentionBackward b;
    b.forward = {l.offsets, heads, headDim, 1.0f / std::sqrt(static_cast<float>(headDim)), qkv.data(),
        qkv.data() + width, qkv.data() + 2 * width, 3 * width, 0.0f, 0, output.data(), logSumExp.data()};
    b.gradOutput = gradOutput.data();
    b.gradQuery = grad.data();
    b.gradKey = grad.data() + width;
    b.gradValue = grad.data() + 2 * width;
    b.gradStride = 3 * width;
    Tensor query = padded(qkv, 3 * width, 0, l).requires_grad_(),
           key = padded(qkv, 3 * width, width, l).requires_grad_(),
           value = padded(qkv, 3 * width, 2 * width, l).requires_grad_();
    const Tensor gradPadded = padded(gradOutput, width, 0, l);
    Tensor mixed;
    // Pads lie behind every real event, so the causal mask alone keeps them out.
    const auto baseline = [&] {
        query.mutable_grad() = key.mutable_grad() = value.mutable_grad() = Tensor();
        mixed = torch::scaled_dot_product_attention(query, key, value, {}, 0.0, true);
        mixed.backward(gradPadded);
    };
    BenchmarkRow row = timeInterleaved(
        "softmax_attention",
        l.name + " lengths, " + std::to_string(l.sequences()) + " sequences, " + std::to_string(rows)
            + " events, 2 heads x D 32, forward and backward",
        "ms", quick ? 5 : 30,
        [&] {
            kernels::softmaxAttentionForward(b.forward);
            kernels::softmaxAttentionBackward(b);
        },
        baseline, "baseline: LibTorch scaled_dot_product_attention, causal, padded to " + std::to_string(l.window), 3);
    const double apart = std::max((padded(output, width, 0, l) - mixed * (gradPadded != 0)).abs().max().item<double>(),
        (padded(grad, 3 * width, width, l) - key.grad()).abs().max().item<double>());
    double pairs = 0.0;
    for (std::int64_t s = 0; s < l.sequences(); ++s) {
        const auto n = static_cast<double>(l.offsets[s + 1] - l.offsets[s]);
        pairs += n * (n + 1.0) / 2.0;
    }
    row.flop = 3.0 * 2.0 * 2.0 * pairs * width; // two products forward, four backward
    row.goal.ratio = 3.0;
    row.note += "; outputs and gradients of keys within " + std::to_string(apart * 1e6) + "e-6";
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchSoftmaxAttention(bool quick)
{
    return {attentionRow(beauty(), quick), attentionRow(movieLens(), quick)};
}

} // namespace recoscope
