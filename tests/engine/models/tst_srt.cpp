// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/kernels/ops.h"
#include "engine/nn/losses.h"
#include "engine/text/tokenizer_json.h"
#include "tests/engine/models/text_model_test.h"

namespace recoscope {
namespace {

using torch::Tensor;

class SrtModel : public test::TextModelTest {
protected:
    std::shared_ptr<NeuralModel> build(const Json& changes = Json::object(), torch::ScalarType type = torch::kFloat32)
    {
        Json parameters = {{"hidden", 16}, {"heads", 2}, {"piece_width", 12}};
        parameters.update(changes);
        return buildText("srt", parameters, type);
    }
};

std::vector<double> column(const Tensor& tensor)
{
    const Tensor wide = tensor.detach().to(torch::kFloat64).contiguous();
    return {wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + wide.numel()};
}

// The equation, word by word in double precision: from the text to the vector, nothing shared with the model but its
// weights and its vocabulary.
TEST_F(SrtModel, ItemVectorsAreTheSumsOfTheirPieces)
{
    const auto model = build({{"title_pieces", 3}, {"brand_pieces", 2}});
    const FixedTensors& fixed = *model->setup().fixed;
    const auto tokenizer = tokenizerFromJson(fixed.text("text.tokenizer"), "vocabulary");
    const std::vector<double> adapter = column(model->parameters().at("adapter.weight").value);
    const std::vector<double> bias = column(model->parameters().at("adapter.bias").value);
    const Tensor table = model->itemTable();
    ASSERT_EQ(table.size(0), data->items() + 1);
    for (std::int32_t item = 0; item < data->items(); ++item) {
        const ItemRecord record = data->dataset()->catalogue().item(ItemIndex{data->datasetItem(item)});
        std::vector<double> sums;
        for (const std::string field : {"title", "brand"}) {
            const std::vector<double> pieces = column(model->parameters().at(field + "_pieces.weight").value);
            const std::vector<std::int32_t> rows = fixed.ints("text." + field + ".rows");
            const std::string text = field == "title" ? record.title : record.brand.empty() ? "unknown" : record.brand;
            std::vector<double> sum(12, 0.0);
            for (const std::int32_t id : tokenizer->encode(text, false, field == "title" ? 3 : 2))
                for (int e = 0; e < 12; ++e)
                    sum[e] += pieces[rows[id] * 12 + e];
            sums.insert(sums.end(), sum.begin(), sum.end());
        }
        for (int d = 0; d < 16; ++d) {
            double expected = bias[d];
            for (int e = 0; e < 24; ++e)
                expected += adapter[d * 24 + e] * sums[e];
            EXPECT_NEAR(table[item][d].item<double>(), expected, 1e-5 * (1.0 + std::abs(expected))) << record.title;
        }
    }
    EXPECT_TRUE(torch::equal(table[data->items()], model->parameters().at("start_token.weight").value[0]));
}

TEST_F(SrtModel, AsksForItemsInAnyOrderAndAgain)
{
    const auto model = build();
    const Tensor ids = torch::tensor({5, 0, 5, data->items(), 17}, torch::kInt32);
    EXPECT_LE((model->itemVectors(ids) - model->itemTable().index_select(0, ids)).abs().max().item<double>(), 1e-6);
}

TEST_F(SrtModel, FloatAndDoubleAgreeInValuesAndGradients)
{
    PackedSequences batch = history(8);
    batch.append(history(5, 3).items);
    for (const Json& changes : {Json::object(), Json{{"norm", "pre"}}}) {
        std::map<std::string, Tensor> gradients[2];
        double losses[2];
        for (const int wide : {0, 1}) {
            const auto model = build(changes, wide ? torch::kFloat64 : torch::kFloat32);
            ForwardContext context;
            const Tensor hidden = model->encode(makePackedBatch(batch.view()), context);
            const auto sampled = nn::SampledLoss::softmax(
                torch::tensor(batch.items, torch::kInt32).flip(0), torch::tensor({1, 2, 30, 2}, torch::kInt32));
            const Tensor loss = nn::sampledLossRows(hidden, model->itemTable(), {}, sampled).mean();
            loss.backward();
            losses[wide] = loss.item<double>();
            for (const auto& entry : model->parameters().entries())
                gradients[wide][entry.name] = entry.value.grad().to(torch::kFloat64).clone();
        }
        EXPECT_NEAR(losses[0], losses[1], 1e-4 * std::abs(losses[1])) << changes;
        for (const auto& [name, wide] : gradients[1]) {
            const double largest = wide.abs().max().item<double>();
            EXPECT_LE((gradients[0][name] - wide).abs().max().item<double>(), 1e-3 * largest + 1e-5)
                << changes << " " << name;
        }
        EXPECT_GT(gradients[1].at("title_pieces.weight").abs().max().item<double>(), 0.0);
        EXPECT_GT(gradients[1].at("brand_pieces.weight").abs().max().item<double>(), 0.0);
    }
}

TEST_F(SrtModel, StepsAndLentVectorsEqualTheFullRecompute)
{
    for (const char* norm : {"post", "pre"})
        expectStepsEqualTheFullRecompute(build({{"norm", norm}}), norm);
}

TEST_F(SrtModel, AnotherCatalogueIsReadWithTheSameVocabulary)
{
    const Json parameters = findModel("srt").schema.validate(Json::object());
    const FixedTensors first = itemPieces(*data, parameters);
    const FixedTensors again = itemPieces(*data, parameters, &first);
    EXPECT_EQ(first.hash(), again.hash());
    const auto other = test::textData(scratch, {.shelves = 3, .perShelf = 12}, "others");
    const FixedTensors moved = itemPieces(*other, parameters, &first);
    EXPECT_EQ(moved.text("text.tokenizer"), first.text("text.tokenizer"));
    EXPECT_EQ(moved.ints("text.title.rows"), first.ints("text.title.rows"));
    EXPECT_EQ(fieldPieces(moved, "title", other->items()).rows, fieldPieces(first, "title", data->items()).rows);
    EXPECT_NE(moved.hash(), first.hash());
}

TEST_F(SrtModel, DamagedPiecesAreRefused)
{
    const Json parameters = findModel("srt").schema.validate(Json::object());
    const FixedTensors good = itemPieces(*data, parameters);
    const auto refused = [&](const std::string& name, std::vector<std::int32_t> values) {
        FixedTensors bad = good;
        bad.tensors[name] = FixedTensor::ofInts(values);
        try {
            fieldPieces(bad, "title", data->items());
        } catch (const Error& error) {
            return error.kind() == ErrorKind::Input;
        }
        return false;
    };
    std::vector<std::int32_t> offsets = good.ints("text.title.offsets"), pieces = good.ints("text.title.pieces");
    std::swap(offsets[1], offsets[2]);
    EXPECT_TRUE(refused("text.title.offsets", offsets));
    EXPECT_TRUE(refused("text.title.offsets", {}));
    EXPECT_TRUE(refused("text.title.offsets", {0, 1}));
    pieces[0] = 1'000'000;
    EXPECT_TRUE(refused("text.title.pieces", pieces));
    pieces[0] = -1;
    EXPECT_TRUE(refused("text.title.pieces", pieces));
    FixedTensors missing = good;
    missing.tensors.erase("text.title.rows");
    EXPECT_THROW(fieldPieces(missing, "title", data->items()), Error);
}

TEST_F(SrtModel, NoTitlesNoModel)
{
    const auto untitled = test::textData(scratch, {.titles = false}, "untitled");
    try {
        requireTitles(Json(), DataFacts::of(*untitled->dataset()));
        FAIL() << "a catalogue without titles was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.message().find("untitled"), std::string::npos);
        EXPECT_NE(error.message().find("title"), std::string::npos);
    }
    EXPECT_THROW(itemPieces(*untitled, findModel("srt").schema.validate(Json::object())), Error);
}

} // namespace
} // namespace recoscope
