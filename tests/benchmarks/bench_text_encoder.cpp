// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A text encoder of MiniLM's shape over packed titles, against nothing but its matrix products as LibTorch computes
// them: what the rest (attention, norms, GELU, biases) costs on top.
#include "engine/core/random.h"
#include "engine/nn/text_network.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <torch/torch.h>

namespace recoscope {

namespace {

using torch::Tensor;

TextModelConfig miniLm()
{
    TextModelConfig c;
    c.vocabulary = 30522;
    c.width = 384;
    c.inner = 1536;
    c.layers = 6;
    c.heads = c.keyHeads = 12;
    c.headWidth = 32;
    c.positions = 512;
    c.segments = 2;
    c.epsilon = 1e-12;
    return c;
}

// Titles of 5 to 40 tokens, 16 on average, as those of a shop's catalogue.
nn::TextBatch titles(std::int64_t tokens)
{
    RandomStream random(1, "titles");
    std::vector<std::vector<std::int32_t>> texts;
    for (std::int64_t total = 0; total < tokens; total += std::ssize(texts.back())) {
        texts.emplace_back(5);
        while (texts.back().size() < 40 && random.uniform() < 0.92)
            texts.back().push_back(static_cast<std::int32_t>(random.uniform() * 30000));
    }
    const std::vector<std::span<const std::int32_t>> spans(texts.begin(), texts.end());
    return nn::makeTextBatch(spans);
}

} // namespace

std::vector<BenchmarkRow> benchTextEncoder(bool quick)
{
    const torch::NoGradGuard guard;
    const TextModelConfig c = miniLm();
    Parameters parameters;
    const auto network = nn::makeTextNetwork(parameters, "", c);
    const nn::TextBatch batch = titles(4096);
    const Tensor rows = torch::randn({batch.length(), c.width}), inner = torch::randn({batch.length(), c.inner});
    const Tensor qkv = torch::randn({c.width, 3 * c.width}), out = torch::randn({c.width, c.width}),
                 up = torch::randn({c.width, c.inner}), down = torch::randn({c.inner, c.width});
    BenchmarkRow row = timeInterleaved(
        "text_encoder",
        std::to_string(batch.texts()) + " titles, " + std::to_string(batch.length())
            + " tokens, 6 layers x D 384, forward",
        "ms", quick ? 3 : 15,
        [&] {
            ForwardContext context;
            network->hidden(batch, context);
        },
        [&] {
            for (std::int64_t layer = 0; layer < c.layers; ++layer) {
                torch::mm(rows, qkv);
                torch::mm(rows, out);
                torch::mm(rows, up);
                torch::mm(inner, down);
            }
        },
        "baseline: only the matrix products, by LibTorch", 1);
    row.flop = 2.0 * static_cast<double>(batch.length() * c.layers * c.width)
        * static_cast<double>(4 * c.width + 2 * c.inner);
    row.goal.ratio = 1.0 / 1.3;
    return {row};
}

} // namespace recoscope
