// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A long history in chunks gives what one pass gives: vectors, gradients, and what serving makes of them.
#include "engine/nn/chunked_reading.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/nn/pass_threads.h"
#include "tests/engine/models/test_history.h"
#include "tests/memory_rise.h"

namespace recoscope::chunk_tests {
namespace {

using torch::Tensor;

constexpr std::int64_t items = 30;

std::shared_ptr<NeuralModel> build(std::int64_t maxLength, const std::string& name = "lrurec", int width = 8)
{
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = findModel(name).schema.validate({{"hidden", width}, {"begin_of_sequence", true}});
    setup.seed = 3;
    std::shared_ptr<NeuralModel> model = buildNeuralModel(name, setup);
    const torch::NoGradGuard guard;
    for (const auto& entry : model->parameters().entries()) // at sizes near one
        if (entry.name.find("params_log") == std::string::npos)
            entry.value.mul_(entry.name.find("norm") == std::string::npos ? 8.0 : 1.0).add_(0.05);
    return model;
}

Tensor lastOfOnePass(const NeuralModel& model, const PackedSequences& history)
{
    const torch::NoGradGuard guard;
    ForwardContext context;
    const Tensor rows = model.encode(makePackedBatch(history.view()), context);
    return rows[rows.size(0) - 1];
}

double apart(const Tensor& a, const Tensor& b)
{
    return (a - b).abs().max().item<double>();
}

TEST(ChunkedReading, ChunksOfAnySizeGiveTheVectorOfOnePass)
{
    const PassThreads oneThread(0); // a second would be waited for at every few events
    const auto model = build(70);
    const PackedSequences history = test::history(70, items);
    const Tensor whole = lastOfOnePass(*model, history);
    for (const std::int64_t chunk : {1, 2, 7, 35, 69, 70, 71, 1000}) {
        ForwardContext context;
        EXPECT_LE(apart(nn::lastVectorByChunks(*model, history.view(), 0, chunk, context), whole), 1e-5) << chunk;
    }
}

TEST(ChunkedReading, OfALongerHistoryOnlyTheWindowIsRead)
{
    const auto model = build(20);
    const PackedSequences history = test::history(50, items);
    PackedSequences window;
    window.append(std::span(history.items).last(20));
    ForwardContext context;
    EXPECT_LE(
        apart(nn::lastVectorByChunks(*model, history.view(), 0, 6, context), lastOfOnePass(*model, window)), 1e-5);
}

// Several sequences side by side, some of which have no event in a chunk or none at all: nothing of one gets into the
// next.
TEST(ChunkedReading, SequencesRestartAndEmptyOnesKeepTheirState)
{
    const PassThreads oneThread(0); // a second would be waited for at every few events
    const torch::NoGradGuard guard;
    const auto model = build(50);
    PackedSequences all;
    for (const std::int64_t length : {0, 9, 1, 0, 23, 4})
        all.append(test::history(length, items, length).items);
    ForwardContext context;
    const Tensor whole = model->encode(makePackedBatch(all.view()), context);
    for (const std::int64_t chunk : {1, 5, 9, 10, 37, 38}) {
        Tensor carried = torch::zeros({6, model->carriedFloats()});
        std::vector<Tensor> rows;
        for (std::int64_t first = 0; first < whole.size(0); first += chunk) {
            const std::int64_t count = std::min(chunk, whole.size(0) - first);
            PackedSequences part;
            part.items.assign(all.items.begin() + first, all.items.begin() + first + count);
            part.offsets.clear();
            for (const std::int64_t at : all.offsets)
                part.offsets.push_back(std::clamp<std::int64_t>(at - first, 0, count));
            rows.push_back(model->encodeChunk(makePackedBatch(part.view()), carried, context));
        }
        EXPECT_LE(apart(torch::cat(rows), whole), 1e-5) << "chunks of " << chunk;
        EXPECT_EQ(carried[0].abs().max().item<float>(), 0.0f) << "nothing happened";
        EXPECT_GT(carried[2].abs().max().item<float>(), 0.0f);
    }
}

TEST(ChunkedReading, GradientsReachTheEventsOfEarlierChunks)
{
    const PassThreads oneThread(0); // a second would be waited for at every few events
    const auto model = build(40);
    const PackedSequences history = test::history(33, items);
    const auto gradients = [&](std::int64_t chunk) {
        model->parameters().clearGradients();
        ForwardContext context;
        Tensor carried = torch::zeros({1, model->carriedFloats()}), loss = torch::zeros({});
        for (std::int64_t first = 0; first < 33; first += chunk) {
            PackedSequences part;
            part.append(std::span(history.items).subspan(first, std::min<std::int64_t>(chunk, 33 - first)));
            loss = loss + model->encodeChunk(makePackedBatch(part.view()), carried, context).pow(3).sum();
        }
        loss.backward();
        std::vector<Tensor> all;
        for (const auto& entry : model->parameters().entries())
            if (entry.value.grad().defined())
                all.push_back(entry.value.grad().flatten().clone());
        return torch::cat(all);
    };
    const Tensor whole = gradients(100);
    EXPECT_GT(whole.abs().max().item<double>(), 1.0);
    for (const std::int64_t chunk : {1, 8, 32, 33})
        EXPECT_LE(apart(gradients(chunk), whole), 2e-5 * whole.abs().max().item<double>()) << chunk;
}

// The same gradients where only the states between chunks were kept: of one long sequence and of several, with dropout.
TEST(ChunkedReading, TrainingComputesChunksAgain)
{
    const PassThreads oneThread(0); // a second would be waited for at every few events
    const auto model = build(60);
    PackedSequences histories;
    for (const std::int64_t length : {41, 0, 7, 60})
        histories.append(test::history(length, items, length).items);
    const PackedBatch batch = makePackedBatch(histories.view());
    const auto gradients = [&](const Tensor& rows) {
        model->parameters().clearGradients();
        (rows.pow(3).sum() + model->itemBias().sum()).backward();
        std::vector<Tensor> all;
        for (const auto& entry : model->parameters().entries())
            all.push_back(entry.value.grad().flatten().clone());
        return torch::cat(all);
    };
    ForwardContext plain;
    const Tensor whole = model->encode(batch, plain), expected = gradients(whole);
    EXPECT_GT(expected.abs().max().item<double>(), 1.0);
    for (const std::int64_t chunk : {1, 16, 41, 59}) {
        ForwardContext context;
        const Tensor rows = nn::encodeForTraining(*model, batch, context, chunk);
        EXPECT_LE(apart(rows, whole), 1e-5) << chunk;
        EXPECT_LE(apart(gradients(rows), expected), 2e-5 * expected.abs().max().item<double>()) << chunk;
    }
    EXPECT_TRUE(torch::equal(nn::encodeForTraining(*model, batch, plain, 60), whole)) << "no longer than a chunk";
    // Masks of the second computation are those of the first: the graph that was kept says what they came to.
    ForwardContext first = ForwardContext::training(4, 1), again = ForwardContext::training(4, 1);
    const Tensor dropped = nn::encodeForTraining(*model, batch, first, 32);
    Tensor carried = torch::zeros({4, model->carriedFloats()});
    std::vector<Tensor> kept;
    for (std::int64_t at = 0; at < batch.events(); at += 32) {
        PackedBatch part;
        part.items = batch.items.slice(0, at, at + 32);
        part.offsets = (batch.offsets - at).clamp(0, part.items.size(0));
        kept.push_back(model->encodeChunk(part, carried, again));
    }
    EXPECT_GT(apart(dropped, whole), 0.1) << "nothing was dropped";
    EXPECT_TRUE(torch::equal(dropped, torch::cat(kept)));
    const Tensor ofKept = gradients(torch::cat(kept));
    EXPECT_LE(apart(gradients(dropped), ofKept), 2e-5 * ofKept.abs().max().item<double>());
}

TEST(ChunkedReading, ServingReadsLongHistoriesSo)
{
    const std::int64_t length = 2 * nn::chunkEvents + 17;
    const auto network = build(3 * nn::chunkEvents);
    const NeuralTrainedModel model(network);
    const PackedSequences history = test::history(length, items);
    PackedSequences several;
    several.append(test::history(3, items).items);
    several.append({});
    several.append(history.items);
    several.append(test::history(5, items, 2).items);
    EXPECT_TRUE(nn::readsInChunks(*network, several.view(), 2));
    EXPECT_FALSE(nn::readsInChunks(*network, several.view(), 3));
    std::vector<float> vectors(4 * 8);
    model.encodeLast(several.view(), vectors);
    const auto row = [&](std::size_t b) {
        return torch::tensor(std::vector<float>(vectors.begin() + 8 * b, vectors.begin() + 8 * (b + 1)));
    };
    EXPECT_LE(apart(row(0), lastOfOnePass(*network, test::history(3, items))), 1e-5);
    EXPECT_LE(apart(row(2), lastOfOnePass(*network, history)), 1e-5);
    EXPECT_LE(apart(row(3), lastOfOnePass(*network, test::history(5, items, 2))), 1e-5);
    several.items[4000] = items; // in the long one
    EXPECT_THROW(model.encodeLast(several.view(), vectors), Error);
}

TEST(ChunkedReading, MemoryDoesNotGrowWithTheHistory)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's own memory would be counted";
#endif
    constexpr std::int64_t length = 40'000, width = 32;
    const auto network = build(length, "lrurec", width);
    const NeuralTrainedModel model(network);
    const PackedSequences history = test::history(length, items);
    const PackedBatch batch = makePackedBatch(history.view());
    const auto state = model.newState();
    UserState* const states[]{state.get()};
    std::vector<float> vector(width), fromState(width);
    ForwardContext context;
    model.encodeLast(test::history(nn::chunkEvents + 1, items).view(), vector); // what LibTorch keeps once
    const double ofVector = test::memoryRise([&] { model.encodeLast(history.view(), vector); });
    const double ofState = test::memoryRise([&] { model.appendToStates(states, history.view()); });
    const double onePass = test::memoryRise([&] { lastOfOnePass(*network, history); });
    const double training
        = test::memoryRise([&] { nn::encodeForTraining(*network, batch, context).square().sum().backward(); });
    const double wholeGraph = test::memoryRise([&] { network->encode(batch, context).square().sum().backward(); });
    state->userVector(fromState);
    EXPECT_LE(test::difference(vector, fromState), 1e-5);
    if (onePass < 0.0)
        GTEST_SKIP() << "the peak of the memory cannot be reset here";
    EXPECT_GT(onePass, 30.0) << "nothing was measured";
    EXPECT_LT(ofVector, 0.5 * onePass);
    EXPECT_LT(ofState, 0.25 * onePass);
    EXPECT_LT(training, 0.4 * wholeGraph) << "rows and their gradients are of all events";
}

TEST(ChunkedReading, ModelsThatNeedTheWholeWindowGetIt)
{
    const auto model = build(3 * nn::chunkEvents, "sasrec");
    EXPECT_EQ(model->carriedFloats(), 0);
    PackedSequences history = test::history(2 * nn::chunkEvents, items);
    EXPECT_FALSE(nn::readsInChunks(*model, history.view(), 0));
    Tensor carried;
    ForwardContext context;
    EXPECT_THROW(model->encodeChunk(makePackedBatch(history.view()), carried, context), Error);
}

} // namespace
} // namespace recoscope::chunk_tests
