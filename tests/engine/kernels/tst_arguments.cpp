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
    const std::vector<std::int64_t> tooMany{0, 0}, negative{-1}, pastTheEnd{3};
    Floats output(16), logSumExp(4);
    for (const auto* first : {&tooMany, &negative, &pastTheEnd})
        refuse("firstQueries", [&](SoftmaxAttentionForward& b) {
            b.firstQueries = *first;
            b.output = output.data();
            b.logSumExp = logSumExp.data();
        });
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
    refuse("firstQueries", [&](HstuAttentionForward& b) { b.firstQueries = times; });
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
    Floats x(4), y(4);
    const std::vector<std::int32_t> indices{0, 4};
    expectRefused([&] { dropout(4, x.data(), -0.1f, 0, x.data()); }, "dropout", "probability");
    expectRefused([&] { dropout(4, nullptr, 0.1f, 0, x.data()); }, "dropout", "input");
    expectRefused([&] { dropout(-1, x.data(), 0.1f, 0, x.data()); }, "dropout", "count");
    expectRefused([&] { geluDropoutForward(4, x.data(), 0.0f, 0, nullptr); }, "geluDropoutForward", "output");
    expectRefused(
        [&] { geluDropoutBackward(4, x.data(), 0.0f, 0, nullptr, x.data()); }, "geluDropoutBackward", "gradOutput");
    expectRefused([&] { embeddingGather(2, 1, 4, x.data(), indices.data(), y.data()); }, "embeddingGather", "indices");
    expectRefused(
        [&] { embeddingScatterAdd(2, 1, 4, x.data(), indices.data(), y.data()); }, "embeddingScatterAdd", "indices");
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

TEST(Arguments, BadPackedLayersAreRefusedByName)
{
    Floats x(4), y(4), packed(packedLinearFloats(1, 1));
    expectRefused([&] { packLinear(2, 0, x.data(), nullptr, y.data()); }, "packLinear", "inner");
    expectRefused([&] { packLinear(1, 1, x.data(), nullptr, nullptr); }, "packLinear", "packed");
    expectRefused([&] { packLinear(1, 1, packed.data() + 3, nullptr, packed.data()); }, "packLinear", "packed");
    expectRefused([&] { packedLinear({1, 4, 0}); }, "packedLinear", "outputs");
    expectRefused([&] { packedLinear({1, 4, 2, x.data(), nullptr, y.data()}); }, "packedLinear", "packed");
    expectRefused(
        [&] {
            packedLinear({1, 1, 1, x.data(), packed.data(), packed.data() + 127});
        },
        "packedLinear", "output overlaps packed");
    expectRefused(
        [&] {
            packedLinear({1, 1, 2, x.data(), packed.data(), y.data(), 1});
        },
        "packedLinear", "outputStride");
    packedLinear({0, 1, 1});
    expectRefused([&] { sigmoidGate(1, x.data(), nullptr, y.data()); }, "sigmoidGate", "input");
    expectRefused([&] { sigmoidGate(2, x.data(), x.data() + 1, x.data()); }, "sigmoidGate", "output");
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
    std::int64_t count = 0;
    r.greater = r.equal = r.equalBefore = &count;
    r.targetScore = scores.data();
    expectRefused([&] { rankTargets(r); }, "rankTargets", "targets");
    expectRefused([&] { scoreAll(2, 4, nullptr, data.data(), nullptr, scores.data()); }, "scoreAll", "query");
    expectRefused([&] { lruStep({}); }, "lruStep", "width");
}

TEST(Arguments, BadBatchesOfStepsAreRefusedByName)
{
    const std::vector<std::int64_t> offsets{0, 1, 2}, falling{0, 2, 1};
    Floats x(8), state(8), weights(packedLinearFloats(4, 4));
    LruSteps a;
    a.offsets = offsets;
    const float* w = weights.data();
    a.block = {4, 2, 4, 1e-5f, w, w, w, w, w, w, w, w, w, state.data(), x.data()};
    const auto refuse = [&](const std::string& argument, auto change) {
        LruSteps bad = a;
        change(bad);
        expectRefused([&] { lruSteps(bad); }, "lruSteps", argument);
    };
    lruSteps(a);
    refuse("offsets", [&](LruSteps& b) { b.offsets = falling; });
    refuse("width", [](LruSteps& b) { b.block.width = 0; });
    refuse("channels", [](LruSteps& b) { b.block.channels = -1; });
    refuse("inner", [](LruSteps& b) { b.block.inner = 0; });
    refuse("w1", [](LruSteps& b) { b.block.w1 = nullptr; });
    refuse("state", [](LruSteps& b) { b.block.state = nullptr; });
    refuse("x", [](LruSteps& b) { b.block.x = nullptr; });
    refuse("x overlaps state", [&](LruSteps& b) { b.block.x = state.data() + 7; });
    refuse("state overlaps lambda", [&](LruSteps& b) { b.block.state = weights.data(); });
}

TEST(Arguments, BadCachedAttentionIsRefusedByName)
{
    Floats query(8), keys(12), values(12), output(8);
    const CachedAttention a{2, 3, 4, 1.0f, query.data(), 4, keys.data(), values.data(), output.data(), 4};
    cachedAttention(a);
    const auto refuse = [&](const std::string& argument, auto change) {
        CachedAttention bad = a;
        change(bad);
        expectRefused([&] { cachedAttention(bad); }, "cachedAttention", argument);
    };
    refuse("rows", [](CachedAttention& b) { b.rows = 4; });
    refuse("headDim", [](CachedAttention& b) { b.headDim = 0; });
    refuse("queryStride", [](CachedAttention& b) { b.queryStride = 3; });
    refuse("outputStride", [](CachedAttention& b) { b.outputStride = 0; });
    refuse("values", [](CachedAttention& b) { b.values = nullptr; });
    refuse("output overlaps keys", [&](CachedAttention& b) { b.output = keys.data() + 5; });
    CachedAttention none = a;
    none.rows = 0;
    none.output = nullptr;
    cachedAttention(none);
}

TEST(Arguments, BadPagedAttentionIsRefusedByName)
{
    Floats query(8), keys(12), values(12), output(8);
    const std::vector<std::int64_t> offsets{0, 1, 3}, few{0, 1}, over{0, 1, 4}, empty{0, 1, 1};
    const std::vector<KeptPage> pages{{0, 2}, {1, 1}, {2, 1}}, outside{{0, 2}, {1, 1}, {2, 2}},
        none{{0, 2}, {1, 0}, {2, 0}}, negative{{0, 2}, {-1, 1}, {2, 1}},
        huge{{0, 2}, {1, 1}, {2, std::numeric_limits<std::int64_t>::max()}};
    const PagedAttention a{
        2, 3, 4, 1.0f, offsets, pages, query.data(), 4, keys.data(), values.data(), output.data(), 4};
    pagedAttention(a);
    const auto refuse = [&](const std::string& argument, auto change) {
        PagedAttention bad = a;
        change(bad);
        expectRefused([&] { pagedAttention(bad); }, "pagedAttention", argument);
    };
    refuse("rows", [](PagedAttention& b) { b.rows = -1, b.offsets = {}, b.pages = {}; });
    refuse("offsets", [&](PagedAttention& b) { b.offsets = few; });
    refuse("offsets", [&](PagedAttention& b) { b.offsets = over; });
    refuse("pages", [&](PagedAttention& b) { b.offsets = empty, b.pages = b.pages.first(1); });
    for (const auto* bad : {&outside, &none, &negative, &huge})
        refuse("pages", [&](PagedAttention& b) { b.pages = *bad; });
    refuse("headDim", [](PagedAttention& b) { b.headDim = 0; });
    refuse("keys", [](PagedAttention& b) { b.keys = nullptr; });
    refuse("output overlaps values", [&](PagedAttention& b) { b.output = values.data() + 5; });
    expectRefused([] { logSoftmax(1, 0, nullptr); }, "logSoftmax", "width");
    expectRefused([] { logSoftmax(1, 4, nullptr); }, "logSoftmax", "values");
}

TEST(Arguments, BadSampledLossesAreRefusedByName)
{
    Floats hidden(8), table(12), gradHidden(8), gradTable(12), gradLoss(2);
    const std::vector<std::int32_t> targets{0, 2}, sample{0, 1, 2, 1}, outside{0, 3, 1, 1};
    std::vector<double> loss(2);
    SampledLoss a;
    a.rows = a.negatives = 2;
    a.items = 3;
    a.width = 4;
    a.hidden = hidden.data();
    a.table = table.data();
    a.targets = targets.data();
    a.sample = sample.data();
    a.loss = loss.data();
    a.gradLoss = gradLoss.data();
    a.gradHidden = gradHidden.data();
    a.gradTable = gradTable.data();
    const auto refuse = [&](const std::string& argument, auto change) {
        SampledLoss bad = a;
        change(bad);
        expectRefused([&] { sampledLoss(bad); }, "sampledLoss", argument);
    };
    sampledLoss(a);
    refuse("rows", [](SampledLoss& b) { b.rows = -1; });
    refuse("items", [](SampledLoss& b) { b.items = std::int64_t(1) << 31; });
    refuse("width", [](SampledLoss& b) { b.width = 0; });
    refuse("negatives", [](SampledLoss& b) { b.negatives = 0; });
    refuse("inverseTemperature", [](SampledLoss& b) { b.inverseTemperature = 0.0f; });
    refuse("logCount", [](SampledLoss& b) { b.logCount = std::nanf(""); });
    refuse("sample", [&](SampledLoss& b) { b.sample = outside.data(); });
    refuse("targets", [&](SampledLoss& b) { b.targets = outside.data(); });
    refuse("gradTable", [](SampledLoss& b) { b.gradTable = nullptr; });
    refuse("gradHidden", [](SampledLoss& b) { b.gradHidden = nullptr; });
    refuse("gradHidden", [&](SampledLoss& b) { b.gradHidden = hidden.data(); });
    refuse("gradTable", [&](SampledLoss& b) { b.gradTable = table.data(); });
    refuse("loss", [](SampledLoss& b) { b.loss = nullptr, b.gradLoss = nullptr; });
}

TEST(Arguments, BadSparseStepsAreRefusedByName)
{
    Floats p(8), g(8), m(8), v(8);
    std::vector<std::int64_t> rowSteps{3, 2};
    const std::vector<std::int32_t> rows{0, 1}, falling{1, 0}, twice{1, 1}, outside{0, 2};
    const std::vector<AdamWFactors> factors(2);
    const SparseAdamW a{2, 4, p.data(), g.data(), m.data(), v.data(), rowSteps.data(), rows, 4, factors};
    const auto refuse = [&](const std::string& argument, auto change) {
        SparseAdamW bad = a;
        change(bad);
        expectRefused([&] { sparseAdamW(bad); }, "sparseAdamW", argument);
    };
    refuse("width", [](SparseAdamW& b) { b.width = 0; });
    refuse("beta2", [](SparseAdamW& b) { b.beta2 = 1.0; });
    refuse("rows", [&](SparseAdamW& b) { b.rows = falling; });
    refuse("rows", [&](SparseAdamW& b) { b.rows = twice; });
    refuse("rows", [&](SparseAdamW& b) { b.rows = outside; });
    refuse("parameter", [](SparseAdamW& b) { b.parameter = nullptr; });
    refuse("rowSteps", [](SparseAdamW& b) { b.rowSteps = nullptr; });
    refuse("rowSteps", [](SparseAdamW& b) { b.steps = 3; }); // row 0 has made the step of the gradient
    refuse("rowSteps", [](SparseAdamW& b) { b.factors = b.factors.first(1); }); // row 1 has missed two
    sparseAdamW(a);
    EXPECT_EQ(rowSteps, (std::vector<std::int64_t>{4, 4}));
}

// An output that lies in an input, or in another output, would be read after it is written.
TEST(Arguments, OverlappingOutputsAreRefusedByName)
{
    Floats x(64), y(64);
    const std::vector<std::int64_t> offsets{0, 4};
    const std::vector<std::int32_t> indices{0, 1};
    std::vector<std::int32_t> ids(4);
    std::vector<double> loss(4);
    expectRefused(
        [&] {
            lruScanForward({offsets, 2, y.data(), x.data(), nullptr, x.data() + 1});
        },
        "lruScanForward", "states overlaps input");
    expectRefused(
        [&] {
            lruScanBackward({offsets, 2, y.data(), x.data(), y.data() + 8, x.data() + 15, y.data() + 40});
        },
        "lruScanBackward", "gradInput overlaps states");
    SoftmaxAttentionForward a;
    a.offsets = offsets;
    a.headDim = 2;
    a.rowStride = 6;
    a.query = x.data();
    a.key = x.data() + 2;
    a.value = x.data() + 4;
    a.output = x.data() + 23;
    a.logSumExp = y.data();
    expectRefused([&] { softmaxAttentionForward(a); }, "softmaxAttentionForward", "output overlaps value");
    a.output = y.data() + 3;
    expectRefused([&] { softmaxAttentionForward(a); }, "softmaxAttentionForward", "output overlaps logSumExp");
    a.output = y.data() + 4;
    softmaxAttentionForward(a);
    SoftmaxAttentionBackward back{a, y.data() + 16, x.data() + 20, x.data() + 30, x.data() + 40, 2};
    expectRefused([&] { softmaxAttentionBackward(back); }, "softmaxAttentionBackward", "gradQuery overlaps");
    HstuAttentionForward h;
    h.offsets = offsets;
    h.queryDim = h.valueDim = h.rowStride = 2;
    h.query = x.data();
    h.key = x.data() + 8;
    h.value = x.data() + 16;
    h.output = x.data() + 15;
    expectRefused([&] { hstuAttentionForward(h); }, "hstuAttentionForward", "output overlaps key");
    expectRefused(
        [&] {
            layerNormForward({2, 4, 1e-5f, x.data(), nullptr, y.data(), y.data(), 0, 0, x.data() + 1});
        },
        "layerNormForward", "output overlaps input");
    expectRefused(
        [&] { geluDropoutForward(8, x.data(), 0, 0, x.data() + 7); }, "geluDropoutForward", "output overlaps");
    expectRefused([&] { dropout(8, x.data() + 7, 0.5f, 0, x.data()); }, "dropout", "output overlaps");
    dropout(8, x.data(), 0.5f, 0, x.data());
    expectRefused([&] { embeddingGather(2, 4, 2, x.data(), indices.data(), x.data() + 7); }, "embeddingGather",
        "output overlaps table");
    expectRefused([&] { embeddingScatterAdd(2, 4, 2, x.data(), indices.data(), x.data() + 7); }, "embeddingScatterAdd",
        "grad overlaps gradOutput");
    expectRefused(
        [&] {
            linearCrossEntropy(
                {2, 2, 4, x.data(), y.data(), nullptr, indices.data(), 1.0f, loss.data(), y.data() + 7, x.data() + 20});
        },
        "linearCrossEntropy", "gradHidden overlaps table");
    AdamWStep step;
    step.count = 8;
    step.parameter = x.data();
    step.gradient = y.data();
    step.firstMoment = y.data() + 20;
    step.secondMoment = x.data() + 7;
    expectRefused([&] { adamWStep(step); }, "adamWStep", "parameter overlaps secondMoment");
    expectRefused(
        [&] {
            topK({2, 2, 4, 1, x.data(), y.data(), nullptr, {}, {}, ids.data(), y.data() + 7});
        },
        "topK", "scores overlaps table");
    expectRefused(
        [&] { scoreAll(2, 4, x.data(), y.data(), nullptr, x.data() + 3); }, "scoreAll", "scores overlaps query");
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
        SparseAdamW none;
        none.width = 4;
        sparseAdamW(none);
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
