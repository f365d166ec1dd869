// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Layers that are computed again for their gradient: the same values and gradients, in the memory of one layer.
#include <gtest/gtest.h>

#include "engine/models/registry.h"
#include "engine/nn/neural_model.h"
#include "engine/nn/packed_batch.h"
#include "engine/nn/recomputed.h"
#include "tests/engine/models/test_history.h"
#include "tests/memory_rise.h"

namespace recoscope {
namespace {

using torch::Tensor;

constexpr std::int64_t items = 50, maxLength = 256;

std::shared_ptr<NeuralModel> build(bool recompute, Json parameters)
{
    parameters.update({{"tasks", "next_item"}, {"feedback_classes", 0}, {"recompute_layers", recompute}});
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = findModel("argus").schema.validate(parameters);
    setup.seed = 5;
    return buildNeuralModel("argus", setup);
}

PackedBatch batchOf(std::int64_t sequences, std::int64_t length)
{
    PackedSequences all;
    for (std::int64_t b = 0; b < sequences; ++b) {
        const PackedSequences one = test::history(length - b % 3, items, b);
        all.append(one.items, one.times);
    }
    return makePackedBatch(all.view());
}

Tensor trainedOn(const NeuralModel& model, const PackedBatch& batch)
{
    ForwardContext context = ForwardContext::training(11, 3);
    const Tensor rows = model.encode(batch, context);
    (rows * torch::linspace(-1, 1, rows.numel()).view(rows.sizes())).sum().backward();
    return rows.detach();
}

class RecomputedLayers : public testing::TestWithParam<std::string> { };

TEST_P(RecomputedLayers, GiveTheBitsOfLayersThatAreKept)
{
    const Json parameters = {{"hidden", 16}, {"heads", 2}, {"layers", 3}, {"form", GetParam()}, {"dropout", 0.2},
        {"attention_dropout", 0.1}};
    const auto kept = build(false, parameters), again = build(true, parameters);
    const PackedBatch batch = batchOf(5, 12);
    EXPECT_TRUE(torch::equal(trainedOn(*kept, batch), trainedOn(*again, batch)));
    int withGradient = 0;
    const auto& entries = kept->parameters().entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Tensor a = entries[i].value.grad(), b = again->parameters().entries()[i].value.grad();
        ASSERT_EQ(a.defined(), b.defined()) << entries[i].name;
        if (!a.defined())
            continue;
        EXPECT_TRUE(torch::equal(a, b)) << entries[i].name;
        withGradient += a.abs().max().item<float>() > 0.0f;
    }
    EXPECT_GT(withGradient, 20);
}

INSTANTIATE_TEST_SUITE_P(Argus, RecomputedLayers, testing::Values("merged", "interleaved"));

TEST(RecomputedLayersMemory, StaysThatOfOneLayer)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
    const Json parameters = {{"hidden", 64}, {"layers", 16}, {"context", "none"}};
    const PackedBatch batch = batchOf(16, maxLength);
    const auto riseWith = [&](bool recompute) {
        const auto model = build(recompute, parameters);
        trainedOn(*model, batchOf(1, 4)); // what LibTorch and the gradients keep once
        return test::memoryRise([&] { trainedOn(*model, batch); });
    };
    const double again = riseWith(true), kept = riseWith(false);
    if (kept < 0.0)
        GTEST_SKIP() << "the peak of the memory cannot be reset here";
    EXPECT_GT(kept, 100.0) << "nothing was measured";
    EXPECT_LT(again, 0.4 * kept) << kept << " MB with all layers kept";
}

TEST(RecomputedLayersCalls, ABlockRunsTwiceAndLearns)
{
    const Tensor weight = torch::full({2, 2}, 0.5).requires_grad_(), rows = torch::ones({3, 2}).requires_grad_();
    int calls = 0;
    const Tensor out = nn::recomputed(rows, [&](const Tensor& x) {
        ++calls;
        return torch::mm(x, weight).square();
    });
    EXPECT_EQ(calls, 1);
    out.sum().backward();
    EXPECT_EQ(calls, 2);
    EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2, 2}, 6.0))); // 3 rows, 2 y x each with y = 1
    EXPECT_TRUE(torch::equal(rows.grad(), torch::full({3, 2}, 2.0))); // the sum over 2 columns of 2 y w
}

} // namespace
} // namespace recoscope
