// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The recurrence of LRURec and one incremental step of it, against LibTorch eager.
#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <array>
#include <cmath>

namespace recoscope {

namespace {

at::Tensor tensor(const std::vector<float>& values, at::IntArrayRef shape)
{
    return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).clone();
}

// Recursive doubling over a padded batch (LRURec 1.3): h [batch, length, channels] complex, length a power of two.
at::Tensor doublingScan(at::Tensor h, const at::Tensor& lambda)
{
    const std::int64_t batch = h.size(0), length = h.size(1), channels = h.size(2);
    at::Tensor powers = lambda.unsqueeze(0); // lambda^1 .. lambda^half
    for (std::int64_t half = 1; half < length; half *= 2) {
        h = h.reshape({batch * length / (2 * half), 2 * half, channels});
        const at::Tensor left = h.narrow(1, 0, half), right = h.narrow(1, half, half);
        h = at::cat({left, right + powers * left.narrow(1, half - 1, 1)}, 1);
        powers = at::cat({powers, powers * powers.narrow(0, half - 1, 1)}, 0);
    }
    return h.reshape({batch, length, channels});
}

std::vector<float> contraction(std::int64_t channels)
{
    std::vector<float> lambda(2 * channels);
    for (std::int64_t c = 0; c < channels; ++c) {
        lambda[c] = 0.95f * std::cos(0.1f * static_cast<float>(c));
        lambda[channels + c] = 0.95f * std::sin(0.1f * static_cast<float>(c));
    }
    return lambda;
}

// The parameters of one block, kept both as arrays and as tensors.
struct Block {
    static constexpr std::int64_t width = 64, channels = 128, inner = 256;
    std::vector<float> lambda = contraction(channels), inWeight, inBias, outWeight, outBias, w1, b1, w2, b2, norm;
    std::vector<float> state = std::vector<float>(2 * channels);
    at::Tensor in, out, first, second; // packed
    at::Tensor tLambda, tIn, tInBias, tOut, tOutBias, tW1, tB1, tW2, tB2, tNorm, tNormBias, tState;

    explicit Block(std::uint64_t seed)
        : inWeight(weights(2 * channels * width, seed))
        , inBias(weights(2 * channels, seed + 1))
        , outWeight(weights(width * 2 * channels, seed + 2))
        , outBias(weights(width, seed + 3))
        , w1(weights(inner * width, seed + 4))
        , b1(weights(inner, seed + 5))
        , w2(weights(width * inner, seed + 6))
        , b2(weights(width, seed + 7))
        , norm(width, 1.0f)
    {
        tLambda = at::complex(tensor(lambda, {2, channels})[0], tensor(lambda, {2, channels})[1]);
        tIn = tensor(inWeight, {2 * channels, width});
        tInBias = tensor(inBias, {2 * channels});
        tOut = tensor(outWeight, {width, 2 * channels});
        tOutBias = tensor(outBias, {width});
        tW1 = tensor(w1, {inner, width});
        tB1 = tensor(b1, {inner});
        tW2 = tensor(w2, {width, inner});
        tB2 = tensor(b2, {width});
        tNorm = tensor(norm, {width});
        tNormBias = tensor(outBias, {width});
        in = packed(2 * channels, width, inWeight, inBias);
        out = packed(width, 2 * channels, outWeight, outBias);
        first = packed(inner, width, w1, b1);
        second = packed(width, inner, w2, b2);
        tState = at::zeros({channels}, at::kComplexFloat);
    }
    static std::vector<float> weights(std::int64_t count, std::uint64_t seed)
    {
        std::vector<float> values = benchmarkValues(count, seed);
        for (float& v : values)
            v *= 0.1f;
        return values;
    }
    static at::Tensor packed(
        std::int64_t outputs, std::int64_t inputs, const std::vector<float>& weight, const std::vector<float>& bias)
    {
        at::Tensor values = at::empty({kernels::packedLinearFloats(outputs, inputs)});
        kernels::packLinear(outputs, inputs, weight.data(), bias.data(), values.data_ptr<float>());
        return values;
    }
    void step(float* x)
    {
        kernels::LruStep a = arguments();
        a.state = state.data();
        a.x = x;
        kernels::lruStep(a);
    }
    kernels::LruStep arguments() const
    {
        kernels::LruStep a;
        a.width = width;
        a.channels = channels;
        a.inner = inner;
        a.lambda = lambda.data();
        a.in = in.const_data_ptr<float>();
        a.out = out.const_data_ptr<float>();
        a.w1 = first.const_data_ptr<float>();
        a.w2 = second.const_data_ptr<float>();
        a.norm1Weight = a.norm2Weight = norm.data();
        a.norm1Bias = a.norm2Bias = outBias.data();
        return a;
    }
    at::Tensor step(const at::Tensor& x)
    {
        const at::Tensor u = at::linear(x, tIn, tInBias);
        tState = tLambda * tState + at::complex(u.narrow(0, 0, channels), u.narrow(0, channels, channels));
        const at::Tensor planar = at::cat({at::real(tState), at::imag(tState)});
        const at::Tensor z = at::layer_norm(at::linear(planar, tOut, tOutBias) + x, {width}, tNorm, tNormBias);
        const at::Tensor y = at::linear(at::gelu(at::linear(z, tW1, tB1)), tW2, tB2);
        return at::layer_norm(y + z, {width}, tNorm, tNormBias);
    }
};

} // namespace

std::vector<BenchmarkRow> benchLruScan(bool quick)
{
    const std::int64_t batch = quick ? 16 : 128, length = 256, channels = 128, count = batch * length * 2 * channels;
    std::vector<std::int64_t> offsets(batch + 1);
    for (std::int64_t b = 0; b <= batch; ++b)
        offsets[b] = b * length;
    const std::vector<float> lambda = contraction(channels), input = benchmarkValues(count, 1);
    const std::vector<float> gradStates = benchmarkValues(count, 2);
    std::vector<float> gradLambda(2 * channels);
    // Where the engine keeps them, which decides how they are written.
    const at::Tensor tStates = at::zeros({count}), tGradInput = at::zeros({count});
    float *states = tStates.mutable_data_ptr<float>(), *gradInput = tGradInput.mutable_data_ptr<float>();
    const auto planar = [&](const std::vector<float>& values, at::IntArrayRef shape, int dimension) {
        const at::Tensor t = tensor(values, shape);
        return at::complex(t.select(dimension, 0), t.select(dimension, 1));
    };
    const at::Tensor tInput = planar(input, {batch, length, 2, channels}, 2).requires_grad_();
    const at::Tensor tLambda = planar(lambda, {2, channels}, 0).requires_grad_();
    const at::Tensor tGrad = planar(gradStates, {batch, length, 2, channels}, 2);
    const auto scan = [&] {
        kernels::lruScanForward({offsets, channels, lambda.data(), input.data(), nullptr, states});
    };
    const std::string shape = "B " + std::to_string(batch) + " x L 256 x 128 complex, ";
    BenchmarkRow forward = timeInterleaved(
        "lru_scan", shape + "forward", "ms", quick ? 5 : 30, scan,
        [&] {
            const at::NoGradGuard guard;
            doublingScan(tInput, tLambda);
        },
        "baseline: LibTorch eager, padded recursive doubling");
    forward.bytes = 4.0 * 2.0 * static_cast<double>(count);
    forward.goal = {.ratio = 8.0, .bandwidth = 0.85};
    BenchmarkRow both = timeInterleaved(
        "lru_scan", shape + "forward and backward", "ms", quick ? 5 : 15,
        [&] {
            scan();
            kernels::lruScanBackward(
                {offsets, channels, lambda.data(), states, gradStates.data(), gradInput, gradLambda.data()});
        },
        [&] {
            tInput.mutable_grad() = at::Tensor();
            tLambda.mutable_grad() = at::Tensor();
            doublingScan(tInput, tLambda).backward(tGrad);
        },
        "baseline: LibTorch eager, padded recursive doubling, autograd");
    both.bytes = 4.0 * 5.0 * static_cast<double>(count);
    both.goal.ratio = 8.0;
    return {forward, both};
}

std::vector<BenchmarkRow> benchLruStep(bool quick)
{
    std::array<Block, 2> blocks{Block(1), Block(20)};
    const std::vector<float> start = benchmarkValues(Block::width, 50);
    const at::Tensor tStart = tensor(start, {Block::width});
    const c10::InferenceMode evaluation;
    BenchmarkRow row = timeInterleaved(
        "lru_step", "one event through two blocks, D 64, 128 complex, inner 256", "us", quick ? 5 : 50,
        [&] {
            std::vector<float> x = start;
            for (Block& block : blocks)
                block.step(x.data());
        },
        [&] {
            at::Tensor x = tStart;
            for (Block& block : blocks)
                x = block.step(x);
        },
        "baseline: LibTorch eager", 100);
    row.flop = 2.0 * 2.0 * Block::width * (2.0 * 2.0 * Block::channels + 2.0 * Block::inner);
    row.goal = {.most = 4.0,
        .unmet = "512 KiB of weights come from the second-level cache for each event, at nearly the rate it gives"};
    return {row};
}

namespace {

// Rows of `users` sequences of `events` each through two blocks, together and one by one, and the same bytes.
BenchmarkRow stepsOf(std::int64_t users, std::int64_t events, bool quick)
{
    const std::array<Block, 2> blocks{Block(1), Block(20)};
    const std::int64_t rows = users * events, planar = 2 * Block::channels;
    const std::vector<float> start = benchmarkValues(rows * Block::width, 50);
    std::vector<std::int64_t> offsets;
    for (std::int64_t b = 0; b <= users; ++b)
        offsets.push_back(b * events);
    std::vector<float> x, alone, states(static_cast<std::size_t>(users * planar));
    const auto together = [&] {
        x = start;
        for (const Block& block : blocks) {
            std::fill(states.begin(), states.end(), 0.0f);
            kernels::LruSteps a{block.arguments(), offsets};
            a.block.state = states.data();
            a.block.x = x.data();
            kernels::lruSteps(a);
        }
    };
    const auto oneByOne = [&] {
        alone = start;
        for (const Block& block : blocks) {
            std::fill(states.begin(), states.end(), 0.0f);
            for (std::int64_t t = 0; t < rows; ++t) {
                kernels::LruStep a = block.arguments();
                a.state = states.data() + t / events * planar;
                a.x = alone.data() + t * Block::width;
                kernels::lruStep(a);
            }
        }
    };
    together();
    oneByOne();
    if (x != alone)
        throw Error(ErrorKind::Internal, "steps together give other bytes than one by one", "compare the two first");
    return timeInterleaved("lru_steps",
        std::to_string(users) + " users, " + std::to_string(events) + " events each, two blocks, D 64", "ms",
        quick ? 3 : 30, together, oneByOne, "baseline: lru_step one by one, the same bytes");
}

} // namespace

std::vector<BenchmarkRow> benchLruSteps(bool quick)
{
    return {stepsOf(32, 1, quick), stepsOf(1024, 1, quick), stepsOf(1, 1024, quick)};
}

} // namespace recoscope
