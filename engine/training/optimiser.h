// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Optimisers over the flat buffers of a parameter set, on the device that these are on. float32 AdamW and Adam are one
// fused kernel pass with the clip folded in; the others, and float64, are a few tensor operations on the flat buffers.
// Where a loss touches few rows of the item tables, AdamW can leave the others alone until they are needed
// (kernels::SparseAdamW): the same numbers, but for the clip, whose norm is summed in another order. Or these tables
// are updated by row-wise Adagrad (kernels::RowAdagrad), with one number of state a row, and the rest by AdamW.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/kernels/ops.h"
#include "engine/nn/parameters.h"
#include "engine/training/gradient_clip.h"

namespace recoscope {

enum class OptimiserKind { AdamW, Adam, Adagrad, Sgd };
enum class TableRule { SparseAdamW, RowAdagrad };

struct OptimiserSettings {
    OptimiserKind kind = OptimiserKind::AdamW;
    double learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weightDecay = 0.0; // AdamW: decoupled; Adam and SGD: added to the gradient
    bool amsgrad = false;
    double momentum = 0.0; // SGD
    double initialAccumulator = 0.0; // Adagrad
    double clipNorm = 0.0; // global norm; 0 = off
    TableRule tableRule = TableRule::SparseAdamW; // of the tables to update by rows
};

class Optimiser {
public:
    // `tables` names float32 matrices to update by rows, with AdamW only. Every table has the same number of rows.
    Optimiser(Parameters& parameters, const OptimiserSettings& settings, const std::vector<std::string>& tables = {});

    bool hasTables() const { return !m_tables.empty(); }
    // The rows (ascending) that the coming pass reads and has gradients for: brings them up to date and makes the
    // gradients zero. Without tables by rows only the latter.
    void prepare(std::span<const std::int32_t> rows = {});
    // One step from parameters.gradients(), for which nobody waits; returns the gradient's global norm before the clip,
    // [] float64 where the parameters are.
    torch::Tensor step(double learningRate) { return step(learningRate, learningRate); }
    torch::Tensor step(double learningRate, double ofTables); // the latter with RowAdagrad alone
    // Brings every row up to date: before anything else reads the parameters or the state.
    void settle();
    // Forgets moments and steps.
    void restart();
    std::int64_t steps() const { return m_steps; }
    void setSteps(std::int64_t steps); // of a checkpoint, with the state of a settled optimiser

    // State for checkpoints: flat, in the order of the parameters. Undefined where the kind has none. With RowAdagrad
    // the tables have none of it but for the accumulators of their rows, which follow in secondMoment, table by table.
    torch::Tensor firstMoment, secondMoment, maxSecondMoment;

private:
    struct Range {
        std::int64_t begin, end, state; // state: begin in the moments
        double weightDecay;
    };
    struct Table {
        std::int64_t begin, rows, width, state; // state: begin in the moments, or of the accumulators
        double weightDecay;
        torch::Tensor rowSteps; // [rows] int64 steps that each row has made, where the parameters are; with SparseAdamW
        std::vector<kernels::AdamWFactors> factors; // of the steps since all rows were up to date
    };
    bool byAdagrad() const { return m_settings.tableRule == TableRule::RowAdagrad; }
    void addTables(const std::vector<std::string>& names);
    void addRange(std::int64_t begin, std::int64_t end);
    void makeState();
    std::vector<GradientPart> gradientParts() const;
    // The last of the steps had no gradient where that is null, else `scale` of GradientClip.
    void updateRows(Table& table, const torch::Tensor& rows, float* gradient, const torch::Tensor& scale);
    kernels::AdamWStep adamSettings(double learningRate, double weightDecay) const;

    static torch::Tensor part(const torch::Tensor& state, const Range& range);
    // `scale` of GradientClip.
    void adagradRows(const Table& table, double learningRate, const torch::Tensor& scale);
    void adam(const Range& range, double learningRate, const torch::Tensor& scale);
    void plainAdam(const Range& range, double learningRate, const torch::Tensor& scale);
    void adagradOrSgd(const Range& range, double learningRate, const torch::Tensor& scale);

    Parameters& m_parameters;
    OptimiserSettings m_settings;
    std::int64_t m_steps = 0;
    std::vector<Range> m_ranges; // what is updated whole
    std::vector<Table> m_tables; // what is updated by rows
    torch::Tensor m_rows; // [R] int32 of the coming step, where the parameters are
};

// Learning rate factor by step: "constant", "linear" (warm-up, then to zero) or "cosine" (warm-up, then half cosine).
double scheduleFactor(
    const std::string& schedule, std::int64_t step, std::int64_t warmupSteps, std::int64_t totalSteps);

} // namespace recoscope
