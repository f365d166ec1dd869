// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// History compression: the mask worked by hand, the attention by pieces against a dense masked one in double
// precision, what may depend on what, and the cached path against the one pass.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "engine/nn/functional.h"
#include "engine/nn/hstu_attention.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/nn/segments.h"
#include "tests/engine/models/built_model.h"
#include "tests/engine/models/text_data.h"

namespace recoscope {
namespace {

using nn::SegmentedRows;
using nn::SegmentGeometry;
using torch::Tensor;

constexpr std::int64_t catalogue = 37; // as keptTitles() has it

SegmentedRows rowsOf(std::vector<std::int64_t> offsets, const SegmentGeometry& geometry)
{
    return nn::segmentRows(offsets, geometry, nn::segmentCounts(offsets, geometry));
}

// What query sees of each key of the first sequence, a line a query.
std::vector<std::string> picture(const SegmentedRows& rows)
{
    std::vector<std::string> lines;
    for (std::int64_t query = 0; query < rows.offsets[1]; ++query) {
        lines.emplace_back();
        for (std::int64_t key = 0; key < rows.offsets[1]; ++key)
            lines.back() += rows.sees(query, key) ? 'x' : '.';
    }
    return lines;
}

TEST(Segments, MaskOfTwoSegmentsByHand)
{
    // a b | S T | c d | S T | e f g
    const SegmentedRows rows = rowsOf({0, 7}, {.tokens = 2, .segment = 2, .recent = 2});
    const std::vector<std::string> expected{
        "x..........", // a
        "xx.........", // b
        "xxx........", // the first tokens see their segment
        "xxxx.......",
        "..xxx......", // c sees them instead of a and b
        "..xxxx.....",
        "..xxxxx....", // the second tokens see the first ones and c, d
        "..xxxxxx...",
        "..xx..xxx..", // recent events: all tokens, and each other
        "..xx..xxxx.",
        "..xx..xxxxx",
    };
    EXPECT_EQ(picture(rows), expected);
    EXPECT_EQ(rows.event, (std::vector<std::int32_t>{0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 6}));
    EXPECT_EQ(rows.token, (std::vector<std::int32_t>{-1, -1, 0, 1, -1, -1, 0, 1, -1, -1, -1}));
}

TEST(Segments, FirstRecentEventIsPredictedFromTheLastToken)
{
    const SegmentedRows rows = rowsOf({0, 7}, {.tokens = 2, .segment = 2, .recent = 2});
    EXPECT_EQ(rows.answer, (std::vector<std::int32_t>{0, 3, 4, 7, 8, 9, 10}));
    for (std::size_t event = 0; event < rows.answer.size(); ++event)
        EXPECT_EQ(rows.event[rows.answer[event]], static_cast<std::int32_t>(event));
}

TEST(Segments, ShortHistoriesHaveNoTokens)
{
    const SegmentGeometry geometry{.tokens = 2, .segment = 3, .recent = 2};
    EXPECT_EQ(nn::segmentCounts(std::vector<std::int64_t>{0, 0, 1, 5, 10, 18}, geometry),
        (std::vector<std::int64_t>{0, 0, 0, 1, 2}));
    const SegmentedRows rows = rowsOf({0, 0, 1, 5, 10}, geometry);
    EXPECT_EQ(rows.offsets, (std::vector<std::int64_t>{0, 0, 1, 5, 12})) << "only the last user has a segment";
}

TEST(Segments, NoTokensMeansTheSegmentsAreForgotten)
{
    const SegmentedRows rows = rowsOf({0, 4}, {.tokens = 0, .segment = 2, .recent = 2});
    EXPECT_EQ(picture(rows), (std::vector<std::string>{"x...", "xx..", "..x.", "..xx"}));
}

TEST(Segments, TokensThatDoNotReadSeeTokensOnly)
{
    const SegmentedRows rows = rowsOf({0, 6}, {.tokens = 1, .segment = 2, .recent = 2, .tokensRead = false});
    EXPECT_EQ(picture(rows),
        (std::vector<std::string>{
            "x.......", "xx......", "..x.....", "..xx....", "..xxx...", "..x..x..", "..x..xx.", "..x..xxx"}));
    EXPECT_EQ(rows.answer, (std::vector<std::int32_t>{0, 1, 3, 4, 6, 7})) << "they predict nothing";
}

TEST(Segments, PiecesHoldExactlyWhatTheMaskAllows)
{
    const SegmentedRows rows = rowsOf({0, 23, 23, 30, 61}, {.tokens = 3, .segment = 5, .recent = 4});
    std::vector<int> found(rows.rows() * rows.rows(), 0);
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
        ASSERT_EQ(rows.sources[rows.places[row]], row);
        const auto piece = std::upper_bound(rows.pieceOffsets.begin(), rows.pieceOffsets.end(), rows.places[row]) - 1;
        for (std::int64_t place = *piece; place <= rows.places[row]; ++place)
            ++found[row * rows.rows() + rows.sources[place]];
    }
    for (std::size_t b = 0; b + 1 < rows.offsets.size(); ++b)
        for (std::int64_t query = rows.offsets[b]; query < rows.offsets[b + 1]; ++query)
            for (std::int64_t key = 0; key < rows.rows(); ++key) {
                const bool own = key >= rows.offsets[b] && key < rows.offsets[b + 1];
                ASSERT_EQ(found[query * rows.rows() + key], own && rows.sees(query, key)) << query << " " << key;
            }
}

TEST(Segments, RefusesWhatCannotCompress)
{
    EXPECT_THROW((SegmentGeometry{.tokens = 5, .segment = 4, .recent = 9}.check(100)), Error);
    EXPECT_THROW((SegmentGeometry{.tokens = 5, .segment = 9, .recent = 4}.check(100)), Error);
    EXPECT_THROW((SegmentGeometry{.tokens = 1, .segment = 60, .recent = 41}.check(100)), Error);
    EXPECT_NO_THROW((SegmentGeometry{.tokens = 1, .segment = 60, .recent = 40}.check(100)));
}

// Softmax or pointwise attention of rows [N, 4 heads-wide parts] with the whole mask, in double precision.
Tensor denseMasked(const Tensor& query, const Tensor& key, const Tensor& value, const SegmentedRows& rows, bool softmax)
{
    const std::int64_t n = rows.rows();
    Tensor mask = torch::zeros({n, n}, torch::kFloat64);
    for (std::size_t b = 0; b + 1 < rows.offsets.size(); ++b)
        for (std::int64_t q = rows.offsets[b]; q < rows.offsets[b + 1]; ++q)
            for (std::int64_t k = rows.offsets[b]; k < rows.offsets[b + 1]; ++k)
                mask[q][k] = rows.sees(q, k) ? 1.0 : 0.0;
    const Tensor scores = torch::mm(query, key.t());
    if (!softmax)
        return torch::mm(torch::silu(scores) * mask / mask.sum(1, true), value);
    const Tensor shares = torch::exp(scores / std::sqrt(static_cast<double>(query.size(1)))) * mask;
    return torch::mm(shares / shares.sum(1, true), value);
}

AttentionView viewOf(const SegmentedRows& rows)
{
    AttentionView view;
    view.sources = torch::tensor(rows.sources, torch::kInt32);
    view.offsets = torch::tensor(rows.pieceOffsets, torch::kInt64);
    view.places = torch::tensor(rows.places, torch::kInt32);
    return view;
}

class SegmentAttention : public ::testing::TestWithParam<bool> { };

TEST_P(SegmentAttention, ByPiecesEqualsTheDenseMaskWithItsGradients)
{
    const bool softmax = GetParam();
    const SegmentedRows rows = rowsOf({0, 23, 27, 58}, {.tokens = 3, .segment = 5, .recent = 4});
    const AttentionView view = viewOf(rows);
    torch::manual_seed(3);
    const std::int64_t d = 8, parts = softmax ? 3 : 4;
    Tensor given = torch::randn({rows.rows(), parts * d}, torch::kFloat64).set_requires_grad(true);
    Tensor narrow = given.detach().to(torch::kFloat32).set_requires_grad(true);
    const Tensor direction = torch::randn({rows.rows(), d}, torch::kFloat64);

    const auto part = [&](std::int64_t i) { return given.slice(1, i * d, (i + 1) * d); };
    const Tensor dense = softmax ? denseMasked(part(0), part(1), part(2), rows, true)
                                 : denseMasked(part(2), part(3), part(1), rows, false); // [U V Q K]
    (dense * direction).sum().backward();

    nn::HstuAttention hstu;
    hstu.queryDim = hstu.valueDim = d;
    hstu.offsets = view.offsets;
    const Tensor arranged = view.arrange(0, narrow);
    const Tensor mixed = view.restore(softmax ? nn::softmaxAttention(arranged, view.offsets, 1, {}) : hstu(arranged));
    (mixed * direction.to(torch::kFloat32)).sum().backward();
    EXPECT_LE((mixed.to(torch::kFloat64) - dense).abs().max().item<double>(), 1e-5);
    EXPECT_LE((narrow.grad().to(torch::kFloat64) - given.grad()).abs().max().item<double>(), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, SegmentAttention, ::testing::Bool(), [](const auto& info) { return info.param ? "softmax" : "pointwise"; });

struct Wrapped {
    std::string name;
    Json parameters;
};

// Of a catalogue with titles.
std::shared_ptr<FixedTensors> keptTitles(const Json& parameters)
{
    test::TemporaryFolder scratch;
    const auto data = test::textData(scratch, {.shelves = 4, .perShelf = 10});
    EXPECT_EQ(data->items(), catalogue);
    const ModelDescriptor& model = findModel("persrec");
    return std::make_shared<FixedTensors>(model.fixedTensors(*data, model.schema.validate(parameters), nullptr));
}

std::shared_ptr<NeuralModel> buildWrapped(const Json& parameters, std::int64_t maxLength, std::uint64_t seed = 7)
{
    Json all = {{"hidden", 16}, {"tokens", 2}, {"segment", 5}, {"recent", 4}};
    all.update(parameters);
    ModelSetup setup;
    setup.items = catalogue;
    setup.maxLength = maxLength;
    setup.parameters = all;
    setup.seed = seed;
    if (all.value("backbone", "") == "hllm")
        setup.fixed = keptTitles(all);
    return test::builtModel("persrec", setup, 0.02);
}

PackedSequences longHistory(std::int64_t length, std::int32_t changed = -1)
{
    PackedSequences out;
    std::vector<std::int32_t> items;
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < length; ++i) {
        items.push_back(static_cast<std::int32_t>((i * i * 7 + 3 * i + 1 + (i == changed ? 5 : 0)) % catalogue));
        times.push_back(1'000'000 + 3600 * i * i);
    }
    out.append(items, times);
    return out;
}

class PerSRec : public ::testing::TestWithParam<Wrapped> { };

TEST_P(PerSRec, CachedEqualsOnePassForAnyNumberOfSegments)
{
    const NeuralTrainedModel model(buildWrapped(GetParam().parameters, 40));
    const auto state = model.newState();
    ASSERT_NE(state, nullptr);
    std::vector<float> cached(model.linearHead()->width), full(cached);
    const PackedSequences all = longHistory(44); // up to seven segments, and past the window
    double largest = 0.0;
    for (std::size_t n = 1; n <= all.items.size(); ++n) {
        state->append(all.items[n - 1], all.times[n - 1]);
        state->userVector(cached);
        PackedSequences one;
        one.append(std::span(all.items).first(n), std::span(all.times).first(n));
        model.encodeLast(one.view(), full);
        for (std::size_t i = 0; i < full.size(); ++i)
            largest = std::max(largest, std::abs(static_cast<double>(full[i]) - cached[i]));
        ASSERT_LE(largest, 1e-5) << n << " events";
    }
}

// Some without events, some without a segment, some with several, more than go into one pass.
TEST_P(PerSRec, VectorsOfManyStatesTogetherAreThoseOfEach)
{
    const NeuralTrainedModel model(buildWrapped(GetParam().parameters, 40));
    const auto width = static_cast<std::size_t>(model.linearHead()->width);
    std::vector<std::unique_ptr<UserState>> states;
    std::vector<UserState*> all;
    std::vector<float> alone;
    for (int user = 0; user < 40; ++user) {
        const PackedSequences events = longHistory(user * 7 % 45, user % 5);
        const auto copy = model.newState();
        states.push_back(model.newState());
        all.push_back(states.back().get());
        copy->appendSequence(events.view(), 0);
        all.back()->appendSequence(events.view(), 0);
        alone.resize(alone.size() + width);
        copy->userVector(std::span(alone).last(width));
    }
    std::vector<float> together(alone.size());
    model.userVectors(all, together);
    for (std::size_t i = 0; i < alone.size(); ++i)
        ASSERT_NEAR(together[i], alone[i], 1e-5) << "state " << i / width;
    std::vector<float> again(alone.size());
    model.userVectors(all, again);
    EXPECT_EQ(together, again) << "computed once";

    const NeuralTrainedModel other(buildWrapped(GetParam().parameters, 40, 8));
    EXPECT_THROW(other.userVectors(all, together), Error);
}

TEST_P(PerSRec, SavedStateGoesOnAndIsRefusedOnceAnyWeightChanged)
{
    const auto network = buildWrapped(GetParam().parameters, 40);
    const NeuralTrainedModel model(network);
    const auto state = model.newState(), copy = model.newState();
    const PackedSequences all = longHistory(20);
    for (std::size_t i = 0; i < 19; ++i)
        state->append(all.items[i], all.times[i]);
    const auto saved = state->save();
    copy->load(saved);
    state->append(all.items[19], all.times[19]);
    copy->append(all.items[19], all.times[19]);
    std::vector<float> a(model.linearHead()->width), b(a);
    state->userVector(a);
    copy->userVector(b);
    EXPECT_EQ(a, b);
    {
        const torch::NoGradGuard guard;
        network->parameters().entries().back().value.view({-1})[0] += 0.25;
    }
    const NeuralTrainedModel later(network);
    EXPECT_THROW(later.newState()->load(saved), Error);
    std::vector<float> after(a);
    state->append(1, all.times[19]);
    copy->append(1, all.times[19]);
    state->userVector(a);
    copy->userVector(after);
    EXPECT_EQ(a, after) << "states made before keep the weights they were made with";
}

// [T, D] of one history.
Tensor encoded(const NeuralModel& model, const PackedSequences& histories)
{
    const torch::NoGradGuard guard;
    ForwardContext context;
    return model.encode(makePackedBatch(histories.view()), context);
}

TEST_P(PerSRec, OlderEventsReachRecentOnesThroughTokensOnly)
{
    const auto withTokens = buildWrapped(GetParam().parameters, 40);
    Json none = GetParam().parameters;
    none["tokens"] = 0;
    const auto without = buildWrapped(none, 40);
    const PackedSequences plain = longHistory(11), changed = longHistory(11, 2); // segments 0..4, recent 5..10
    const auto difference = [&](const NeuralModel& model, std::int64_t event) {
        return (encoded(model, plain)[event] - encoded(model, changed)[event]).abs().max().item<double>();
    };
    EXPECT_GT(difference(*withTokens, 10), 1e-6);
    EXPECT_EQ(difference(*without, 10), 0.0);
    EXPECT_EQ(difference(*withTokens, 1), 0.0) << "nothing looks ahead";
    EXPECT_GT(difference(*withTokens, 4), 1e-6);
}

TEST_P(PerSRec, SegmentsDoNotDependOnWhatFollows)
{
    const auto model = buildWrapped(GetParam().parameters, 40);
    PackedSequences a = longHistory(13), b = a;
    b.times[5] += 86'400; // the first event after the first segment
    const Tensor x = encoded(*model, a), y = encoded(*model, b);
    EXPECT_EQ((x.slice(0, 0, 5) - y.slice(0, 0, 5)).abs().max().item<double>(), 0.0);
}

TEST_P(PerSRec, ShortHistoriesEqualTheBackbone)
{
    const auto model = buildWrapped(GetParam().parameters, 40);
    const std::string backbone = model->setup().parameters.at("backbone");
    const ParameterSchema& schema = findModel(backbone).schema;
    Json own = Json::object();
    for (const auto& [key, value] : model->setup().parameters.items())
        if (schema.find(key))
            own[key] = value;
    ModelSetup setup = model->setup();
    setup.parameters = schema.validate(own);
    const auto bare = buildNeuralModel(backbone, setup);
    {
        const torch::NoGradGuard guard;
        for (const auto& entry : bare->parameters().entries())
            entry.value.copy_(model->parameters().at(entry.name).value);
    }
    EXPECT_TRUE(torch::equal(encoded(*model, longHistory(8)), encoded(*bare, longHistory(8))));
    EXPECT_FALSE(torch::allclose(encoded(*model, longHistory(9)), encoded(*bare, longHistory(9))));
}

TEST_P(PerSRec, TokensLearnAndBatchesDoNotMix)
{
    const auto model = buildWrapped(GetParam().parameters, 40);
    PackedSequences both = longHistory(17);
    const PackedSequences other = longHistory(6);
    both.append(other.items, other.times);
    ForwardContext context;
    model->parameters().clearGradients();
    const Tensor rows = model->encode(makePackedBatch(both.view()), context);
    EXPECT_TRUE(torch::allclose(rows.slice(0, 0, 17), encoded(*model, longHistory(17)), 0.0, 1e-5));
    EXPECT_TRUE(torch::allclose(rows.slice(0, 17), encoded(*model, other), 0.0, 1e-5));
    rows.slice(0, 15, 17).square().mul(torch::arange(rows.size(1))).sum().backward();
    EXPECT_GT(model->parameters().at("tokens").value.grad().abs().min().item<double>(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Backbones, PerSRec,
    ::testing::Values(Wrapped{"hstu", {{"backbone", "hstu"}}},
        Wrapped{"hstu_pooled", {{"backbone", "hstu"}, {"initialisation", "pooled"}}},
        Wrapped{"hstu_production", {{"backbone", "hstu"}, {"variant", "production"}}},
        Wrapped{"hstu_one_token", {{"backbone", "hstu"}, {"tokens", 1}, {"begin_of_sequence", true}}},
        Wrapped{"hstu_average", {{"backbone", "hstu"}, {"initialisation", "pooled"}, {"tokens_read", false}}},
        Wrapped{"sasrec", {{"backbone", "sasrec"}}},
        Wrapped{"sasrec_post", {{"backbone", "sasrec"}, {"norm", "post"}, {"initialisation", "pooled"}}},
        Wrapped{"sasrec_query", {{"backbone", "sasrec"}, {"norm", "query"}, {"layers", 3}}},
        Wrapped{"hstu_outputs", {{"backbone", "hstu"}, {"memory", "outputs"}, {"begin_of_sequence", true}}},
        Wrapped{"hstu_recursive", {{"backbone", "hstu"}, {"memory", "recursive"}}},
        Wrapped{"sasrec_outputs",
            {{"backbone", "sasrec"}, {"memory", "outputs"}, {"initialisation", "pooled"}, {"tokens", 1}}},
        Wrapped{"sasrec_recursive", {{"backbone", "sasrec"}, {"memory", "recursive"}, {"tokens", 3}}},
        Wrapped{"hllm", {{"backbone", "hllm"}, {"time_embedding", true}}},
        Wrapped{"hllm_pooled", {{"backbone", "hllm"}, {"initialisation", "pooled"}, {"layers", 3}}},
        Wrapped{"hllm_shared_heads", {{"backbone", "hllm"}, {"heads", 4}, {"key_heads", 2}}},
        Wrapped{"hllm_outputs", {{"backbone", "hllm"}, {"memory", "outputs"}}},
        Wrapped{"hllm_recursive", {{"backbone", "hllm"}, {"memory", "recursive"}, {"tokens", 3}}}),
    [](const auto& info) { return info.param.name; });

// 100 events in segments of 5 and some recent ones: the state holds the window and what is kept of tokens.
TEST(PerSRecMemory, OutputsAreFewNumbersAndRecursionKeepsThemFew)
{
    const auto bytesWith = [](const char* memory, std::size_t events) {
        const NeuralTrainedModel model(buildWrapped({{"backbone", "sasrec"}, {"layers", 3}, {"memory", memory}}, 200));
        const auto state = model.newState();
        const PackedSequences all = longHistory(static_cast<std::int64_t>(events));
        for (std::size_t i = 0; i < events; ++i)
            state->append(all.items[i], all.times[i]);
        return state->bytes() - static_cast<std::int64_t>(events * (sizeof(std::int32_t) + sizeof(std::int64_t)));
    };
    constexpr std::int64_t segments = 19, tokens = 2, width = 16, time = sizeof(std::int64_t);
    EXPECT_EQ(bytesWith("keys_values", 99), segments * tokens * (3 * 2 * width * 4 + time));
    EXPECT_EQ(bytesWith("outputs", 99), segments * tokens * (width * 4 + time));
    EXPECT_EQ(bytesWith("recursive", 99), tokens * (width * 4 + time));
    EXPECT_EQ(bytesWith("recursive", 14), tokens * (width * 4 + time));
}

// Old events reach recent ones through one segment's tokens after another.
TEST(PerSRecMemory, RecursionReachesBackThroughEverySegment)
{
    const auto model = buildWrapped({{"backbone", "sasrec"}, {"memory", "recursive"}}, 40);
    const Tensor plain = encoded(*model, longHistory(33)), changed = encoded(*model, longHistory(33, 2));
    EXPECT_GT((plain[32] - changed[32]).abs().max().item<double>(), 1e-7); // five segments away
}

TEST(PerSRecMemory, TokensThatDoNotReadHaveNoOutputsToKeep)
{
    EXPECT_THROW(buildWrapped({{"backbone", "sasrec"}, {"memory", "outputs"}, {"tokens_read", false}}, 40), Error);
}

TEST(PerSRecSizes, SixteenTokensAndTheirBytes)
{
    const NeuralTrainedModel model(
        buildWrapped({{"backbone", "sasrec"}, {"tokens", 16}, {"segment", 16}, {"recent", 16}}, 64));
    const auto state = model.newState();
    const PackedSequences all = longHistory(48);
    for (std::size_t i = 0; i < 48; ++i)
        state->append(all.items[i], all.times[i]);
    // Two segments: 32 tokens, 2 layers, keys and values of width 16; a time a token; the window's items and times.
    EXPECT_EQ(state->bytes(), 32 * (2 * 2 * 16 * 4 + 8) + 48 * 12);
}

// Half keeps 11 bits and bytes 7: the vectors of length one differ by about that, the states shrink by that.
TEST(PerSRecSizes, NarrowStatesAreSmallerAndClose)
{
    const PackedSequences all = longHistory(36);
    std::vector<float> exact;
    std::int64_t bytes = 0;
    for (const auto& [precision, tolerance, share] :
        {std::tuple("float", 0.0, 1.0), {"half", 2e-3, 0.5}, {"byte", 3e-2, 0.3}}) {
        const NeuralTrainedModel model(buildWrapped({{"state_precision", precision}}, 40));
        const auto state = model.newState(), copy = model.newState();
        for (std::size_t i = 0; i < all.items.size(); ++i)
            state->append(all.items[i], all.times[i]);
        copy->load(state->save());
        std::vector<float> vector(model.linearHead()->width), again(vector);
        state->userVector(vector);
        copy->userVector(again);
        EXPECT_EQ(vector, again) << precision;
        const std::int64_t fixed = 36 * 12 + 12 * 8; // the window, and a time of each of 12 tokens
        if (exact.empty()) {
            exact = vector;
            bytes = state->bytes() - fixed;
        }
        EXPECT_LE(static_cast<double>(state->bytes() - fixed), share * static_cast<double>(bytes) + 12 * 2 * 2 * 4);
        double largest = 0.0;
        for (std::size_t i = 0; i < vector.size(); ++i)
            largest = std::max(largest, std::abs(static_cast<double>(vector[i]) - exact[i]));
        EXPECT_LE(largest, tolerance) << precision;
        EXPECT_EQ(largest == 0.0, std::string(precision) == "float");
    }
}

TEST(PerSRecSizes, RefusesImpossibleSizes)
{
    EXPECT_THROW(buildWrapped({{"tokens", 6}}, 40), Error);
    EXPECT_THROW(buildWrapped({{"tokens", 17}, {"segment", 20}, {"recent", 20}}, 80), Error);
    EXPECT_THROW(buildWrapped({{"segment", 40}}, 40), Error);
    EXPECT_THROW(buildWrapped({{"loss", "bce"}}, 40), Error) << "hstu's own checks hold";
}

TEST(PerSRecSizes, RatingsAreRefusedBeforeARunIsStored)
{
    const ModelDescriptor& model = findModel("persrec");
    EXPECT_NO_THROW(model.requireData(model.schema.validate(Json::object()), {}));
    EXPECT_THROW(model.requireData(model.schema.validate({{"ratings", 5}}), {}), Error);
}

TEST(PerSRecTexts, WhatHllmCannotDoIsRefusedBeforeARunIsStored)
{
    const ModelDescriptor& model = findModel("persrec");
    DataFacts data;
    const auto problem = [&](const Json& changes) {
        Json parameters = {{"backbone", "hllm"}};
        parameters.update(changes);
        try {
            model.requireData(model.schema.validate(parameters), data);
        } catch (const Error& error) {
            return error.message();
        }
        return std::string();
    };
    const Json plain = Json::object();
    EXPECT_NE(problem(plain).find("title"), std::string::npos) << problem(plain);
    data.titles = true;
    EXPECT_EQ(problem(plain), "");
    EXPECT_NE(problem({{"loss", "bce"}}).find("loss"), std::string::npos);
    EXPECT_NE(problem({{"time_embedding", true}}).find("times"), std::string::npos);
    EXPECT_NE(problem({{"hidden", 12}, {"heads", 4}}), "") << "odd heads";
}

} // namespace
} // namespace recoscope
