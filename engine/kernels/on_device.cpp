// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses, elements, optimisers, lists and batches on a GPU.
#include "engine/kernels/on_device.h"
#include "engine/kernels/staging.h"

namespace recoscope::kernels {

namespace {

void stageTop(Staging& s, TopK& a)
{
    s.in(a.query, a.queries * a.width);
    s.in(a.table, a.items * a.width);
    s.in(a.bias, a.items);
    s.in(a.seenOffsets);
    s.in(a.seen);
    s.out(a.ids, a.queries * a.k);
    s.out(a.scores, a.queries * a.k);
}

// What every loss over scores of items reads and gives.
template <class Loss> void stageLoss(Staging& s, Loss& a)
{
    s.in(a.hidden, a.rows * a.width);
    s.in(a.table, a.items * a.width);
    s.in(a.bias, a.items);
    s.in(a.targets, a.rows);
    s.out(a.loss, a.rows);
    s.out(a.gradHidden, a.rows * a.width);
    s.out(a.gradTable, a.items * a.width, true);
    s.out(a.gradBias, a.items, true);
}

} // namespace

void runOnDevice(const DeviceApi& device, LinearCrossEntropy a)
{
    Staging s(device);
    stageLoss(s, a);
    s.run(device.linearCrossEntropy, a);
}

void runOnDevice(const DeviceApi& device, SampledLoss a)
{
    Staging s(device);
    stageLoss(s, a);
    s.in(a.sample, (a.shared ? 1 : a.rows) * a.negatives);
    s.in(a.logQ, a.items);
    s.in(a.gradLoss, a.rows);
    s.run(device.sampledLoss, a);
}

void runOnDevice(const DeviceApi& device, LayerNormForward a)
{
    Staging s(device);
    s.in(a.input, a.rows * a.width);
    s.in(a.residual, a.rows * a.width);
    s.in(a.weight, a.width);
    s.in(a.bias, a.width);
    s.out(a.output, a.rows * a.width);
    s.out(a.normalised, a.rows * a.width);
    s.out(a.inverseSigma, a.rows);
    s.run(device.layerNormForward, a);
}

void runOnDevice(const DeviceApi& device, LayerNormBackward a)
{
    Staging s(device);
    s.in(a.gradOutput, a.rows * a.width);
    s.in(a.normalised, a.rows * a.width);
    s.in(a.inverseSigma, a.rows);
    s.in(a.weight, a.width);
    s.out(a.gradInput, a.rows * a.width);
    s.out(a.gradResidual, a.rows * a.width);
    s.out(a.gradWeight, a.width);
    s.out(a.gradBias, a.width);
    s.run(device.layerNormBackward, a);
}

void runOnDevice(const DeviceApi& device, decltype(DeviceApi::dropout) operation, ElementsOp a)
{
    Staging s(device);
    s.in(a.input, a.count);
    s.in(a.gradOutput, a.count);
    s.out(a.output, a.count);
    s.run(operation, a);
}

void gatherOnDevice(const DeviceApi& device, LookUpOp a)
{
    Staging s(device);
    s.in(a.from, a.tableRows * a.width);
    s.in(a.indices, a.rows);
    s.out(a.to, a.rows * a.width);
    s.run(device.embeddingGather, a);
}

void scatterAddOnDevice(const DeviceApi& device, LookUpOp a)
{
    Staging s(device);
    s.in(a.from, a.rows * a.width);
    s.in(a.indices, a.rows);
    s.out(a.to, a.tableRows * a.width, true);
    s.run(device.embeddingScatterAdd, a);
}

void runOnDevice(const DeviceApi& device, AdamWStep a)
{
    Staging s(device);
    s.in(a.gradient, a.count);
    for (float** array : {&a.parameter, &a.firstMoment, &a.secondMoment})
        s.out(*array, a.count, true);
    s.run(device.adamWStep, a);
}

void runOnDevice(const DeviceApi& device, SparseAdamW a)
{
    Staging s(device);
    s.in(a.rows);
    s.in(a.factors);
    for (float** array : {&a.parameter, &a.gradient, &a.firstMoment, &a.secondMoment})
        s.out(*array, a.tableRows * a.width, true);
    s.out(a.rowSteps, a.tableRows, true);
    s.run(device.sparseAdamW, a);
}

void runOnDevice(const DeviceApi& device, SumOfSquaresOp a)
{
    Staging s(device);
    const std::int64_t last = a.rows && a.count > 0 ? a.rows[a.count - 1] : 0; // rows ascend
    s.in(a.values, a.rows ? (last + 1) * a.width : a.count);
    s.in(a.rows, a.count);
    s.out(a.result, 1);
    s.run(device.sumOfSquares, a);
}

void runOnDevice(const DeviceApi& device, ScoreAllOp a)
{
    Staging s(device);
    s.in(a.query, a.width);
    s.in(a.table, a.items * a.width);
    s.in(a.bias, a.items);
    s.out(a.scores, a.items);
    s.run(device.scoreAll, a);
}

void runOnDevice(const DeviceApi& device, TopK a)
{
    Staging s(device);
    stageTop(s, a);
    s.run(device.topK, a);
}

void runOnDevice(const DeviceApi& device, TopKBf16Op op)
{
    Staging s(device);
    s.in(op.rounded, op.top.items * op.stride);
    stageTop(s, op.top);
    s.run(device.topKBf16, op);
}

void runOnDevice(const DeviceApi& device, RankTargets r)
{
    Staging s(device);
    stageTop(s, r.top);
    s.in(r.targets, r.top.queries);
    for (std::int64_t** array : {&r.greater, &r.equal, &r.equalBefore})
        s.out(*array, r.top.queries);
    s.out(r.targetScore, r.top.queries);
    s.run(device.rankTargets, r);
}

void runOnDevice(const DeviceApi& device, BatchRows a)
{
    Staging s(device);
    Histories& h = a.histories;
    const std::int64_t events = h.offsets[h.users];
    s.in(h.offsets, h.users + 1);
    s.in(h.items, events);
    s.in(h.times, events);
    s.in(h.feedback, events);
    s.in(h.marks, events);
    s.in(a.window, a.windows);
    s.out(a.offsets, a.sequences + 1);
    for (std::int32_t** array : {&a.items, &a.positions, &a.surfaces, &a.kinds})
        s.out(*array, a.rows);
    s.out(a.times, a.rows);
    s.out(a.queryTimes, a.rows);
    s.out(a.feedback, a.rows);
    s.out(a.targets, a.targetCount());
    s.out(a.targetFeedback, a.targetCount());
    s.out(a.targetMarks, a.targetCount());
    s.run(device.batchRows, a);
}

} // namespace recoscope::kernels
