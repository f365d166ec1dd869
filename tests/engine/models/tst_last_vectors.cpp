// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The vectors that requests are answered with, for which the last layer leaves rows out, are those of the whole pass.
#include <gtest/gtest.h>

#include "engine/nn/neural_model.h"
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
    }
}

TEST_F(LastVectors, OfEveryFormOfTheirLayers)
{
    const auto with = [](Json changes) {
        changes.update(small);
        return changes;
    };
    for (const char* norm : {"pre", "post", "query"})
        expectThoseOfTheWholePass("sasrec", with({{"norm", norm}, {"heads", 2}}));
    expectThoseOfTheWholePass("sasrec", with({{"gated", true}, {"activation", "swiglu"}}));
    expectThoseOfTheWholePass("sasrec", with({{"output_projection", false}}));
    expectThoseOfTheWholePass("sasrec_padded", with({{"pads", "positions"}}));
    expectThoseOfTheWholePass("hstu", with({{"variant", "production"}}));
    expectThoseOfTheWholePass("hstu", with({{"item_width", 6}}));
    expectThoseOfTheWholePass("argus", with({{"form", "interleaved"}}));
    for (const char* backbone : {"sasrec", "hstu"})
        for (const int segment : {3, 8})
            expectThoseOfTheWholePass(
                "persrec", with({{"backbone", backbone}, {"segment", segment}, {"recent", 4}, {"tokens", 2}}));
}

} // namespace
} // namespace recoscope
