// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The vector of one user from a whole history, as requests compute it, against the network's pass with LibTorch's
// products, and the two compared first. SASRec, 2 layers, D 64.
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_trained_model.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

namespace {

constexpr std::int64_t requestItems = 12101, requestWidth = 64;

BenchmarkRow requestOf(std::int64_t events, bool quick)
{
    ModelSetup setup;
    setup.items = requestItems;
    setup.maxLength = events;
    setup.parameters = findModel("sasrec").schema.validate(Json::object());
    const NeuralTrainedModel model(buildNeuralModel("sasrec", setup));
    PackedSequences history;
    RandomStream stream(5, "bench-request");
    std::vector<std::int32_t> items;
    for (std::int64_t t = 0; t < events; ++t)
        items.push_back(static_cast<std::int32_t>(stream.below(requestItems)));
    history.append(items);
    std::vector<float> ours(requestWidth), pass(requestWidth);
    const auto request = [&] { model.encodeLast(history.view(), ours); };
    const auto network = [&] {
        const torch::InferenceMode guard;
        ForwardContext context;
        pass = copyFloats(model.network().lastVectors(makePackedBatch(history.view()), context));
    };
    request();
    network();
    for (std::int64_t i = 0; i < requestWidth; ++i)
        if (std::abs(ours[i] - pass[i]) > 1e-5f)
            throw Error(
                ErrorKind::Internal, "a request gives another vector than the network", "compare the two first");
    return timeInterleaved("request", "SASRec, one user of " + std::to_string(events) + " events, 2 layers, D 64", "us",
        quick ? 5 : 50, request, network, "baseline: the network's pass, LibTorch's matrix products, the same vector",
        20);
}

} // namespace

std::vector<BenchmarkRow> benchRequest(bool quick)
{
    return {requestOf(20, quick), requestOf(200, quick), requestOf(2000, quick)};
}

} // namespace recoscope
