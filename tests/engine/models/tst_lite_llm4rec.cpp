// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Lite-LLM4Rec's three heads. Its equations are checked by the reference tests/parity/lite_llm4rec_plain.
#include "tests/engine/models/text_model_test.h"

namespace recoscope {
namespace {

using torch::Tensor;

class LiteLlm4RecModel : public test::TextModelTest {
protected:
    std::shared_ptr<NeuralModel> build(const Json& changes)
    {
        Json parameters = {{"hidden", 16}, {"heads", 2}, {"item_width", 12}};
        parameters.update(changes);
        return buildText("lite_llm4rec", parameters);
    }
    const char* const heads[3] = {"tied", "residual", "free"};
};

double apart(const Tensor& a, const Tensor& b)
{
    return (a - b).abs().max().item<double>();
}

TEST_F(LiteLlm4RecModel, HeadsScoreByTextByBothOrByTheItemsOwnVector)
{
    for (const char* head : heads) {
        const auto model = build({{"head", head}});
        const torch::NoGradGuard guard;
        const Tensor read = model->allItemVectors();
        ASSERT_EQ(read.size(0), data->items() + 1);
        Tensor expected = read;
        if (head == std::string("residual"))
            expected = read + model->parameters().at("head.residual").value;
        if (head == std::string("free"))
            expected = model->parameters().at("head.weight").value;
        EXPECT_LE(apart(model->scoringTable(), expected), 1e-6) << head;
        EXPECT_EQ(model->scoredItems({}).defined(), head == std::string("free")) << "needs no text of other items";
        const Tensor asked = torch::tensor({7, 0, 7, data->items()}, torch::kInt32);
        EXPECT_LE(apart(model->scoredItems(read).of(asked), expected.index_select(0, asked)), 1e-6) << head;
        const NeuralTrainedModel trained(model);
        const Tensor table = torch::from_blob(const_cast<float*>(trained.linearHead()->table), expected.sizes());
        EXPECT_LE(apart(table, expected), 1e-6) << head;
    }
}

// Items that are asked for come in any order and more than once, and only those are read.
TEST_F(LiteLlm4RecModel, ReadsTheItemsOfABatchOnce)
{
    const auto model = build({{"head", "residual"}, {"pooling", "mean"}});
    const Tensor ids = torch::tensor({5, 0, 5, data->items(), 17}, torch::kInt32);
    EXPECT_LE(apart(model->itemVectors(ids), model->allItemVectors().index_select(0, ids)), 1e-6);
    EXPECT_TRUE(torch::equal(model->itemVectors(ids)[3], model->parameters().at("start_token.weight").value[0]));
}

TEST_F(LiteLlm4RecModel, StepsAndLentVectorsEqualTheFullRecompute)
{
    for (const char* head : heads)
        expectStepsEqualTheFullRecompute(build({{"head", head}}), head);
}

} // namespace
} // namespace recoscope
