// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Operations on packed sequences on a GPU.
#include "engine/kernels/on_device.h"
#include "engine/kernels/staging.h"

namespace recoscope::kernels {

namespace {

void stageTables(Staging& s, RotaryTables& tables, std::int64_t headDim)
{
    s.in(tables.rows);
    s.in(tables.cosine, tables.positions * headDim / 2);
    s.in(tables.sine, tables.positions * headDim / 2);
}

void stageInputs(Staging& s, SoftmaxAttentionForward& a)
{
    const std::int64_t span = (rowsOf(a.offsets) - 1) * a.rowStride + a.heads * a.headDim;
    s.offsets(a.offsets);
    s.in(a.firstQueries);
    for (const float** array : {&a.query, &a.key, &a.value})
        s.in(*array, span);
    stageTables(s, a.rotary, a.headDim);
}

void stageInputs(Staging& s, HstuAttentionForward& a)
{
    const std::int64_t rows = rowsOf(a.offsets);
    s.offsets(a.offsets);
    s.in(a.firstQueries);
    if (rows == 0)
        return;
    for (const float** array : {&a.query, &a.key})
        s.in(*array, (rows - 1) * a.rowStride + a.heads * a.queryDim);
    s.in(a.value, (rows - 1) * a.rowStride + a.heads * a.valueDim);
    s.in(a.positionBias, a.positions);
    s.in(a.timeBias, a.timeBuckets + 1);
    s.in(a.queryTimes, rows);
    s.in(a.keyTimes, rows);
}

// Of cachedAttention() and pagedAttention().
template <class Arguments> void stageRows(Staging& s, Arguments& a, std::int64_t kept)
{
    s.in(a.query, (a.rows - 1) * a.queryStride + a.headDim);
    s.in(a.keys, kept * a.headDim);
    s.in(a.values, kept * a.headDim);
    s.rows(a.output, a.rows, a.outputStride, a.headDim);
}

template <class Backward> void stageGradients(Staging& s, Backward& b, std::int64_t queryWidth, std::int64_t valueWidth)
{
    const std::int64_t rows = rowsOf(b.forward.offsets);
    s.in(b.gradOutput, rows * valueWidth);
    s.rows(b.gradQuery, rows, b.gradStride, queryWidth);
    s.rows(b.gradKey, rows, b.gradStride, queryWidth);
    s.rows(b.gradValue, rows, b.gradStride, valueWidth);
}

} // namespace

void runOnDevice(const DeviceApi& device, LruScanForward a)
{
    Staging s(device);
    const std::int64_t width = 2 * a.channels, rows = rowsOf(a.offsets);
    s.offsets(a.offsets);
    s.in(a.lambda, width);
    s.in(a.input, rows * width);
    s.in(a.initial, sequencesOf(a.offsets) * width);
    s.out(a.states, rows * width);
    s.run(device.lruScanForward, a);
}

void runOnDevice(const DeviceApi& device, LruScanBackward a)
{
    Staging s(device);
    const std::int64_t width = 2 * a.channels, rows = rowsOf(a.offsets);
    s.offsets(a.offsets);
    s.in(a.lambda, width);
    s.in(a.states, rows * width);
    s.in(a.gradStates, rows * width);
    s.out(a.gradInput, rows * width);
    s.out(a.gradLambda, width);
    s.in(a.initial, sequencesOf(a.offsets) * width);
    s.out(a.gradInitial, sequencesOf(a.offsets) * width);
    s.run(device.lruScanBackward, a);
}

void runOnDevice(const DeviceApi& device, LruStepOp op)
{
    Staging s(device);
    LruStep& a = op.step;
    const std::int64_t h = a.width, s2 = 2 * a.channels;
    s.in(a.lambda, s2);
    s.in(a.in, packedLinearFloats(s2, h));
    s.in(a.out, packedLinearFloats(h, s2));
    s.in(a.w1, packedLinearFloats(a.inner, h));
    s.in(a.w2, packedLinearFloats(h, a.inner));
    for (const float** array : {&a.norm1Weight, &a.norm1Bias, &a.norm2Weight, &a.norm2Bias})
        s.in(*array, h);
    s.out(a.state, op.users * s2, true);
    s.out(a.x, op.users * h, true);
    s.run(device.lruStep, op);
}

void runOnDevice(const DeviceApi& device, const LruSteps& a)
{
    const std::int64_t h = a.block.width, s2 = 2 * a.block.channels, sequences = sequencesOf(a.offsets);
    std::vector<std::int64_t> users;
    std::vector<float> states, x;
    for (std::int64_t n = 0;; ++n) {
        users.clear();
        for (std::int64_t b = 0; b < sequences; ++b)
            if (a.offsets[b] + n < a.offsets[b + 1])
                users.push_back(b);
        if (users.empty())
            return;
        states.clear();
        x.clear();
        for (const std::int64_t b : users) {
            states.insert(states.end(), a.block.state + b * s2, a.block.state + (b + 1) * s2);
            const float* row = a.block.x + (a.offsets[b] + n) * h;
            x.insert(x.end(), row, row + h);
        }
        LruStepOp op{a.block, static_cast<std::int64_t>(users.size())};
        op.step.state = states.data();
        op.step.x = x.data();
        runOnDevice(device, op);
        for (std::size_t i = 0; i < users.size(); ++i) {
            std::copy_n(states.data() + static_cast<std::int64_t>(i) * s2, s2, a.block.state + users[i] * s2);
            std::copy_n(x.data() + static_cast<std::int64_t>(i) * h, h, a.block.x + (a.offsets[users[i]] + n) * h);
        }
    }
}

void runOnDevice(const DeviceApi& device, SoftmaxAttentionForward a)
{
    Staging s(device);
    const std::int64_t rows = rowsOf(a.offsets);
    stageInputs(s, a);
    s.out(a.output, rows * a.heads * a.headDim);
    s.out(a.logSumExp, rows * a.heads);
    s.run(device.softmaxAttentionForward, a);
}

void runOnDevice(const DeviceApi& device, SoftmaxAttentionBackward b)
{
    Staging s(device);
    SoftmaxAttentionForward& a = b.forward;
    const std::int64_t rows = rowsOf(a.offsets), width = a.heads * a.headDim;
    stageInputs(s, a);
    s.out(a.output, rows * width, true);
    s.out(a.logSumExp, rows * a.heads, true);
    stageGradients(s, b, width, width);
    s.run(device.softmaxAttentionBackward, b);
}

void runOnDevice(const DeviceApi& device, RotateRows a)
{
    Staging s(device);
    const std::int64_t width = a.heads * a.headDim;
    s.in(a.input, (a.rows - 1) * a.inputStride + width);
    s.rows(a.output, a.rows, a.outputStride, width);
    stageTables(s, a.rotary, a.headDim);
    s.run(device.rotateRows, a);
}

void runOnDevice(const DeviceApi& device, CachedAttention a)
{
    Staging s(device);
    stageRows(s, a, a.events);
    s.run(device.cachedAttention, a);
}

void runOnDevice(const DeviceApi& device, PagedAttention a)
{
    Staging s(device);
    s.offsets(a.offsets);
    s.in(a.pages);
    stageRows(s, a, a.kept);
    s.run(device.pagedAttention, a);
}

void runOnDevice(const DeviceApi& device, HstuAttentionForward a)
{
    Staging s(device);
    stageInputs(s, a);
    s.out(a.output, rowsOf(a.offsets) * a.heads * a.valueDim);
    s.run(device.hstuAttentionForward, a);
}

void runOnDevice(const DeviceApi& device, HstuAttentionBackward b)
{
    Staging s(device);
    HstuAttentionForward& a = b.forward;
    stageInputs(s, a);
    stageGradients(s, b, a.heads * a.queryDim, a.heads * a.valueDim);
    s.out(b.gradPositionBias, a.positionBias ? a.positions : 0);
    s.out(b.gradTimeBias, a.timeBias ? a.timeBuckets + 1 : 0);
    s.run(device.hstuAttentionBackward, b);
}

// Without the rows of numbers.
static void stageBf16Inputs(Staging& s, HstuAttentionBf16Forward& a)
{
    HstuAttentionForward& shape = a.shape;
    shape.query = shape.key = shape.value = nullptr;
    stageInputs(s, shape);
    const std::int64_t rows = rowsOf(shape.offsets);
    if (rows == 0)
        return;
    for (const Bfloat16** array : {&a.query, &a.key})
        s.in(*array, (rows - 1) * shape.rowStride + shape.heads * shape.queryDim);
    s.in(a.value, (rows - 1) * shape.rowStride + shape.heads * shape.valueDim);
}

void runOnDevice(const DeviceApi& device, HstuAttentionBf16Forward a)
{
    Staging s(device);
    stageBf16Inputs(s, a);
    s.out(a.output, rowsOf(a.shape.offsets) * a.shape.heads * a.shape.valueDim);
    s.run(device.hstuAttentionBf16Forward, a);
}

void runOnDevice(const DeviceApi& device, HstuAttentionBf16Backward b)
{
    Staging s(device);
    HstuAttentionForward& shape = b.forward.shape;
    stageBf16Inputs(s, b.forward);
    const std::int64_t rows = rowsOf(shape.offsets), queryWidth = shape.heads * shape.queryDim,
                       valueWidth = shape.heads * shape.valueDim;
    s.in(b.gradOutput, rows * valueWidth);
    s.rows(b.gradQuery, rows, b.gradStride, queryWidth);
    s.rows(b.gradKey, rows, b.gradStride, queryWidth);
    s.rows(b.gradValue, rows, b.gradStride, valueWidth);
    s.out(b.gradPositionBias, shape.positionBias ? shape.positions : 0);
    s.out(b.gradTimeBias, shape.timeBias ? shape.timeBuckets + 1 : 0);
    s.run(device.hstuAttentionBf16Backward, b);
}

} // namespace recoscope::kernels
