// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Every float32 block against its plain definition in float64: value and gradients of a random scalar of the output.
#include <gtest/gtest.h>

#include "engine/nn/cross_entropy.h"
#include "engine/nn/functional.h"
#include "engine/nn/losses.h"
#include "engine/nn/plain.h"

namespace recoscope {
namespace {

using torch::Tensor;
using Inputs = std::vector<Tensor>;

// Numbers that are the same on every machine: a fixed recurrence, roughly uniform in (-1, 1).
Tensor numbers(std::vector<std::int64_t> shape, std::uint32_t seed)
{
    Tensor out = torch::empty(shape, torch::kFloat64);
    std::uint32_t state = seed * 2654435761u + 12345u;
    for (std::int64_t i = 0; i < out.numel(); ++i) {
        state = state * 1664525u + 1013904223u;
        out.data_ptr<double>()[i] = static_cast<double>(state >> 8) / (1 << 23) - 1.0;
    }
    return out;
}

const Tensor offsets = torch::tensor({0, 1, 1, 8, 13}, torch::kInt64); // an empty sequence among them
constexpr std::int64_t events = 13;

using Block = std::function<Tensor(const Inputs&)>;

void expectSame(const Inputs& inputs, const Block& fast, const Block& plain, double tolerance)
{
    Inputs single, wide;
    for (const Tensor& input : inputs) {
        single.push_back(input.to(torch::kFloat32).clone().set_requires_grad(true));
        wide.push_back(input.clone().set_requires_grad(true));
    }
    const Tensor a = fast(single), b = plain(wide);
    ASSERT_EQ(a.sizes(), b.sizes());
    EXPECT_LT((a.to(torch::kFloat64) - b).abs().max().item<double>(), tolerance);
    const Tensor direction = numbers(b.sizes().vec(), 99);
    (a * direction.to(torch::kFloat32)).sum().backward();
    (b * direction).sum().backward();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Tensor expected = wide[i].grad();
        const double scale = std::max(1.0, expected.abs().max().item<double>());
        EXPECT_LT((single[i].grad().to(torch::kFloat64) - expected).abs().max().item<double>(), tolerance * scale)
            << "gradient of input " << i;
    }
}

TEST(Blocks, LayerNormWithResidualAndDropout)
{
    const Dropout drop{0.4f, 77};
    expectSame(
        {numbers({events, 12}, 1), numbers({events, 12}, 2), numbers({12}, 3), numbers({12}, 4)},
        [&](const Inputs& x) { return nn::layerNorm(x[0], x[1], x[2], x[3], 1e-5, drop); },
        [&](const Inputs& x) { return nn::plain::layerNorm(x[0], x[1], x[2], x[3], 1e-5, drop); }, 2e-5);
}

TEST(Blocks, GeluDropout)
{
    const Dropout drop{0.3f, 5};
    expectSame(
        {numbers({events, 20}, 1) * 3.0}, [&](const Inputs& x) { return nn::geluDropout(x[0], drop); },
        [&](const Inputs& x) { return nn::plain::geluDropout(x[0], drop); }, 1e-5);
}

TEST(Blocks, SoftmaxAttentionNeverLooksAhead)
{
    expectSame(
        {numbers({events, 24}, 1)}, [](const Inputs& x) { return nn::softmaxAttention(x[0], offsets, 2, {}); },
        [](const Inputs& x) { return nn::plain::softmaxAttention(x[0], offsets, 2); }, 1e-5);
    // Changing the last event of a sequence changes no earlier row and no other sequence.
    const torch::NoGradGuard guard;
    Tensor qkv = numbers({events, 24}, 1).to(torch::kFloat32), changed = qkv.clone();
    changed[7] += 1.0;
    const Tensor difference
        = (nn::softmaxAttention(qkv, offsets, 2, {}) - nn::softmaxAttention(changed, offsets, 2, {})).abs().sum(1);
    for (std::int64_t t = 0; t < events; ++t)
        EXPECT_EQ(difference[t].item<float>() > 0.0f, t == 7) << t;
}

TEST(Blocks, AttentionWeightsAreCausalAndSumToOne)
{
    const Tensor weights = nn::attentionWeights(numbers({events, 24}, 1).to(torch::kFloat32), offsets, 2, 2);
    ASSERT_EQ(weights.sizes(), (std::vector<std::int64_t>{2, 7, 7}));
    EXPECT_LT((weights.sum(2) - 1.0).abs().max().item<float>(), 1e-5f);
    EXPECT_EQ(weights.triu(1).abs().max().item<float>(), 0.0f);
}

TEST(Blocks, LruScanRestartsAtEverySequence)
{
    const Tensor lambda = numbers({10}, 8) * 0.7;
    expectSame(
        {numbers({events, 10}, 1), lambda}, [](const Inputs& x) { return nn::lruScan(x[0] * 1.0, x[1], offsets); },
        [](const Inputs& x) { return nn::plain::lruScan(x[0], x[1], offsets); }, 1e-5);
    expectSame(
        {numbers({events, 10}, 1), lambda, numbers({4, 10}, 2)},
        [](const Inputs& x) { return nn::lruScan(x[0] * 1.0, x[1], offsets, x[2]); },
        [](const Inputs& x) { return nn::plain::lruScan(x[0], x[1], offsets, x[2]); }, 1e-5);
}

TEST(Blocks, LruScanOfOneChannelByHand)
{
    // lambda = 0.5 i: h1 = 1, h2 = 0.5 i + 1, h3 = 0.5 i (1 + 0.5 i) + 1 = 0.75 + 0.5 i.
    const torch::NoGradGuard guard;
    Tensor u = torch::tensor({{1.0f, 0.0f}, {1.0f, 0.0f}, {1.0f, 0.0f}});
    const Tensor h = nn::lruScan(u, torch::tensor({0.0f, 0.5f}), torch::tensor({0, 3}, torch::kInt64));
    EXPECT_TRUE(torch::allclose(h, torch::tensor({{1.0f, 0.0f}, {1.0f, 0.5f}, {0.75f, 0.5f}})));
}

TEST(Blocks, EmbeddingGradientGathersRepeatedRows)
{
    Tensor table = numbers({6, 4}, 3).to(torch::kFloat32).set_requires_grad(true);
    const Tensor rows = torch::tensor({2, 5, 2}, torch::kInt32);
    (nn::embedding(table, rows) * torch::tensor({{1.0f}, {2.0f}, {4.0f}})).sum().backward();
    EXPECT_FLOAT_EQ(table.grad()[2][0].item<float>(), 5.0f);
    EXPECT_FLOAT_EQ(table.grad()[5][3].item<float>(), 2.0f);
    EXPECT_FLOAT_EQ(table.grad()[0].abs().sum().item<float>(), 0.0f);
}

// Tied tables: gradients of look-up and scores meet in one buffer.
TEST(Blocks, TiedTableGetsBothGradients)
{
    const Tensor rows = torch::tensor({1, 3, 3}, torch::kInt32), targets = torch::tensor({0, 2, 4}, torch::kInt32);
    Tensor single = numbers({6, 4}, 3).to(torch::kFloat32).set_requires_grad(true);
    nn::crossEntropy(nn::embedding(single, rows), single, {}, targets).backward();
    Tensor wide = numbers({6, 4}, 3).set_requires_grad(true);
    nn::plain::crossEntropy(wide.index_select(0, rows), wide, {}, targets).backward();
    EXPECT_LT((single.grad().to(torch::kFloat64) - wide.grad()).abs().max().item<double>(), 1e-6);
}

TEST(Blocks, CrossEntropyEqualsTheDefinition)
{
    const Tensor targets = torch::tensor({0, 36, 5, 5, 12, 20, 1, 30, 2, 9, 11, 35, 17}, torch::kInt32);
    expectSame(
        {numbers({events, 8}, 1), numbers({37, 8}, 2) * 2.0, numbers({37}, 3)},
        [&](const Inputs& x) { return nn::crossEntropy(x[0], x[1], x[2], targets); },
        [&](const Inputs& x) { return nn::plain::crossEntropy(x[0], x[1], x[2], targets); }, 1e-5);
}

TEST(Blocks, CrossEntropySurvivesLargeLogits)
{
    const torch::NoGradGuard guard;
    const Tensor hidden = torch::full({1, 1}, 300.0f), table = torch::tensor({{1.0f}, {-1.0f}});
    EXPECT_NEAR(nn::crossEntropy(hidden, table, {}, torch::tensor({1}, torch::kInt32)).item<double>(), 600.0, 1e-3);
}

TEST(Blocks, DropoutKeepsTheExpectedShareAndRepeats)
{
    const torch::NoGradGuard guard;
    const Tensor ones = torch::ones({100, 100});
    const Tensor a = nn::dropout(ones, {0.25f, 3}), b = nn::dropout(ones, {0.25f, 3}),
                 c = nn::dropout(ones, {0.25f, 4});
    EXPECT_TRUE(torch::equal(a, b));
    EXPECT_FALSE(torch::equal(a, c));
    EXPECT_NEAR((a > 0).to(torch::kFloat32).mean().item<double>(), 0.75, 0.02); // 4 standard errors
    EXPECT_NEAR(a.max().item<double>(), 1.0 / 0.75, 1e-6);
}

// The losses over given items: through a trained table, and through vectors that were computed for five items of nine.
TEST(Blocks, SampledLossesOfATableAndOfComputedVectors)
{
    const Tensor place = torch::tensor({-1, 2, -1, 0, 4, -1, 1, 3, -1}, torch::kInt32);
    const Tensor positives = torch::tensor({1, 3, 4, 7}, torch::kInt32);
    const Tensor shared = torch::tensor({6, 3, 4, 3}, torch::kInt32);
    const Tensor each = torch::tensor({6, 3, 4, 7, 6, 1, 1, 3}, torch::kInt32).view({4, 2});
    auto corrected = nn::SampledLoss::softmax(positives, shared);
    corrected.logQ = numbers({9}, 5);
    corrected.temperature = 0.5;
    auto cosine = nn::SampledLoss::softmax(positives, each);
    cosine.cosine = true;
    for (const nn::SampledLoss& loss : {corrected, cosine, nn::SampledLoss::binary(positives, each),
             nn::SampledLoss::gbce(positives, each, nn::gbceBeta(2, 9, 0.75))}) {
        const auto ofTable = [&](const Inputs& x) { return nn::sampledLossRows(x[0], x[1], x[2], loss); };
        expectSame({numbers({4, 8}, 1), numbers({9, 8}, 2), numbers({9}, 3)}, ofTable, ofTable, 1e-5);
        const auto computed
            = [&](const Inputs& x) { return nn::sampledLossRows(x[0], ItemRows(x[1] * 2.0, place), x[2] + 1.0, loss); };
        expectSame({numbers({4, 8}, 1), numbers({5, 8}, 2), numbers({9}, 3)}, computed, computed, 1e-5);
    }
}

} // namespace
} // namespace recoscope
