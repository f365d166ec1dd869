// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The operations that models say a training step has, beside the matrix products that LibTorch is really asked for in
// one: every one of them, forward and backward, is seen where it is dispatched. In double precision attention and
// scores are plain products too. A product over a whole square of queries and keys, of which a causal mask keeps the
// lower half, counts as the pairs of that half.
#include <ATen/record_function.h>

#include <cmath>

#include <gtest/gtest.h>

#include "engine/core/npy.h"
#include "engine/nn/segments.h"
#include "engine/training/objective.h"
#include "engine/training/trainer.h"
#include "tests/engine/models/rated_texts.h"

namespace recoscope {
namespace {

struct Products {
    double plain = 0.0, attention = 0.0;
    double all() const { return plain + attention; }
};
thread_local Products dispatched;
thread_local bool causalSquares = true;

// Of [b, m, k] times [b, k, n].
void noteBatched(double b, double m, double k, double n)
{
    if (n == 1.0) { // a row's candidates
        dispatched.plain += 2.0 * b * m * k * n;
        return;
    }
    const double length = m == k || m == n ? m : k; // of the square among the three, forward or backward
    dispatched.attention += 2.0 * b * m * k * n * (causalSquares ? (length + 1.0) / (2.0 * length) : 1.0);
}

std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& call)
{
    const std::string name = call.name();
    const bool adds = name == "aten::addmm" || name == "aten::baddbmm";
    if (!adds && name != "aten::mm" && name != "aten::bmm")
        return nullptr;
    const auto inputs = call.inputs();
    const auto a = inputs[adds ? 1 : 0].toTensor().sizes(), b = inputs[adds ? 2 : 1].toTensor().sizes();
    if (a.size() == 3)
        noteBatched(double(a[0]), double(a[1]), double(a[2]), double(b[2]));
    else
        dispatched.plain += 2.0 * double(a[0]) * double(a[1]) * double(b[1]);
    return nullptr;
}

// What is dispatched on this thread while it lives.
class Watch {
public:
    Watch()
        : m_handle(at::addThreadLocalCallback(at::RecordFunctionCallback(&note).needsInputs(true)))
    {
        dispatched = {};
    }
    ~Watch() { at::removeCallback(m_handle); }
    Products take() { return std::exchange(dispatched, {}); }

private:
    at::CallbackHandle m_handle;
};

class CountedWork : public ::testing::Test {
protected:
    struct Step {
        FlopCount said;
        Products forward, backward;
    };

    static double part(const FlopCount& work, const std::string& name)
    {
        for (const WorkPart& p : work.parts)
            if (p.name == name)
                return p.forward;
        return 0.0;
    }

    void build(const std::string& name, const Json& changes)
    {
        m_parameters = fullSchema(findModel(name)).validate(changes);
        model = buildNeuralModel(name, test::setupOver(*data, name, m_parameters, torch::kFloat64));
    }

    // A step over all windows, and what is said of just this one.
    Step step(const std::string& name, const Json& changes)
    {
        build(name, changes);
        Objective objective(*model, *data, m_parameters, 42);
        const TrainingBatch batch = TrainingBatches(data, {.maxLength = data->protocol().maxLength}).batch(0);
        const Objective::Draw draw = objective.draw(*model, batch, 1);
        Step step;
        step.said = model->asksAtMask() ? saidOfMasks(draw) : objective.flops(*model, batch);
        if (model->computesItems()) {
            const bool whole = m_parameters.at("loss") == "cross_entropy" && !model->scoredItems({}).defined();
            std::vector<double> reads(static_cast<std::size_t>(data->items()) + 1, whole ? 1.0 : 0.0);
            for (const std::int32_t item : draw.items(data->items() + 1, model->scoredItems({}).defined()))
                reads[static_cast<std::size_t>(item)] = 1.0;
            step.said += model->itemFlops(reads);
        }
        causalSquares = !model->asksAtMask();
        Watch watch;
        const torch::Tensor loss = objective.loss(*model, draw);
        step.forward = watch.take();
        loss.backward();
        step.backward = watch.take();
        return step;
    }

    FlopCount saidOfMasks(const Objective::Draw& draw) const
    {
        return model->flops(sequenceLengths(draw.inputs.offsetSpan()),
            {static_cast<double>(draw.asked.size()), static_cast<double>(data->items()) + 1.0});
    }

    // Recurrences are no products of matrices; `elementwise` are scores that are written as sums of products.
    void expectAll(const std::string& name, const Json& changes, double elementwise = 0.0)
    {
        const Step s = step(name, changes);
        const std::string what = name + " " + changes.dump();
        double scans = elementwise, scansBack = 2.0 * elementwise;
        for (const WorkPart& p : s.said.parts)
            if (p.name == "filter" || (p.name == "recurrence" && name == "lrurec")) {
                scans += p.forward;
                scansBack += p.backward;
            }
        EXPECT_LT(std::abs(s.said.forward() - scans - s.forward.all()), 0.5) << what;
        EXPECT_LT(std::abs(s.said.backward() - scansBack - s.backward.all()), 0.5) << what;
        EXPECT_GT(s.forward.all(), 0.0);
    }

    double targets() const
    {
        return static_cast<double>(TrainingBatches(data, {.maxLength = data->protocol().maxLength}).targetsPerEpoch());
    }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::ratedTexts(scratch);
    std::shared_ptr<NeuralModel> model;
    Json m_parameters;
};

// Widths that no length and no number of items is, so that nothing agrees by chance.
const Json twoLayers = {{"hidden", 20}, {"layers", 2}, {"heads", 2}};

Json merged(Json changes, const Json& base = twoLayers)
{
    Json all = base;
    all.update(changes);
    return all;
}

TEST_F(CountedWork, OfSasRecAndItsRelatives)
{
    expectAll("sasrec", merged({{"inner", 28}}));
    expectAll("sasrec", merged({{"loss", "bce"}, {"negatives", 3}}));
    expectAll("sasrec", merged({{"gated", true}, {"activation", "swiglu"}, {"loss", "sampled_softmax"}}));
    expectAll("gsasrec", merged({{"negatives", 5}}));
    expectAll("bert4rec", twoLayers);
    expectAll("bsarec", twoLayers);
    expectAll("sasrec_padded", merged({{"pads", "attended"}}));
    expectAll("sasrec_padded", merged({{"pads", "positions"}}));
}

TEST_F(CountedWork, OfHstu)
{
    expectAll("hstu", merged({{"query_dim", 7}, {"value_dim", 11}}));
    expectAll("hstu", merged({{"variant", "production"}}));
    expectAll("hstu", merged({{"item_width", 6}}));
    expectAll("hstu", merged({{"loss", "sampled_softmax"}, {"negatives", 17}}));
    expectAll("hstu", merged({{"ratings", 5}, {"rating_width", 3}}));
    expectAll("persrec_padded", twoLayers);
}

TEST_F(CountedWork, OfRecurrentModels)
{
    expectAll("lrurec", {{"hidden", 20}, {"layers", 2}});
    // The gradient does not go on from a sequence's first state, which is zero: forward alone.
    const Step gru = step("gru4rec", {{"embedding", 20}, {"hidden", 23}, {"layers", 2}});
    EXPECT_DOUBLE_EQ(gru.said.forward(), gru.forward.all());
}

// A head of its own reads items for the input alone.
TEST_F(CountedWork, OfModelsThatReadTexts)
{
    const Json texts = {{"pieces", 40}, {"title_pieces", 6}, {"brand_pieces", 2}};
    expectAll("srt", merged({{"piece_width", 9}, {"negatives", 4}}, merged(texts)));
    expectAll("srt", merged({{"loss", "cross_entropy"}}, merged(texts)));
    const Json items = merged({{"item_layers", 2}, {"item_inner", 27}}, merged(texts));
    for (const char* loss : {"cross_entropy", "sampled_softmax"}) {
        expectAll(
            "hllm", merged({{"loss", loss}, {"negatives", 4}, {"time_embedding", true}, {"time_width", 3}}, items));
        for (const char* head : {"tied", "residual", "free"})
            expectAll("lite_llm4rec",
                merged({{"loss", loss}, {"negatives", 4}, {"head", head}, {"item_width", 12}, {"item_heads", 3},
                           {"pooling", "mean"}},
                    items));
    }
    expectAll("hllm", merged({{"loss", "cross_entropy"}, {"key_heads", 1}}, items));
    // No row is looked at but the negatives' where cosines do not matter.
    expectAll("hllm", merged({{"negatives", 4}, {"near_positive", 1.0}}, items));
}

// A projection of vectors that are not trained hands no gradient on.
TEST_F(CountedWork, OfGivenVectors)
{
    const std::vector<float> vectors(static_cast<std::size_t>(data->dataset()->info().items) * 5, 0.25f);
    writeNpy(scratch / "given.npy", std::span<const float>(vectors), {data->dataset()->info().items, 5});
    const std::string file = (scratch / "given.npy").string();
    for (const char* name : {"hllm", "lite_llm4rec"}) {
        expectAll(name, merged({{"item_vectors", file}, {"loss", "cross_entropy"}}));
        EXPECT_DOUBLE_EQ(
            part(step(name, merged({{"item_vectors", file}, {"loss", "cross_entropy"}})).said, "item adapter"),
            2.0 * (data->items() + 1.0) * 5.0 * 20.0);
    }
}

TEST_F(CountedWork, OfTigersTokens)
{
    expectAll("tiger", merged({{"names", "semantic"}, {"levels", 3}, {"codes", 4}}));
    expectAll("tiger", merged({{"names", "title"}}));
}

// The positive's score is a sum of products, not a product of matrices: 2 W a target.
TEST_F(CountedWork, OfArgus)
{
    const Json argus = merged({{"negatives_in_batch", 6}, {"negatives_uniform", 9}});
    for (const char* form : {"merged", "interleaved"}) {
        const auto changed = [&](Json changes) {
            changes["form"] = form;
            return merged(changes, argus);
        };
        expectAll("argus", changed({}), 2.0 * 20 * targets());
        expectAll("argus", changed({{"context", "none"}}), 2.0 * 20 * targets());
        expectAll("argus", changed({{"item_width", 14}, {"table_rows", 8}}), 2.0 * 14 * targets());
        expectAll("argus", changed({{"tasks", "next_item"}}), 2.0 * 20 * targets());
        expectAll("argus", changed({{"pair_weight", 1.0}}), 2.0 * 20 * targets());
        expectAll("argus", changed({{"pair_weight", 1.0}, {"next_weight", 0.0}, {"feedback_weight", 0.0}}));
    }
}

// Outputs of tokens are rows as any. Where keys and values are kept, the pieces that attention is computed in hold rows
// of earlier ones whose queries nobody asks for: there the pairs are those of the mask's definition.
TEST_F(CountedWork, OfCompressedHistories)
{
    const Json tokens = merged({{"tokens", 2}, {"segment", 3}, {"recent", 4}, {"temperature", 1.0}});
    for (const char* backbone : {"sasrec", "hstu", "hllm"}) {
        for (const char* memory : {"outputs", "recursive"})
            expectAll("persrec", merged({{"backbone", backbone}, {"memory", memory}}, tokens));
        for (const bool read : {true, false}) {
            const Step s = step("persrec", merged({{"backbone", backbone}, {"tokens_read", read}}, tokens));
            const TrainingBatch batch = TrainingBatches(data, {.maxLength = 12}).batch(0);
            const nn::SegmentGeometry geometry{2, 3, 4, read};
            const auto counts = nn::segmentCounts(batch.inputs.offsets, geometry);
            const nn::SegmentedRows rows = nn::segmentRows(batch.inputs.offsets, geometry, counts);
            double seen = 0.0;
            for (std::size_t b = 0; b + 1 < rows.offsets.size(); ++b)
                for (std::int64_t query = rows.offsets[b]; query < rows.offsets[b + 1]; ++query)
                    for (std::int64_t key = rows.offsets[b]; key < rows.offsets[b + 1]; ++key)
                        seen += rows.sees(query, key) ? 1.0 : 0.0;
            const double pair = 2 * 4.0 * 20; // in both layers
            EXPECT_DOUBLE_EQ(part(s.said, "attention"), seen * pair) << backbone << read;
            double computed = 0.0; // pairs of all pieces, earlier rows and all
            for (const std::int64_t length : sequenceLengths(rows.pieceOffsets))
                computed += static_cast<double>(length * (length + 1) / 2);
            EXPECT_GT(computed, seen);
            EXPECT_LT(std::abs(s.said.forward() + (computed - seen) * pair - s.forward.all()), 0.5) << backbone << read;
            EXPECT_LT(std::abs(s.said.backward() + 2.0 * (computed - seen) * pair - s.backward.all()), 0.5);
        }
    }
}

} // namespace
} // namespace recoscope
