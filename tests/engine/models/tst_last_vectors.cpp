// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The vectors that requests are answered with, for which the last layer leaves rows out, are those of the whole pass.
#include <gtest/gtest.h>

#include "engine/models/spelling_model.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/training/batches.h"
#include "engine/training/trainer.h"
#include "tests/engine/models/rated_texts.h"

namespace recoscope {
namespace {

class LastVectors : public ::testing::Test {
protected:
    void expectThoseOfTheWholePass(const std::string& name, const Json& changes)
    {
        const Json parameters = fullSchema(findModel(name)).validate(changes);
        const auto model = buildNeuralModel(name, test::setupOver(*m_data, name, parameters, torch::kFloat64));
        const torch::NoGradGuard guard;
        const PackedBatch batch = makePackedBatch(
            TrainingBatches(m_data, {.maxLength = m_data->protocol().maxLength}).batch(0).inputs.view());
        ASSERT_GT(batch.sequences(), 4);
        ForwardContext first, second;
        const torch::Tensor all = model->encode(batch, first).index_select(0, batch.lastRows());
        const torch::Tensor last = model->lastVectors(batch, second);
        ASSERT_EQ(last.sizes(), all.sizes()) << name;
        EXPECT_LT((last - all).abs().max().item<double>(), 1e-12) << name << " " << changes.dump();
        EXPECT_GT((all[0] - all[1]).abs().max().item<double>(), 1e-6) << name;
    }

    // What ranking and serving ask for, which for some models passes the network by.
    void expectServedAsTheWholePass(const std::string& name, const Json& changes)
    {
        const Json parameters = fullSchema(findModel(name)).validate(changes);
        const std::shared_ptr<NeuralModel> model
            = buildNeuralModel(name, test::setupOver(*m_data, name, parameters, torch::kFloat32));
        if (dynamic_cast<const SpellingModel*>(model.get()))
            return; // has lists and no vectors
        const torch::NoGradGuard guard;
        for (const auto& entry : model->parameters().entries()) // so that biases matter
            if (entry.value.dim() == 1)
                entry.value.add_(0.05);
        const TrainingBatch some = TrainingBatches(m_data, {.maxLength = m_data->protocol().maxLength}).batch(0);
        const NeuralTrainedModel served(model);
        const std::int64_t width = served.linearHead()->width, count = some.inputs.view().sequences();
        std::vector<float> last(static_cast<std::size_t>(count * width));
        served.encodeLast(some.inputs.view(), last);
        const PackedBatch batch = makePackedBatch(some.inputs.view());
        ForwardContext context;
        const torch::Tensor all = model->encode(batch, context).index_select(0, batch.lastRows());
        const torch::Tensor own = torch::from_blob(last.data(), {count, width});
        EXPECT_LT((own - all).abs().max().item<double>(), 2e-5) << name << " " << changes.dump();
        EXPECT_GT((all[0] - all[1]).abs().max().item<double>(), 1e-6) << name;
    }

private:
    test::TemporaryFolder m_scratch;
    std::shared_ptr<const PreparedData> m_data = test::ratedTexts(m_scratch);
};

const Json small = {{"hidden", 12}, {"layers", 2}};

TEST_F(LastVectors, OfEveryModelInTheRegistry)
{
    for (const ModelDescriptor& model : modelRegistry()) {
        if (!model.build)
            continue;
        Json changes = small;
        if (model.name == "persrec") // what fits into windows of 12 events
            changes.update({{"segment", 5}, {"recent", 4}});
        expectThoseOfTheWholePass(model.name, changes);
        if (!fullSchema(model).validate(changes).value("bidirectional", false)) // asked at an event more
            expectServedAsTheWholePass(model.name, changes);
    }
}

TEST_F(LastVectors, OfEveryFormOfTheirLayers)
{
    const auto with = [](const Json& changes) {
        Json all = small;
        all.update(changes);
        return all;
    };
    const auto both = [&](const std::string& name, const Json& changes) {
        expectThoseOfTheWholePass(name, changes);
        expectServedAsTheWholePass(name, changes);
    };
    for (const char* norm : {"pre", "post", "query"})
        both("sasrec", with({{"norm", norm}, {"heads", 2}}));
    both("sasrec", with({{"gated", true}, {"activation", "swiglu"}}));
    both("sasrec", with({{"output_projection", false}, {"layers", 1}}));
    both("sasrec", with({{"dense_head", true}, {"activation", "relu"}, {"input_norm", true}}));
    both("sasrec_padded", with({{"pads", "positions"}}));
    expectThoseOfTheWholePass("hstu", with({{"variant", "production"}}));
    expectThoseOfTheWholePass("hstu", with({{"item_width", 6}}));
    expectThoseOfTheWholePass("argus", with({{"form", "interleaved"}}));
    expectThoseOfTheWholePass("hstu", with({{"ratings", 5}, {"rating_width", 3}}));
    both("persrec_padded", with({{"insert", "3:2,7:1"}}));
    for (const char* backbone : {"sasrec", "hstu", "hllm"})
        for (const int segment : {3, 8})
            expectThoseOfTheWholePass(
                "persrec", with({{"backbone", backbone}, {"segment", segment}, {"recent", 4}, {"tokens", 2}}));
}

} // namespace
} // namespace recoscope
