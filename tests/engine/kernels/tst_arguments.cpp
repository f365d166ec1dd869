// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

// The operation must throw Error{Usage} whose message names operation and argument.
void expectRefused(const std::function<void()>& call, const std::string& operation, const std::string& argument)
{
    try {
        call();
        ADD_FAILURE() << operation << " took a bad " << argument;
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        EXPECT_NE(error.message().find(operation + ": " + argument), std::string::npos) << error.message();
        EXPECT_FALSE(error.hint().empty());
    }
}

TEST(Arguments, BadScansAreRefusedByName)
{
    const std::vector<std::int64_t> good{0, 2}, falling{0, 3, 2}, late{1, 2};
    Floats data(8), lambda(4);
    const LruScanForward a{good, 2, lambda.data(), data.data(), nullptr, data.data()};
    const auto refuse = [&](const std::string& argument, auto change) {
        LruScanForward bad = a;
        change(bad);
        expectRefused([&] { lruScanForward(bad); }, "lruScanForward", argument);
    };
    lruScanForward(a);
    refuse("offsets", [&](LruScanForward& b) { b.offsets = falling; });
    refuse("offsets", [&](LruScanForward& b) { b.offsets = late; });
    refuse("channels", [&](LruScanForward& b) { b.channels = 0; });
    refuse("lambda", [&](LruScanForward& b) { b.lambda = nullptr; });
    refuse("input", [&](LruScanForward& b) { b.input = nullptr; });
    refuse("states", [&](LruScanForward& b) { b.states = nullptr; });
    LruScanBackward back{good, 2, lambda.data(), data.data(), data.data(), nullptr, lambda.data()};
    expectRefused([&] { lruScanBackward(back); }, "lruScanBackward", "gradInput");
}

TEST(Arguments, BadAttentionIsRefusedByName)
{
    const std::vector<std::int64_t> offsets{0, 2};
    Floats data(16);
    SoftmaxAttentionForward a;
    a.offsets = offsets;
    a.heads = 2;
    a.headDim = 4;
    a.rowStride = 8;
    a.query = a.key = a.value = data.data();
    a.output = a.logSumExp = data.data();
    const auto refuse = [&](const std::string& argument, auto change) {
        SoftmaxAttentionForward bad = a;
        change(bad);
        expectRefused([&] { softmaxAttentionForward(bad); }, "softmaxAttentionForward", argument);
    };
    refuse("rowStride", [](SoftmaxAttentionForward& b) { b.rowStride = 7; });
    refuse("heads", [](SoftmaxAttentionForward& b) { b.heads = 0; });
    refuse("headDim", [](SoftmaxAttentionForward& b) { b.headDim = -1; });
    refuse("dropout", [](SoftmaxAttentionForward& b) { b.dropout = 1.0f; });
    refuse("dropout", [](SoftmaxAttentionForward& b) { b.dropout = std::nanf(""); });
    refuse("key", [](SoftmaxAttentionForward& b) { b.key = nullptr; });
    refuse("logSumExp", [](SoftmaxAttentionForward& b) { b.logSumExp = nullptr; });
    SoftmaxAttentionBackward back;
    back.forward = a;
    back.gradStride = 1;
    expectRefused([&] { softmaxAttentionBackward(back); }, "softmaxAttentionBackward", "gradStride");
    expectRefused(
        [&] { softmaxAttentionProbabilities(a, 1, 0, data.data()); }, "softmaxAttentionProbabilities", "sequence");
    expectRefused(
        [&] { softmaxAttentionProbabilities(a, 0, 2, data.data()); }, "softmaxAttentionProbabilities", "head");
}

TEST(Arguments, BadHstuAttentionIsRefusedByName)
{
    const std::vector<std::int64_t> offsets{0, 2}, times{5, 6};
    Floats data(16);
    HstuAttentionForward a;
    a.offsets = offsets;
    a.queryDim = a.valueDim = a.rowStride = 2;
    a.query = a.key = a.value = a.positionBias = a.timeBias = data.data();
    a.positions = 2;
    a.timeBuckets = 10;
    a.queryTimes = a.keyTimes = times.data();
    a.output = data.data();
    const auto refuse = [&](const std::string& argument, auto change) {
        HstuAttentionForward bad = a;
        change(bad);
        expectRefused([&] { hstuAttentionForward(bad); }, "hstuAttentionForward", argument);
    };
    refuse("heads", [](HstuAttentionForward& b) { b.heads = 0; });
    refuse("queryDim", [](HstuAttentionForward& b) { b.queryDim = 0; });
    refuse("valueDim", [](HstuAttentionForward& b) { b.valueDim = -2; });
    refuse("rowStride", [](HstuAttentionForward& b) { b.rowStride = 1; });
    refuse("scale", [](HstuAttentionForward& b) { b.scale = std::nanf(""); });
    refuse("normaliser", [](HstuAttentionForward& b) { b.normaliser = -1.0f; });
    refuse("positions", [](HstuAttentionForward& b) { b.positions = 1; });
    refuse("timeBuckets", [](HstuAttentionForward& b) { b.timeBuckets = -1; });
    refuse("queryTimes", [](HstuAttentionForward& b) { b.queryTimes = nullptr; });
    refuse("keyTimes", [](HstuAttentionForward& b) { b.keyTimes = nullptr; });
    refuse("value", [](HstuAttentionForward& b) { b.value = nullptr; });
    refuse("output", [](HstuAttentionForward& b) { b.output = nullptr; });
    HstuAttentionBackward back;
    back.forward = a;
    back.gradStride = 2;
    back.gradPositionBias = data.data();
    expectRefused([&] { hstuAttentionBackward(back); }, "hstuAttentionBackward", "gradTimeBias");
    back.gradStride = 1;
    expectRefused([&] { hstuAttentionBackward(back); }, "hstuAttentionBackward", "gradStride");
    expectRefused([&] { hstuAttentionWeights(a, 1, 0, data.data()); }, "hstuAttentionWeights", "sequence");
}

TEST(Arguments, BadRowsAndElementsAreRefusedByName)
{
    Floats x(4);
    const std::vector<std::int32_t> indices{0, 4};
    expectRefused([&] { dropout(4, x.data(), -0.1f, 0, x.data()); }, "dropout", "probability");
    expectRefused([&] { dropout(4, nullptr, 0.1f, 0, x.data()); }, "dropout", "input");
    expectRefused([&] { dropout(-1, x.data(), 0.1f, 0, x.data()); }, "dropout", "count");
    expectRefused([&] { geluDropoutForward(4, x.data(), 0.0f, 0, nullptr); }, "geluDropoutForward", "output");
    expectRefused(
        [&] { geluDropoutBackward(4, x.data(), 0.0f, 0, nullptr, x.data()); }, "geluDropoutBackward", "gradOutput");
    expectRefused([&] { embeddingGather(2, 1, 4, x.data(), indices.data(), x.data()); }, "embeddingGather", "indices");
    expectRefused(
        [&] { embeddingScatterAdd(2, 1, 4, x.data(), indices.data(), x.data()); }, "embeddingScatterAdd", "indices");
    expectRefused([&] { layerNormForward({1, 0}); }, "layerNormForward", "width");
    expectRefused([&] { layerNormForward({1, 4}); }, "layerNormForward", "input");
    expectRefused([&] { layerNormBackward({1, 4}); }, "layerNormBackward", "gradWeight");
    expectRefused([&] { linearCrossEntropy({1, 1, 1}); }, "linearCrossEntropy", "hidden");
    expectRefused([&] { linearCrossEntropy({1, 0, 1}); }, "linearCrossEntropy", "items");
    expectRefused([&] { sumOfSquares(3, nullptr); }, "sumOfSquares", "values");
    AdamWStep step;
    step.step = 0;
    expectRefused([&] { adamWStep(step); }, "adamWStep", "step");
}

TEST(Arguments, BadCataloguesAreRefusedByName)
{
    Floats data(8), scores(2);
    std::vector<std::int32_t> ids(2), seen{1, 0};
    const std::vector<std::int64_t> offsets{0, 2}, tooMany{0, 3}, tooFew{0};
    const TopK a{1, 2, 4, 2, data.data(), data.data(), nullptr, {}, {}, ids.data(), scores.data()};
    const auto refuse = [&](const std::string& argument, auto change) {
        TopK bad = a;
        change(bad);
        expectRefused([&] { topK(bad); }, "topK", argument);
    };
    topK(a);
    refuse("width", [](TopK& b) { b.width = 0; });
    refuse("items", [](TopK& b) { b.items = std::int64_t(1) << 31; });
    refuse("k", [](TopK& b) { b.k = -1; });
    refuse("table", [](TopK& b) { b.table = nullptr; });
    refuse("ids", [](TopK& b) { b.ids = nullptr; });
    refuse("seenOffsets", [&](TopK& b) { b.seenOffsets = tooFew; });
    refuse("seenOffsets", [&](TopK& b) {
        b.seenOffsets = tooMany;
        b.seen = seen;
    });
    refuse("seen", [&](TopK& b) {
        b.seenOffsets = offsets;
        b.seen = seen;
    });
    seen = {0, 2};
    refuse("seen", [&](TopK& b) {
        b.seenOffsets = offsets;
        b.seen = seen;
    });
    const std::int32_t outside = 2;
    RankTargets r;
    r.top = a;
    r.targets = &outside;
    expectRefused([&] { rankTargets(r); }, "rankTargets", "targets");
    expectRefused([&] { scoreAll(2, 4, nullptr, data.data(), nullptr, scores.data()); }, "scoreAll", "query");
    expectRefused([&] { lruStep({}); }, "lruStep", "width");
}

TEST(Arguments, EmptyInputIsFine)
{
    const Settings settings;
    const std::vector<std::int64_t> none{0}, emptySequences{0, 0, 0};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats gradLambda{9, 9};
        for (const auto& offsets : {none, emptySequences, std::vector<std::int64_t>{}}) {
            lruScanForward({offsets, 1, nullptr, nullptr, nullptr, nullptr});
            lruScanBackward({offsets, 1, nullptr, nullptr, nullptr, nullptr, gradLambda.data()});
            SoftmaxAttentionForward a;
            a.offsets = offsets;
            a.headDim = a.rowStride = 1;
            softmaxAttentionForward(a);
            SoftmaxAttentionBackward b;
            b.forward = a;
            b.gradStride = 1;
            softmaxAttentionBackward(b);
            Floats gradPosition{9}, gradTime{9};
            HstuAttentionBackward h;
            h.forward.offsets = offsets;
            h.forward.queryDim = h.forward.valueDim = h.forward.rowStride = h.gradStride = h.forward.positions = 1;
            h.forward.positionBias = h.forward.timeBias = gradPosition.data();
            h.forward.timeBuckets = 0;
            h.gradPositionBias = gradPosition.data();
            h.gradTimeBias = gradTime.data();
            hstuAttentionForward(h.forward);
            hstuAttentionBackward(h);
            EXPECT_EQ(gradPosition[0] + gradTime[0], 0.0f);
        }
        EXPECT_EQ(gradLambda, (Floats{0, 0}));
        dropout(0, nullptr, 0.5f, 1, nullptr);
        geluDropoutForward(0, nullptr, 0.5f, 1, nullptr);
        embeddingGather(0, 4, 0, nullptr, nullptr, nullptr);
        embeddingScatterAdd(0, 4, 0, nullptr, nullptr, nullptr);
        EXPECT_EQ(sumOfSquares(0, nullptr), 0.0);
        adamWStep({});
        scoreAll(0, 4, nullptr, nullptr, nullptr, nullptr);
        // No items: every place of the list is empty.
        const Floats query{1.0f};
        std::int32_t id = 5;
        float score = 5.0f;
        topK({1, 0, 1, 1, query.data(), nullptr, nullptr, {}, {}, &id, &score});
        EXPECT_EQ(id, -1);
        LayerNormBackward norm;
        Floats gradWeight{9}, gradBias{9};
        norm.width = 1;
        norm.gradWeight = gradWeight.data();
        norm.gradBias = gradBias.data();
        layerNormBackward(norm);
        EXPECT_EQ(gradWeight[0] + gradBias[0], 0.0f);
    }
}

} // namespace
} // namespace recoscope::kernels
