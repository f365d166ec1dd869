// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Linear layer, softmax and cross-entropy over a large catalogue, forward and backward, against LibTorch in chunks of
// rows.
#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

namespace recoscope {

std::vector<BenchmarkRow> benchCrossEntropy(bool quick)
{
    using torch::Tensor;
    const std::int64_t rows = quick ? 512 : 8192, items = quick ? 20000 : 100000, width = 64, chunk = 256;
    std::vector<float> hidden = benchmarkValues(rows * width, 1), table = benchmarkValues(items * width, 2);
    std::vector<std::int32_t> targets(rows);
    RandomStream random(3, "targets");
    for (std::int32_t& target : targets)
        target = static_cast<std::int32_t>(random.below(items));
    std::vector<double> loss(rows);
    std::vector<float> gradHidden(rows * width), gradTable(items * width);
    Tensor h = torch::from_blob(hidden.data(), {rows, width}).requires_grad_();
    Tensor w = torch::from_blob(table.data(), {items, width}).requires_grad_();
    const Tensor y = torch::tensor(targets, torch::kInt64);
    double theirs = 0.0;
    BenchmarkRow row = timeInterleaved(
        "cross_entropy",
        std::to_string(rows) + " rows x " + std::to_string(items) + " items x D 64, forward and backward", "s",
        quick ? 3 : 2,
        [&] {
            std::fill(gradTable.begin(), gradTable.end(), 0.0f);
            kernels::linearCrossEntropy({rows, items, width, hidden.data(), table.data(), nullptr, targets.data(),
                1.0f / static_cast<float>(rows), loss.data(), gradHidden.data(), gradTable.data(), nullptr});
        },
        [&] {
            h.mutable_grad() = w.mutable_grad() = Tensor();
            theirs = 0.0;
            for (std::int64_t first = 0; first < rows; first += chunk) {
                const std::int64_t count = std::min(chunk, rows - first);
                const Tensor part = torch::nn::functional::cross_entropy(torch::mm(h.narrow(0, first, count), w.t()),
                                        y.narrow(0, first, count),
                                        torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
                    / static_cast<double>(rows);
                part.backward();
                theirs += part.item<double>();
            }
        },
        "baseline: LibTorch mm and cross_entropy in chunks of 256 rows");
    const double ours = std::accumulate(loss.begin(), loss.end(), 0.0) / static_cast<double>(rows);
    const double apart = (torch::from_blob(gradTable.data(), {items, width}) - w.grad()).abs().max().item<double>();
    row.note += "; loss " + std::to_string(ours) + " and " + std::to_string(theirs) + ", gradients of the table within "
        + std::to_string(apart * 1e9) + "e-9";
    row.flop = 3.0 * 2.0 * static_cast<double>(rows * items * width);
    row.goal.ratio = 1.5;
    return {row};
}

} // namespace recoscope
