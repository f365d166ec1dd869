// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM of the registry: with times against the reference tests/parity/hllm_registry_plain, without them here against
// the network that agrees with the public code.
#include "engine/core/error.h"
#include "engine/models/hllm_network.h"
#include "engine/nn/losses.h"
#include "engine/nn/unit_rows.h"
#include "tests/engine/models/text_model_test.h"

namespace recoscope {
namespace {

using torch::Tensor;

class HllmModel : public test::TextModelTest {
protected:
    std::shared_ptr<NeuralModel> build(const Json& changes = Json::object())
    {
        Json parameters = {{"hidden", 16}, {"heads", 2}};
        parameters.update(changes);
        return buildText("hllm", parameters);
    }
    static std::vector<float> encoded(const NeuralModel& model, const PackedSequences& events)
    {
        const torch::NoGradGuard guard;
        ForwardContext context;
        return copyFloats(model.encode(makePackedBatch(events.view()), context));
    }
    static double furthest(const std::vector<float>& a, const std::vector<float>& b, std::size_t count)
    {
        double largest = 0.0;
        for (std::size_t i = 0; i < count; ++i)
            largest = std::max<double>(largest, std::abs(a[i] - b[i]));
        return largest;
    }
    PackedSequences timed(const std::vector<std::int64_t>& times) const
    {
        PackedSequences out;
        out.append(history(static_cast<int>(times.size())).items, times);
        return out;
    }
};

TEST_F(HllmModel, EqualsTheNetworkThatAgreesWithThePublicCode)
{
    const auto model = build();
    const torch::NoGradGuard guard;
    model->parameters().at("logit_scale").value.detach().fill_(1.5);
    const std::int64_t rows = model->parameters().at("item.embed_tokens.weight").value.size(0);
    Parameters parameters;
    const HllmNetwork network(parameters,
        decoderConfig({.vocabulary = rows, .width = 16, .layers = 1, .heads = 2, .positions = 64}),
        decoderConfig({.width = 16, .layers = 2, .heads = 2, .positions = 8}));
    for (const auto& entry : parameters.entries())
        entry.value.detach().copy_(model->parameters().at(entry.name).value);

    const FixedTensors& fixed = *model->setup().fixed;
    const FieldPieces titles = fieldPieces(fixed, "title", data->items());
    const FieldPieces brands = fieldPieces(fixed, "brand", data->items());
    std::vector<std::vector<std::int32_t>> texts;
    for (std::int32_t item = 0; item < data->items(); ++item) {
        std::vector<std::int32_t>& text = texts.emplace_back(
            titles.pieces.begin() + titles.offsets[item], titles.pieces.begin() + titles.offsets[item + 1]);
        for (std::int32_t p = brands.offsets[item]; p < brands.offsets[item + 1]; ++p)
            text.push_back(static_cast<std::int32_t>(titles.rows) + brands.pieces[p]);
        text.push_back(0);
    }
    const std::vector<std::span<const std::int32_t>> spans(texts.begin(), texts.end());
    ForwardContext context;
    const Tensor items = network.itemVectors(nn::makeTextBatch(spans), context);
    EXPECT_LE((items - model->allItemVectors().slice(0, 0, data->items())).abs().max().item<double>(), 1e-5);

    const PackedBatch batch = makePackedBatch(history(8).view());
    const Tensor users
        = network.userVectors(items.index_select(0, batch.items), nn::makeVectorBatch(batch.offsets), context);
    const Tensor hidden = model->encode(batch, context);
    EXPECT_LE((nn::unitRows(users) - hidden).abs().max().item<double>(), 1e-5);

    nn::SampledLoss sampled;
    sampled.positives = batch.items.flip(0).contiguous();
    sampled.negatives = torch::tensor({1, 2, 30, 2, 9, 17}, torch::kInt32);
    sampled.unitItems = true;
    for (const double near : {0.99, 0.3, 1.0}) {
        sampled.nearPositive = near;
        const Tensor ours = nn::sampledLossRows(hidden * model->logitScale(), model->itemTable(), {}, sampled);
        // Of the public code's loss, 1 masks nothing; ours leaves out negatives that are the positive itself.
        const Tensor theirs = network.lossRows(users, items.index_select(0, sampled.positives),
            items.index_select(0, sampled.negatives), std::min(near, 0.999999));
        EXPECT_LE((ours - theirs).abs().max().item<double>(), 1e-4) << near;
    }
}

TEST_F(HllmModel, ScoresAreCosines)
{
    const NeuralTrainedModel model(build());
    const auto head = *model.linearHead();
    for (const std::int64_t item : {0L, 17L}) {
        double length = 0.0;
        for (std::int64_t d = 0; d < head.width; ++d)
            length += head.table[item * head.width + d] * head.table[item * head.width + d];
        EXPECT_NEAR(length, 1.0, 1e-5);
    }
    EXPECT_EQ(model.newState(), nullptr);
}

TEST_F(HllmModel, MapsAreTheWeightsOfCausalAttention)
{
    const NeuralTrainedModel model(build({{"heads", 2}, {"layers", 3}}));
    ASSERT_EQ(std::pair(model.layers(), model.heads()), std::pair(std::int64_t(3), std::int64_t(2)));
    struct Maps : ModelObserver {
        int seen = 0;
        bool wants(const std::string& name) const override { return name == "attention"; }
        void onAttention(int, int, std::int64_t rows, std::int64_t columns, const float* weights, bool sums) override
        {
            ++seen;
            EXPECT_TRUE(sums);
            ASSERT_EQ(std::pair(rows, columns), std::pair(std::int64_t(6), std::int64_t(6)));
            for (std::int64_t row = 0; row < rows; ++row) {
                double all = 0.0;
                for (std::int64_t key = 0; key < columns; ++key) {
                    all += weights[row * columns + key];
                    EXPECT_EQ(weights[row * columns + key] > 0.0f, key <= row);
                }
                EXPECT_NEAR(all, 1.0, 1e-5);
            }
        }
    } maps;
    model.observe(history(6).view(), maps);
    EXPECT_EQ(maps.seen, 6);
}

// Vectors computed before, in the length they have where scores take them at unit length, are what the input reads.
TEST_F(HllmModel, LentVectorsEqualThoseReadAgain)
{
    const auto network = build({{"pooling", "mean"}});
    const NeuralTrainedModel model(network);
    for (const int n : {1, 5, 8})
        expectNear(lastVector(model, n), readAgain(*network, n), "after " + std::to_string(n));
}

TEST_F(HllmModel, TimesCountWhereTheyAreKnown)
{
    const auto model = build({{"time_embedding", true}});
    const std::vector<std::int64_t> times = {1'600'000'000, 1'600'003'600, 1'700'000'000};
    const std::vector<float> with = encoded(*model, timed(times));
    // None at all, and 0, which stands for none.
    const std::vector<float> without = encoded(*model, history(3));
    EXPECT_EQ(furthest(encoded(*model, timed({0, 0, 0})), without, without.size()), 0.0);
    EXPECT_GT(furthest(with, without, with.size()), 1e-3);
    // An hour more of the second event: nothing before it changes, it and what follows do.
    const std::vector<float> later = encoded(*model, timed({times[0], times[1] + 3600, times[2]}));
    EXPECT_EQ(furthest(with, later, 16), 0.0);
    EXPECT_GT(furthest(with, later, 32), 1e-4);
    // Whatever a file says is a time.
    for (const float value : encoded(*model, timed({INT64_MIN, -1, INT64_MAX})))
        EXPECT_TRUE(std::isfinite(value));
}

TEST_F(HllmModel, TimesAreRefusedWhereTheDataHasNone)
{
    const ModelDescriptor& model = findModel("hllm");
    DataFacts without;
    without.titles = true;
    DataFacts with = without;
    with.times = true;
    EXPECT_NO_THROW(model.requireData(model.schema.validate(Json::object()), without));
    const Json timed = model.schema.validate({{"time_embedding", true}});
    EXPECT_NO_THROW(model.requireData(timed, with));
    try {
        model.requireData(timed, without);
        FAIL() << "trained on times that nobody knows";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.message().find("times"), std::string::npos);
    }
}

TEST_F(HllmModel, HeadsMustDivideTheWidthIntoEvenParts)
{
    try {
        build({{"hidden", 12}, {"heads", 4}});
        FAIL() << "three numbers a head cannot be turned in pairs";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
    }
}

} // namespace
} // namespace recoscope
