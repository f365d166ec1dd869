// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <bit>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/nn/rotary.h"
#include "engine/nn/text_layers.h"
#include "engine/nn/text_model.h"
#include "tests/engine/text/model_folder.h"

namespace recoscope::test {
namespace {

using torch::Tensor;
using Texts = std::vector<std::vector<std::int32_t>>;

std::unique_ptr<nn::TextModel> modelOf(const Json& config, const std::string& prefix = "")
{
    const TemporaryFolder folder;
    writeModel(folder.path(), config, smallWeights(config, prefix));
    return nn::makeTextModel(openTextWeights(folder.path()));
}

nn::TextBatch batchOf(const Texts& texts)
{
    const std::vector<std::span<const std::int32_t>> spans(texts.begin(), texts.end());
    return nn::makeTextBatch(spans);
}

Tensor hiddenOf(const nn::TextModel& model, const Texts& texts)
{
    const torch::NoGradGuard guard;
    ForwardContext context;
    return model.network->hidden(batchOf(texts), context);
}

void expectNear(const Tensor& a, const Tensor& b, double bound)
{
    ASSERT_EQ(a.sizes(), b.sizes());
    EXPECT_LE((a - b).abs().max().item<double>(), bound);
}

class EachFamily : public ::testing::TestWithParam<Json> { };
INSTANTIATE_TEST_SUITE_P(Text, EachFamily, ::testing::Values(smallBert(), smallGpt2(), smallLlama()),
    [](const auto& parameter) { return parameter.param.at("model_type").template get<std::string>(); });

TEST_P(EachFamily, PackedTextsDoNotSeeEachOther)
{
    const auto model = modelOf(GetParam());
    const Texts texts = {{2, 5, 7}, {4}, {11, 0, 3, 3, 9}};
    const Tensor together = hiddenOf(*model, texts);
    std::int64_t row = 0;
    for (const auto& text : texts) {
        const Tensor alone = hiddenOf(*model, {text});
        expectNear(together.slice(0, row, row + alone.size(0)), alone, 1e-6);
        row += alone.size(0);
    }
}

TEST_P(EachFamily, OnlyEncodersReadOnwards)
{
    const auto model = modelOf(GetParam());
    const Tensor one = hiddenOf(*model, {{2, 5, 7}}), other = hiddenOf(*model, {{2, 5, 8}});
    const bool changed = (one[0] - other[0]).abs().max().item<float>() > 1e-4f;
    EXPECT_EQ(changed, model->network->config().isEncoder());
    EXPECT_GT((one[2] - other[2]).abs().max().item<float>(), 1e-4f);
}

TEST_P(EachFamily, GivenVectorsStandForWords)
{
    const auto model = modelOf(GetParam());
    const torch::NoGradGuard guard;
    nn::TextBatch batch = batchOf({{1, 2, 3}, {6}});
    ForwardContext context;
    const Tensor words = model->network->wordVectors(batch.tokens);
    const Tensor expected = model->network->hidden(batch, context);
    batch.tokens = Tensor();
    expectNear(model->network->hiddenFrom(words, batch, context), expected, 0.0);
}

TEST(TextNetwork, HalfPrecisionWeightsAreWidened)
{
    const TemporaryFolder folder;
    const StoredTensors tensors = smallWeights(smallGpt2(), "");
    std::map<std::string, std::vector<std::uint16_t>> halves;
    std::map<std::string, TensorView> views;
    for (const auto& [name, stored] : tensors) { // bfloat16: the upper half of a float
        for (const float value : stored.values)
            halves[name].push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
        views[name] = {TensorType::BF16, stored.shape, std::as_bytes(std::span(halves[name]))};
    }
    writeSafetensors(folder / "model.safetensors", views);
    writeJson(folder / "config.json", smallGpt2());
    const auto model = nn::makeTextModel(openTextWeights(folder.path()));
    const float loaded = model->parameters.at("wte.weight").value[0][0].item<float>();
    EXPECT_EQ(loaded, std::bit_cast<float>(std::uint32_t(halves.at("wte.weight")[0]) << 16));
    EXPECT_NEAR(loaded, tensors.at("wte.weight").values[0], 0.01);
}

TEST(TextNetwork, SharedKeysAreTheSameAsRepeatedOnes)
{
    Json repeated = smallLlama();
    repeated["num_key_value_heads"] = 4;
    const auto shared = modelOf(smallLlama()), whole = modelOf(repeated);
    const torch::NoGradGuard guard;
    for (const auto& entry : shared->parameters.entries()) {
        Tensor target = whole->parameters.at(entry.name).value;
        if (entry.name.find("qkv") == std::string::npos) {
            target.copy_(entry.value);
            continue;
        }
        // 4 heads of queries, 2 of keys, 2 of values, 2 rows each; query heads 0 and 1 read key head 0.
        const Tensor rows = entry.value.reshape({8, 2, 8});
        const Tensor order = torch::tensor({0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7});
        target.copy_(rows.index_select(0, order).reshape({24, 8}));
    }
    const Texts texts = {{2, 5, 7, 1}, {4, 4}};
    expectNear(hiddenOf(*shared, texts), hiddenOf(*whole, texts), 1e-6);
}

TEST(TextNetwork, RotaryPositionsOnlyCountDistances)
{
    const auto model = modelOf(smallLlama());
    const torch::NoGradGuard guard;
    nn::TextBatch batch = batchOf({{1, 2, 3}, {6, 9}});
    ForwardContext context;
    const Tensor expected = model->network->hidden(batch, context);
    batch.positions = batch.positions + 5;
    expectNear(model->network->hidden(batch, context), expected, 1e-5);
}

TEST(TextNetwork, DrawnWeightsTrain)
{
    Parameters parameters;
    const auto network = nn::makeTextNetwork(parameters, "text.", readTextConfig(smallLlama(), "config.json"));
    parameters.freeze();
    EXPECT_EQ(parameters.at("text.norm.weight").value[0].item<float>(), 1.0f);
    ForwardContext context;
    network->hidden(batchOf({{1, 2, 3}}), context).pow(3).sum().backward();
    for (const auto& entry : parameters.entries()) {
        const bool used = entry.name != "text.lm_head.weight";
        EXPECT_EQ(entry.value.grad().abs().max().item<float>() > 0.0f, used) << entry.name;
    }
}

TEST(TextNetwork, EncodersHaveNoOutputTable)
{
    EXPECT_THROW(modelOf(smallBert())->network->outputTable(), Error);
    EXPECT_EQ(modelOf(smallGpt2())->network->outputTable().size(0), 12);
}

TEST(Rotary, TurnsTheHalvesOfAHeadByThePosition)
{
    RotaryConfig config;
    const Tensor positions = torch::tensor({0, 1, 3}, torch::kInt32);
    const auto angles = nn::rotaryAngles(config, 2, positions);
    const Tensor x = torch::tensor({{1.0, 0.0}, {1.0, 0.0}, {0.0, 2.0}}, torch::kFloat64);
    const Tensor expected = torch::tensor(
        {{1.0, 0.0}, {std::cos(1.0), std::sin(1.0)}, {-2.0 * std::sin(3.0), 2.0 * std::cos(3.0)}}, torch::kFloat64);
    for (const torch::ScalarType type : {torch::kFloat64, torch::kFloat32}) { // queries, keys, values
        const Tensor turned = nn::turnedRows(torch::cat({x, 3.0 * x, x}, 1).to(type), angles);
        expectNear(turned.to(torch::kFloat64), torch::cat({expected, 3.0 * expected, x}, 1), 1e-6);
    }
    EXPECT_EQ(nn::rotaryAngles(config, 2, positions.slice(0, 0, 0)).cosine.size(0), 0);
}

// What goes through the kernel in float32 is what float64 has by its definition: results, gradients and weights.
TEST(Rotary, AttentionTurnsItsRows)
{
    const std::int64_t heads = 2, headWidth = 6, rows = 9;
    const Tensor offsets = torch::tensor({0, 5, 9}, torch::kInt64);
    const Tensor positions = torch::tensor({0, 1, 2, 3, 4, 7, 3, 0, 11}, torch::kInt32);
    const auto angles = nn::rotaryAngles(RotaryConfig(), headWidth, positions);
    torch::manual_seed(3);
    const Tensor given = torch::randn({rows, 3 * heads * headWidth}, torch::kFloat64),
                 weight = torch::randn({rows, heads * headWidth}, torch::kFloat64);
    const auto resultsOf = [&](torch::ScalarType type) {
        const Tensor qkv = given.to(type).clone().requires_grad_();
        const Tensor out = nn::softmaxAttention(qkv, offsets, heads, {}, true, {}, angles);
        (out * weight.to(type)).sum().backward();
        return std::vector<Tensor>{out.detach(), qkv.grad(), nn::attentionWeights(qkv, offsets, 1, heads, angles)};
    };
    const auto exact = resultsOf(torch::kFloat64), kernel = resultsOf(torch::kFloat32);
    for (std::size_t i = 0; i < exact.size(); ++i)
        expectNear(kernel[i].to(torch::kFloat64), exact[i], 1e-5);
    const Tensor plain = nn::softmaxAttention(given, offsets, heads, {});
    EXPECT_GT((plain - exact[0]).abs().max().item<double>(), 0.01);
}

// Keys of an earlier pass are kept turned; rows of this one turn as they are read.
TEST(Rotary, AViewKeepsRowsTurned)
{
    const std::int64_t heads = 1, width = 4;
    const auto angles = nn::rotaryAngles(RotaryConfig(), width, torch::tensor({0, 1, 2, 3, 4}, torch::kInt32));
    torch::manual_seed(4);
    for (const torch::ScalarType type : {torch::kFloat64, torch::kFloat32}) {
        const Tensor qkv = torch::randn({5, 3 * width}, type), offsets = torch::tensor({0, 5}, torch::kInt64);
        const Tensor whole = nn::softmaxAttention(qkv, offsets, heads, {}, true, {}, angles);
        std::vector<Tensor> kept;
        AttentionView first;
        first.sources = first.places = torch::tensor({0, 1}, torch::kInt32);
        first.offsets = torch::tensor({0, 2}, torch::kInt64);
        first.keptRows = torch::tensor({0, 1}, torch::kInt32);
        first.kept = &kept;
        nn::arrangeTurning(first, 0, qkv.slice(0, 0, 2), angles.of(first.places));
        ASSERT_EQ(kept.size(), 1u);
        AttentionView second;
        second.before = kept;
        second.sources = torch::arange(5, torch::kInt32);
        second.places = torch::tensor({2, 3, 4}, torch::kInt32);
        const auto later = angles.of(second.places);
        const Tensor arranged = nn::arrangeTurning(second, 0, qkv.slice(0, 2), later);
        const Tensor mixed
            = second.restore(nn::softmaxAttention(arranged, offsets, heads, {}, true, {}, later.arranged(second)));
        expectNear(mixed.to(torch::kFloat64), whole.slice(0, 2).to(torch::kFloat64), 1e-6);
    }
}

// Base 10000 and heads of 8: frequencies 1, 0.1, 0.01 and 0.001, waves of 6.3 to 6283 positions.
TEST(Rotary, Llama3SlowsLongWavesOnly)
{
    RotaryConfig config;
    config.scaling = RotaryConfig::Scaling::Llama3;
    config.factor = 8.0;
    config.originalPositions = 1024; // whole from 1024, not at all below 256
    const Tensor one = torch::ones({1}, torch::kInt32);
    const auto angles = nn::rotaryAngles(config, 8, one);
    const Tensor angle = torch::atan2(angles.sine, angles.cosine)[1].to(torch::kFloat64);
    const double kept = (1024.0 / (2.0 * std::numbers::pi / 0.01) - 1.0) / 3.0;
    const double expected[] = {1.0, 0.1, (1.0 - kept) * 0.01 / 8.0 + kept * 0.01, 0.001 / 8.0};
    for (int i = 0; i < 4; ++i)
        EXPECT_NEAR(angle[i].item<double>(), expected[i], 1e-7) << i;
    config.scaling = RotaryConfig::Scaling::Linear;
    const auto linear = nn::rotaryAngles(config, 8, one);
    EXPECT_NEAR(linear.sine[1][0].item<double>(), std::sin(0.125), 1e-7);
}

TEST(TextLayers, RmsNormDividesByTheRootMeanSquare)
{
    const Tensor x = torch::tensor({{3.0, 4.0}}, torch::kFloat64), weight = torch::tensor({1.0, 2.0}, torch::kFloat64);
    const double scale = std::sqrt(12.5 + 0.5);
    expectNear(nn::rmsNorm(x, weight, 0.5), torch::tensor({{3.0 / scale, 8.0 / scale}}, torch::kFloat64), 1e-12);
}

} // namespace
} // namespace recoscope::test
