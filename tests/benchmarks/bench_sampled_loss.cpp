// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses over sampled negatives, forward and backward, against the same in LibTorch eager: gathered item vectors, a
// batched product, softmax or sigmoids. Both add into a dense gradient of the table.
#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/nn/losses.h"
#include "engine/nn/plain.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <torch/torch.h>

namespace recoscope {

namespace {

using torch::Tensor;

struct SampledShape {
    const char* text;
    std::int64_t rows, items, negatives;
    bool shared, logistic, unitItems;
};

Tensor randomLeaf(std::int64_t rows, std::int64_t width, std::uint64_t seed)
{
    return torch::tensor(benchmarkValues(rows * width, seed)).view({rows, width}).set_requires_grad(true);
}

BenchmarkRow sampledLossRow(const SampledShape& s, int repeats)
{
    const std::int64_t width = 64;
    RandomStream stream(9, "bench-sampled");
    const auto draw = [&](at::IntArrayRef shape) {
        Tensor ids = torch::empty(shape, torch::kInt32);
        for (std::int64_t i = 0; i < ids.numel(); ++i)
            ids.data_ptr<std::int32_t>()[i] = static_cast<std::int32_t>(stream.below(s.items));
        return ids;
    };
    const Tensor targets = draw({s.rows});
    const Tensor negatives = s.shared ? draw({s.negatives}) : draw({s.rows, s.negatives});
    auto loss
        = s.logistic ? nn::SampledLoss::gbce(targets, negatives, 0.5) : nn::SampledLoss::softmax(targets, negatives);
    loss.unitItems = s.unitItems;
    Tensor hidden = randomLeaf(s.rows, width, 1), table = randomLeaf(s.items, width, 2);
    Tensor plainHidden = hidden.detach().clone().set_requires_grad(true);
    Tensor plainTable = table.detach().clone().set_requires_grad(true);
    const auto clear = [](Tensor& leaf) {
        if (leaf.grad().defined())
            leaf.mutable_grad().zero_();
    };
    double ours = 0.0, theirs = 0.0;
    BenchmarkRow row = timeInterleaved(
        "sampled_loss", s.text, "ms", repeats,
        [&] {
            clear(hidden);
            clear(table);
            const Tensor mean = nn::sampledLossRows(hidden, table, {}, loss).mean();
            mean.backward();
            ours = mean.item<double>();
        },
        [&] {
            clear(plainHidden);
            clear(plainTable);
            const Tensor mean = nn::plain::sampledLossRows(plainHidden, plainTable, {}, loss).mean();
            mean.backward();
            theirs = mean.item<double>();
        },
        "baseline: LibTorch eager over gathered rows, with our look-up");
    if (std::abs(ours - theirs) > 1e-4 || !torch::allclose(table.grad(), plainTable.grad(), 1e-3, 1e-6))
        throw Error(ErrorKind::Internal, "the baseline computes another loss", "compare the two forms first");
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchSampledLoss(bool quick)
{
    const int repeats = quick ? 4 : 20;
    std::vector<BenchmarkRow> rows;
    for (const SampledShape& shape : {SampledShape{"gBCE, 814 rows x 256 negatives of each, 12,101 items x D 64", 814,
                                          12101, 256, false, true, false},
             SampledShape{"softmax of unit items, 814 rows x 128 negatives of each, 12,101 items x D 64", 814, 12101,
                 128, false, false, true},
             SampledShape{"softmax, 814 rows x 4,096 shared negatives, 12,101 items x D 64", 814, 12101, 4096, true,
                 false, false}})
        rows.push_back(sampledLossRow(shape, repeats));
    return rows;
}

} // namespace recoscope
