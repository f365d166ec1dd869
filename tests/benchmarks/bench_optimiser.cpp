// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Backward of an embedding and one AdamW step of its table, of which each step touches few rows, against LibTorch with
// a dense gradient and its fused AdamW; and the same with row-wise Adagrad, against both. Both start from the same
// state, and each is in the middle of a training: rows were last touched as long ago as steps of this size leave them
// alone.
#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/row_adagrad.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace recoscope {

namespace {

struct EmbeddingTraining {
    static constexpr std::int64_t width = 64;
    std::int64_t items, touched; // rows of the table; look-ups of a step
    std::vector<float> table, gradient, first, second, gradOutput;
    std::vector<std::int64_t> rowSteps;
    std::vector<kernels::AdamWFactors> factors;
    std::vector<std::int32_t> indices, rows;
    std::int64_t steps = 0;
    RandomStream stream{5, "bench-embedding"};

    EmbeddingTraining(std::int64_t tableRows, std::int64_t lookUps)
        : items(tableRows)
        , touched(lookUps)
        , table(benchmarkValues(items * width, 1))
        , gradient(items * width)
        , first(benchmarkValues(items * width, 2))
        , second(benchmarkValues(items * width, 3))
        , gradOutput(benchmarkValues(touched * width, 4))
        , rowSteps(items)
        , indices(touched)
    {
        const auto past = static_cast<std::int64_t>(20.0 * static_cast<double>(items) / static_cast<double>(touched));
        const double rate = std::log1p(-static_cast<double>(touched) / static_cast<double>(items));
        for (float& v : second)
            v = v * v + 1e-4f;
        while (steps < past)
            factors.push_back(kernels::adamWFactors(settings(++steps)));
        for (std::int64_t& made : rowSteps) // geometric, as uniform touches leave it
            made = std::max<std::int64_t>(0, steps - static_cast<std::int64_t>(std::log1p(-stream.uniform()) / rate));
        draw();
    }

    static kernels::AdamWStep settings(std::int64_t step)
    {
        kernels::AdamWStep a;
        a.weightDecay = 0.01;
        a.step = step;
        return a;
    }

    void draw()
    {
        for (std::int32_t& index : indices)
            index = static_cast<std::int32_t>(stream.below(items));
    }

    void update(float* gradients)
    {
        kernels::SparseAdamW a;
        a.tableRows = items;
        a.width = width;
        a.parameter = table.data();
        a.gradient = gradients;
        a.firstMoment = first.data();
        a.secondMoment = second.data();
        a.rowSteps = rowSteps.data();
        a.rows = rows;
        a.steps = steps;
        a.factors = factors;
        kernels::sparseAdamW(a);
    }

    // As a training step does it: up to date before the look-up, then gradient and update.
    void step()
    {
        rows = indices;
        std::sort(rows.begin(), rows.end());
        rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
        update(nullptr);
        kernels::embeddingScatterAdd(touched, width, items, gradOutput.data(), indices.data(), gradient.data());
        factors.push_back(kernels::adamWFactors(settings(++steps)));
        update(gradient.data());
    }

    void settle()
    {
        rows.resize(items);
        std::iota(rows.begin(), rows.end(), 0);
        update(nullptr);
    }
};

// Its look-ups and gradients, with row-wise Adagrad on a table of its own.
struct RowAdagradTraining {
    const EmbeddingTraining& lookUps;
    std::vector<float> table, gradient, accumulator;

    explicit RowAdagradTraining(const EmbeddingTraining& from)
        : lookUps(from)
        , table(from.table)
        , gradient(from.table.size())
        , accumulator(from.items, 1e-4f)
    {
    }
    void step()
    {
        constexpr std::int64_t width = EmbeddingTraining::width;
        std::vector<std::int32_t> rows = lookUps.indices;
        std::sort(rows.begin(), rows.end());
        rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
        kernels::embeddingScatterAdd(
            lookUps.touched, width, lookUps.items, lookUps.gradOutput.data(), lookUps.indices.data(), gradient.data());
        kernels::RowAdagrad a{lookUps.items, width, table.data(), gradient.data(), accumulator.data(), std::span(rows)};
        a.weightDecay = 0.01;
        kernels::rowAdagrad(a);
    }
};

struct DenseTraining {
    at::Tensor table, first, second, steps, gradOutput;

    explicit DenseTraining(EmbeddingTraining& from)
        : table(copied(from.table))
        , first(copied(from.first))
        , second(copied(from.second))
        , steps(at::full({}, static_cast<double>(from.steps), at::kFloat))
        , gradOutput(copied(from.gradOutput))
    {
    }
    static at::Tensor copied(std::vector<float>& values)
    {
        const auto rows = static_cast<std::int64_t>(values.size()) / EmbeddingTraining::width;
        return at::from_blob(values.data(), {rows, EmbeddingTraining::width}).clone();
    }
    void step(const EmbeddingTraining& ours)
    {
        const at::Tensor ids = at::from_blob(const_cast<std::int32_t*>(ours.indices.data()), {ours.touched}, at::kInt);
        const at::Tensor gradient = at::embedding_dense_backward(gradOutput, ids, ours.items, -1, false);
        steps.add_(1);
        at::_fused_adamw_(
            {table}, {gradient}, {first}, {second}, {}, {steps}, 1e-3, 0.9, 0.999, 0.01, 1e-8, false, false);
    }
};

} // namespace

std::vector<BenchmarkRow> benchSparseAdamW(bool quick)
{
    const std::int64_t items = quick ? 100000 : 1000000, touched = 8192;
    EmbeddingTraining ours(items, touched);
    ours.settle(); // the baseline starts from the same numbers
    DenseTraining theirs(ours);
    ours = EmbeddingTraining(items, touched);
    BenchmarkRow row = timeInterleaved(
        "sparse_adamw",
        std::to_string(items) + " items x D 64, " + std::to_string(touched) + " look-ups a step, uniform", "ms",
        quick ? 5 : 10,
        [&] {
            ours.draw();
            ours.step();
        },
        [&] { theirs.step(ours); }, "baseline: LibTorch embedding_dense_backward and _fused_adamw_");
    ours.settle();
    const double apart = (at::from_blob(ours.table.data(), {items, EmbeddingTraining::width}) - theirs.table)
                             .abs()
                             .max()
                             .item<double>();
    if (!(apart < 1e-5))
        throw Error(ErrorKind::Internal, "the baseline trains another table", "compare the two forms first");
    row.goal.ratio = 4.0;
    row.note += "; tables within " + std::to_string(apart * 1e9) + "e-9";
    return {row};
}

std::vector<BenchmarkRow> benchRowAdagrad(bool quick)
{
    const std::int64_t items = quick ? 100000 : 1000000, touched = 8192;
    EmbeddingTraining sparse(items, touched);
    RowAdagradTraining ours(sparse);
    const std::string shape
        = std::to_string(items) + " items x D 64, " + std::to_string(touched) + " look-ups a step, uniform";
    std::vector<BenchmarkRow> rows;
    {
        DenseTraining dense(sparse);
        rows.push_back(timeInterleaved(
            "row_adagrad", shape, "ms", quick ? 5 : 10,
            [&] {
                sparse.draw();
                ours.step();
            },
            [&] { dense.step(sparse); }, "baseline: LibTorch embedding_dense_backward and _fused_adamw_"));
    }
    rows.push_back(timeInterleaved(
        "row_adagrad", shape, "ms", quick ? 5 : 10,
        [&] {
            sparse.draw();
            ours.step();
        },
        [&] { sparse.step(); }, "baseline: the same rows by sparse AdamW"));
    return rows;
}

} // namespace recoscope
