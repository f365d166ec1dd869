// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One training step (forward, backward, clip, AdamW) on sequences with the lengths of Amazon Beauty, ours against the
// padded form in LibTorch eager. Both use one thread and start from the same weights; the losses are compared first.
#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/models/registry.h"
#include "engine/nn/cross_entropy.h"
#include "engine/nn/neural_model.h"
#include "engine/training/optimiser.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/padded_baseline.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

namespace {

using bench::PaddedBatch;
using torch::Tensor;

constexpr std::int64_t items = 12101, window = 50, sequences = 128;
constexpr double dropoutRate = 0.5;

// Geometric lengths from 2 with mean 6, cut at the window: 85 % of a padded batch is padding, as on Beauty.
TrainingBatch beautyLike(std::uint64_t seed)
{
    TrainingBatch batch;
    RandomStream stream(seed, "bench-batch");
    for (std::int64_t b = 0; b < sequences; ++b) {
        std::vector<std::int32_t> input;
        do {
            input.push_back(static_cast<std::int32_t>(stream.below(items)));
            batch.targets.push_back(static_cast<std::int32_t>(stream.below(items)));
        } while (static_cast<std::int64_t>(input.size()) < window && (input.size() < 2 || stream.uniform() > 0.2));
        batch.inputs.append(input);
    }
    return batch;
}

std::unique_ptr<NeuralModel> model(const std::string& name)
{
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = window;
    setup.parameters = findModel(name).schema.validate(name == "lrurec"
            ? Json{{"dropout", dropoutRate}, {"layer_dropout", dropoutRate}}
            : Json{{"dropout", dropoutRate}});
    return buildNeuralModel(name, setup);
}

Tensor ourLoss(const NeuralModel& network, const TrainingBatch& batch, ForwardContext context)
{
    const Tensor hidden = network.encode(makePackedBatch(batch.inputs.view()), context);
    return nn::crossEntropy(
        hidden, network.itemTable(), network.itemBias(), torch::tensor(batch.targets, torch::kInt32));
}

using PaddedLoss = Tensor (*)(const NeuralModel&, const PaddedBatch&, double);

std::vector<BenchmarkRow> trainStep(const std::string& name, PaddedLoss paddedLoss, bool quick)
{
    const TrainingBatch batch = beautyLike(1);
    const PaddedBatch padded = bench::pad(batch, window, items);
    const auto network = model(name), baseline = model(name);
    {
        const torch::NoGradGuard guard;
        const double ours = ourLoss(*network, batch, ForwardContext()).item<double>();
        const double theirs = paddedLoss(*baseline, padded, 0.0).item<double>();
        if (std::abs(ours - theirs) > 1e-3)
            throw Error(ErrorKind::Internal, "the baseline computes another loss", "compare the two forms first");
    }
    Optimiser optimiser(network->parameters(), {.weightDecay = 0.01, .clipNorm = 5.0});
    std::vector<Tensor> leaves;
    for (const auto& entry : baseline->parameters().entries())
        leaves.push_back(entry.value);
    for (Tensor& leaf : leaves)
        leaf.mutable_grad() = Tensor(); // ours are views of one buffer, which torch's optimisers refuse
    torch::optim::AdamW adam(leaves, torch::optim::AdamWOptions(1e-3).weight_decay(0.01));
    int step = 0;
    BenchmarkRow row = timeInterleaved(
        "train_step_" + name, "128 sequences, " + std::to_string(batch.targets.size()) + " events, 12,101 items", "ms",
        quick ? 4 : 20,
        [&] {
            network->parameters().clearGradients();
            ourLoss(*network, batch, ForwardContext::training(1, ++step)).backward();
            optimiser.step(1e-3);
        },
        [&] {
            adam.zero_grad(true);
            paddedLoss(*baseline, padded, dropoutRate).backward();
            torch::nn::utils::clip_grad_norm_(leaves, 5.0);
            adam.step();
        },
        "baseline: LibTorch eager padded to 50, logits at real positions, same loss");
    row.goal.ratio = 3.0;
    return {row};
}

} // namespace

std::vector<BenchmarkRow> benchTrainStepLruRec(bool quick)
{
    return trainStep("lrurec", bench::paddedLruRecLoss, quick);
}

std::vector<BenchmarkRow> benchTrainStepSasRec(bool quick)
{
    return trainStep("sasrec", bench::paddedSasRecLoss, quick);
}

} // namespace recoscope
