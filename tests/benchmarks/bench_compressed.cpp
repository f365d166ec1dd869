// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A compressed history of 1,024 + 256 events with 4 tokens: attention by pieces, forward and backward, against causal
// attention over the same rows; a training step against the backbone's; a request from the stored state against one
// pass over the whole history, whose vectors are compared first.
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/models/registry.h"
#include "engine/nn/cross_entropy.h"
#include "engine/nn/functional.h"
#include "engine/nn/hstu_attention.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/nn/segments.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

namespace {

using torch::Tensor;

constexpr std::int64_t compressedItems = 12101, compressedWidth = 64, compressedHeads = 2;
constexpr nn::SegmentGeometry publishedGeometry{.tokens = 4, .segment = 1024, .recent = 256};

PackedSequences drawLongHistories(std::int64_t sequences, std::int64_t length)
{
    PackedSequences out;
    RandomStream stream(5, "bench-compressed");
    for (std::int64_t b = 0; b < sequences; ++b) {
        std::vector<std::int32_t> items;
        std::vector<std::int64_t> times;
        for (std::int64_t t = 0; t < length; ++t) {
            items.push_back(static_cast<std::int32_t>(stream.below(compressedItems)));
            times.push_back(1'000'000 + 5000 * t);
        }
        out.append(items, times);
    }
    return out;
}

AttentionView pieces(const nn::SegmentedRows& rows)
{
    AttentionView view;
    view.sources = torch::tensor(rows.sources, torch::kInt32);
    view.offsets = torch::tensor(rows.pieceOffsets, torch::kInt64);
    view.places = torch::tensor(rows.places, torch::kInt32);
    view.firstQueries = torch::tensor(rows.firstQueries(), torch::kInt64);
    return view;
}

BenchmarkRow attentionByPieces(bool softmax, bool quick)
{
    const std::vector<std::int64_t> offsets{0, 1280, 2560};
    const nn::SegmentedRows rows
        = nn::segmentRows(offsets, publishedGeometry, nn::segmentCounts(offsets, publishedGeometry));
    const AttentionView view = pieces(rows);
    const Tensor whole = torch::tensor(rows.offsets, torch::kInt64);
    const std::int64_t columns = (softmax ? 3 : 4) * compressedWidth;
    Tensor given = torch::tensor(benchmarkValues(rows.rows() * columns, 3)).view({rows.rows(), columns});
    given.set_requires_grad(true);
    const Tensor direction
        = torch::tensor(benchmarkValues(rows.rows() * compressedWidth, 4)).view({rows.rows(), compressedWidth});
    const auto attend = [&](const Tensor& x, const Tensor& over, const Tensor& firstQueries) {
        if (softmax)
            return nn::softmaxAttention(x, over, compressedHeads, {}, true, firstQueries);
        nn::HstuAttention hstu;
        hstu.heads = compressedHeads;
        hstu.queryDim = hstu.valueDim = compressedWidth / compressedHeads;
        hstu.offsets = over;
        hstu.firstQueries = firstQueries;
        return hstu(x);
    };
    const auto backward = [&](const Tensor& mixed) {
        given.mutable_grad() = Tensor();
        (mixed * direction).sum().backward();
    };
    BenchmarkRow row = timeInterleaved(
        "compressed_attention",
        std::string(softmax ? "softmax" : "HSTU") + ": 2 histories of 1,024 + 256 events, 4 tokens, D 64, 2 heads",
        "ms", quick ? 3 : 15,
        [&] { backward(view.restore(attend(view.arrange(0, given), view.offsets, view.firstQueries))); },
        [&] { backward(attend(given, whole, {})); }, "the same kernel over all rows, causal, forward and backward");
    row.goal.ratio = 1.3;
    return row;
}

std::unique_ptr<NeuralModel> longModel(const std::string& name, const std::string& backbone, std::int64_t maxLength)
{
    ModelSetup setup;
    setup.items = compressedItems;
    setup.maxLength = maxLength;
    Json parameters = {{"hidden", compressedWidth}, {"heads", compressedHeads}, {"dropout", 0.0}};
    if (name == "persrec")
        parameters.update(Json{{"backbone", backbone}, {"tokens", publishedGeometry.tokens},
            {"segment", publishedGeometry.segment}, {"recent", publishedGeometry.recent}});
    setup.parameters = findModel(name).schema.validate(parameters);
    return buildNeuralModel(name, setup);
}

BenchmarkRow trainStep(const std::string& backbone, bool quick)
{
    const auto compressed = longModel("persrec", backbone, 1280), dense = longModel(backbone, backbone, 1280);
    const PackedSequences histories = drawLongHistories(2, 1280);
    const PackedBatch batch = makePackedBatch(histories.view());
    const auto step = [&](NeuralModel& model) {
        ForwardContext context = ForwardContext::training(1, 1);
        model.parameters().clearGradients();
        const Tensor hidden = model.encode(batch, context);
        hidden.square().sum().backward();
    };
    return timeInterleaved(
        "compressed_train_step",
        "PerSRec around " + backbone + ": 2 histories of 1,024 + 256 events, 4 tokens, 2 layers, D 64, 2 heads", "ms",
        quick ? 2 : 10, [&] { step(*compressed); }, [&] { step(*dense); },
        "the backbone over the same events, forward and backward of all layers, without the loss");
}

BenchmarkRow request(const std::string& backbone, std::int64_t length, bool quick)
{
    const NeuralTrainedModel model(longModel("persrec", backbone, length));
    const PackedSequences history = drawLongHistories(1, length);
    const auto state = model.newState();
    for (std::size_t i = 0; i < history.items.size(); ++i)
        state->append(history.items[i], history.times[i]);
    const auto stored = state->save();
    std::vector<float> cached(compressedWidth), full(compressedWidth);
    const auto fromState = [&] {
        state->load(stored);
        state->userVector(cached);
    };
    const auto onePass = [&] { model.encodeLast(history.view(), full); };
    fromState();
    onePass();
    for (std::int64_t i = 0; i < compressedWidth; ++i)
        if (std::abs(cached[i] - full[i]) > 1e-5f)
            throw Error(ErrorKind::Internal, "the stored state gives another vector", "compare the two paths first");
    BenchmarkRow row = timeInterleaved("compressed_request",
        "PerSRec around " + backbone + ": " + std::to_string(length - 256) + " compressed + 256 events, 2 layers, D 64",
        "ms", quick ? 5 : 30, fromState, onePass,
        "one pass over the whole history; the state is " + std::to_string(stored.size()) + " bytes");
    row.goal.ratio = 5.0;
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchCompressedAttention(bool quick)
{
    return {attentionByPieces(true, quick), attentionByPieces(false, quick), trainStep("sasrec", quick),
        trainStep("hstu", quick)};
}

std::vector<BenchmarkRow> benchCompressedRequest(bool quick)
{
    std::vector<BenchmarkRow> rows{request("sasrec", 1280, quick), request("hstu", 1280, quick)};
    if (!quick)
        rows.push_back(request("hstu", 4 * 1024 + 256, quick)); // as fast: the compressed part does not count
    return rows;
}

} // namespace recoscope
