// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One HSTU layer, forward and backward, on histories with the lengths of two public data sets, against the eager form
// of the public research code: projections on packed rows, attention padded to the window, bias and buckets as
// matrices. Same weights; the outputs are compared first.
#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_model.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

namespace {

using torch::Tensor;

constexpr std::int64_t hstuItems = 2000, hstuWidth = 64, hstuHeads = 2;

struct HstuWorkload {
    const char* name;
    std::int64_t window, sequences;
    double median, spread; // of a log-normal length
    std::int64_t shortest;
    const char* unmet;
};

PackedSequences drawHistories(const HstuWorkload& w)
{
    PackedSequences out;
    RandomStream stream(3, "bench-hstu");
    for (std::int64_t b = 0; b < w.sequences; ++b) {
        const double drawn = w.median * std::exp(w.spread * stream.normal());
        const std::int64_t length = std::clamp(static_cast<std::int64_t>(drawn), w.shortest, w.window);
        std::vector<std::int32_t> items;
        std::vector<std::int64_t> times;
        std::int64_t now = 1'000'000'000;
        for (std::int64_t t = 0; t < length; ++t) {
            items.push_back(static_cast<std::int32_t>(stream.below(hstuItems)));
            now += static_cast<std::int64_t>(std::exp(stream.uniform() * 12.0)); // seconds to days
            times.push_back(now);
        }
        out.append(items, times, now + 3600);
    }
    return out;
}

struct HstuPadding {
    std::int64_t sequences, window;
    Tensor rows; // [T] place of each event in [sequences * window]
    Tensor queryTimes, keyTimes; // [sequences, window]

    HstuPadding(const PackedBatch& batch, std::int64_t n)
        : sequences(batch.sequences())
        , window(n)
    {
        const Tensor lengths = batch.offsets.slice(0, 1) - batch.offsets.slice(0, 0, sequences);
        rows = torch::repeat_interleave(torch::arange(sequences) * window, lengths) + batch.positions.to(torch::kInt64);
        queryTimes = pad(batch.queryTimes.unsqueeze(1)).view({sequences, window});
        keyTimes = pad(batch.times.unsqueeze(1)).view({sequences, window});
    }
    Tensor pad(const Tensor& packed) const
    {
        return torch::zeros({sequences * window, packed.size(1)}, packed.options()).index_copy(0, rows, packed);
    }
    Tensor padHeads(const Tensor& packed) const
    {
        return pad(packed).view({sequences, window, hstuHeads, packed.size(1) / hstuHeads});
    }
};

Tensor paddedHstu(const NeuralModel& model, const PackedBatch& batch, const HstuPadding& p)
{
    const auto at = [&](const std::string& name) { return model.parameters().at(name).value; };
    const Tensor x = torch::embedding(at("item_embedding.weight"), batch.items) * std::sqrt(double(hstuWidth))
        + torch::embedding(at("position_embedding.weight"), batch.positions);
    const Tensor projected
        = torch::silu(torch::mm(torch::layer_norm(x, {hstuWidth}, {}, {}, 1e-6), at("layers.0.uvqk")));
    const auto parts = projected.chunk(4, 1);
    const Tensor difference = p.queryTimes.unsqueeze(2) - p.keyTimes.unsqueeze(1);
    const Tensor buckets
        = torch::clamp((torch::log(torch::abs(difference).clamp_min(1)) / 0.301).to(torch::kInt64), 0, 128);
    const Tensor index = torch::arange(p.window);
    const Tensor distance = (index.unsqueeze(1) - index.unsqueeze(0)).clamp_min(0);
    const Tensor bias = at("layers.0.time_bias").index_select(0, buckets.view({-1})).view(buckets.sizes())
        + at("layers.0.position_bias").index_select(0, distance.view({-1})).view(distance.sizes());
    const Tensor scores = torch::einsum("bnhd,bmhd->bhnm", {p.padHeads(parts[2]), p.padHeads(parts[3])});
    const Tensor weights = torch::silu(scores + bias.unsqueeze(1)) / (index + 1).view({1, 1, -1, 1})
        * torch::ones({p.window, p.window}).tril();
    const Tensor mixed = torch::einsum("bhnm,bmhd->bnhd", {weights, p.padHeads(parts[1])})
                             .reshape({p.sequences * p.window, hstuWidth})
                             .index_select(0, p.rows);
    const Tensor gated = parts[0] * torch::layer_norm(mixed, {hstuWidth}, {}, {}, 1e-6);
    const Tensor y = x + torch::linear(gated, at("layers.0.out.weight"), at("layers.0.out.bias"));
    return torch::nn::functional::normalize(y, torch::nn::functional::NormalizeFuncOptions().dim(1).eps(1e-6));
}

BenchmarkRow hstuLayer(const HstuWorkload& w, bool quick)
{
    ModelSetup setup;
    setup.items = hstuItems;
    setup.maxLength = w.window;
    setup.parameters = findModel("hstu").schema.validate({{"hidden", hstuWidth}, {"heads", hstuHeads}, {"layers", 1}});
    const auto ours = buildNeuralModel("hstu", setup), theirs = buildNeuralModel("hstu", setup);
    const PackedSequences histories = drawHistories(w);
    const PackedBatch batch = makePackedBatch(histories.view());
    const HstuPadding padding(batch, w.window);
    const Tensor direction
        = torch::tensor(benchmarkValues(batch.events() * hstuWidth, 8)).view({batch.events(), hstuWidth});
    const auto forward = [&] {
        ForwardContext context;
        return ours->encode(batch, context);
    };
    {
        const torch::NoGradGuard guard;
        if ((forward() - paddedHstu(*theirs, batch, padding)).abs().max().item<double>() > 1e-4)
            throw Error(ErrorKind::Internal, "the baseline computes another layer", "compare the two forms first");
    }
    const std::string shape = std::string(w.name) + ": " + std::to_string(w.sequences) + " histories, "
        + std::to_string(batch.events()) + " events, window " + std::to_string(w.window) + ", D 64, 2 heads";
    BenchmarkRow row = timeInterleaved(
        "hstu_layer", shape, "ms", quick ? 5 : 20, [&] { (forward() * direction).sum().backward(); },
        [&] { (paddedHstu(*theirs, batch, padding) * direction).sum().backward(); },
        "LibTorch eager, attention padded, bias and buckets materialised");
    // Once forward, twice backward: projections to four parts and back, scores and mixed values of all pairs seen.
    double pairs = 0.0;
    for (std::int64_t b = 0; b < batch.sequences(); ++b) {
        const auto n = static_cast<double>(batch.offsetSpan()[b + 1] - batch.offsetSpan()[b]);
        pairs += n * (n + 1.0) / 2.0;
    }
    row.flop = 3.0 * 2.0 * hstuWidth * (5.0 * static_cast<double>(batch.events()) * hstuWidth + 2.0 * pairs);
    row.goal = {.ratio = 5.0, .unmet = w.unmet};
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchHstuLayer(bool quick)
{
    // Lengths: Beauty has a mean of 6.9 training events, ML-1M a median of 96 and a mean of 165 before the cut.
    const std::int64_t sequences = quick ? 16 : 64;
    return {hstuLayer({"Beauty-like", 50, 2 * sequences, 5.0, 0.6, 2, ""}, quick),
        hstuLayer({"ML-1M-like", 200, sequences, 96.0, 1.0, 18,
                      "the baseline's products run near this processor's limit, too; what is saved is its padding, "
                      "bias and buckets"},
            quick)};
}

} // namespace recoscope
