// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/on_device.h"

#include "engine/core/error.h"
#include "engine/kernels/argument_checks.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace recoscope::kernels {

namespace {

// The device memory of one call. Pointers of the arguments are replaced by their copies; null stays null.
class Staging {
public:
    explicit Staging(const DeviceApi& device)
        : m_device(device)
    {
    }
    ~Staging()
    {
        for (const Copy& copy : m_copies)
            m_device.release(copy.device);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    template <class T> void in(const T*& pointer, std::int64_t count)
    {
        if (!pointer)
            return;
        void* copy = memory(pointer, count * sizeof(T));
        require(m_device.upload(copy, pointer, count * sizeof(T)));
        pointer = static_cast<const T*>(copy);
    }
    template <class T> void in(std::span<const T>& values)
    {
        const T* pointer = values.data();
        in(pointer, static_cast<std::int64_t>(values.size()));
        values = {pointer, values.size()};
    }
    void offsets(std::span<const std::int64_t> values)
    {
        m_call.offsets = values.data();
        in(m_call.offsets, static_cast<std::int64_t>(values.size()));
    }
    // An output, or what is read and written. One that is an input already stays the same array.
    template <class T> void out(T*& pointer, std::int64_t count, bool read = false)
    {
        rows(pointer, 1, count, count, read);
    }
    template <class T>
    void rows(T*& pointer, std::int64_t count, std::int64_t stride, std::int64_t width, bool read = false)
    {
        if (!pointer || count == 0)
            return;
        const std::int64_t bytes = ((count - 1) * stride + width) * sizeof(T);
        const auto same = std::find_if(m_copies.begin(), m_copies.end(),
            [&](const Copy& copy) { return copy.host == pointer && copy.bytes == bytes; });
        void* copy = same == m_copies.end() ? memory(pointer, bytes) : same->device;
        if (read)
            require(m_device.upload(copy, pointer, bytes));
        m_results.push_back({pointer, copy, count, static_cast<std::int64_t>(stride * sizeof(T)),
            static_cast<std::int64_t>(width * sizeof(T))});
        pointer = static_cast<T*>(copy);
    }

    template <class Arguments>
    void run(std::int32_t (*operation)(const Arguments*, const DeviceCall*), const Arguments& a)
    {
        std::int64_t needed = 0;
        m_call.workspaceNeeded = &needed;
        require(operation(&a, &m_call));
        m_call.workspaceNeeded = nullptr;
        m_call.workspaceBytes = needed;
        m_call.workspace = memory(nullptr, std::max<std::int64_t>(needed, 1));
        std::int32_t fault = 0;
        m_call.fault = static_cast<std::int32_t*>(memory(nullptr, sizeof fault));
        require(m_device.upload(m_call.fault, &fault, sizeof fault));
        require(operation(&a, &m_call));
        for (const Result& result : m_results)
            fetch(result);
        require(m_device.download(&fault, m_call.fault, sizeof fault));
        if (fault != 0)
            throw Error(ErrorKind::Usage, m_device.faultText(fault), "see engine/kernels/ops.h");
    }

private:
    struct Copy {
        const void* host;
        void* device;
        std::int64_t bytes;
    };
    struct Result {
        void* host;
        const void* device;
        std::int64_t rows, stride, width; // bytes
    };

    void* memory(const void* host, std::int64_t bytes)
    {
        void* device = nullptr;
        require(m_device.allocate(std::max<std::int64_t>(bytes, 1), &device));
        m_copies.push_back({host, device, bytes});
        return device;
    }

    // What lies between the rows belongs to others.
    void fetch(const Result& result)
    {
        std::vector<char> all((result.rows - 1) * result.stride + result.width);
        require(m_device.download(all.data(), result.device, static_cast<std::int64_t>(all.size())));
        for (std::int64_t r = 0; r < result.rows; ++r)
            std::memcpy(static_cast<char*>(result.host) + r * result.stride, all.data() + r * result.stride,
                static_cast<std::size_t>(result.width));
    }

    void require(std::int32_t status) const
    {
        if (status != 0)
            throw Error(static_cast<ErrorKind>(status), m_device.lastMessage(), m_device.lastHint());
    }

    const DeviceApi& m_device;
    DeviceCall m_call;
    std::vector<Copy> m_copies;
    std::vector<Result> m_results;
};

void stageInputs(Staging& s, SoftmaxAttentionForward& a)
{
    const std::int64_t span = (rowsOf(a.offsets) - 1) * a.rowStride + a.heads * a.headDim;
    s.offsets(a.offsets);
    s.in(a.firstQueries);
    for (const float** array : {&a.query, &a.key, &a.value})
        s.in(*array, span);
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

// What projections and their backward have in common; `kept`: slopes and moments are read, not made.
void stageProjection(Staging& s, SiluProjection& a, bool kept)
{
    s.in(a.input, a.rows * a.inner);
    s.in(a.weight, a.inner * a.width);
    s.in(a.bias, a.width);
    s.out(a.slope, a.rows * a.activated, kept);
    if (a.normEpsilon == 0.0f) // nobody writes them
        a.mean = a.inverseSigma = nullptr;
    s.out(a.mean, a.rows, kept);
    s.out(a.inverseSigma, a.rows, kept);
}

void stageGated(Staging& s, GatedOutput& a, bool kept)
{
    if (a.rows == 0)
        return;
    s.in(a.input, a.rows * a.inner);
    s.in(a.gate, (a.rows - 1) * a.gateStride + a.inner);
    s.in(a.weight, a.width * a.inner);
    s.in(a.bias, a.width);
    s.out(a.mean, a.rows, kept);
    s.out(a.inverseSigma, a.rows, kept);
}

// `kept`: what the forward leaves is read, not made.
void stageLayer(Staging& s, HstuLayerForward& a, bool kept)
{
    const std::int64_t rows = rowsOf(a.offsets), row = a.rowWidth();
    s.offsets(a.offsets);
    s.in(a.input, rows * a.width);
    s.in(a.weight, a.width * row);
    s.in(a.bias, row);
    s.in(a.positionBias, a.positions);
    s.in(a.timeBias, a.timeBuckets + 1);
    s.in(a.queryTimes, rows);
    s.in(a.keyTimes, rows);
    s.in(a.outWeight, a.width * a.valueWidth());
    s.in(a.outBias, a.width);
    s.out(a.projected, rows * row, kept);
    s.out(a.mixed, rows * a.valueWidth(), kept);
    s.out(a.slope, rows * row, kept);
    for (float** moments : {&a.mean, &a.inverseSigma, &a.mixedMean, &a.mixedInverseSigma})
        s.out(*moments, rows, kept);
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

// What every loss over scores of items reads and gives.
template <class Loss> static void stageLoss(Staging& s, Loss& a)
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

void runOnDevice(const DeviceApi& device, SiluProjection a)
{
    Staging s(device);
    stageProjection(s, a, false);
    s.out(a.output, a.rows * a.width);
    s.run(device.siluProjectionForward, a);
}

void runOnDevice(const DeviceApi& device, SiluProjectionBackward b)
{
    Staging s(device);
    SiluProjection& a = b.forward;
    stageProjection(s, a, true);
    s.in(b.gradOutput, a.rows * a.width);
    s.out(b.gradInput, a.rows * a.inner);
    s.out(b.gradWeight, a.inner * a.width);
    s.out(b.gradBias, a.bias ? a.width : 0);
    s.run(device.siluProjectionBackward, b);
}

void runOnDevice(const DeviceApi& device, HstuLayerForward a)
{
    Staging s(device);
    stageLayer(s, a, false);
    s.out(a.output, rowsOf(a.offsets) * a.width);
    s.run(device.hstuLayerForward, a);
}

void runOnDevice(const DeviceApi& device, HstuLayerBackward b)
{
    Staging s(device);
    const HstuLayerForward& a = b.forward;
    const std::int64_t rows = rowsOf(a.offsets);
    const bool biased = a.bias, placed = a.positionBias, timed = a.timeBias;
    stageLayer(s, b.forward, true);
    s.in(b.gradOutput, rows * a.width);
    s.out(b.gradInput, rows * a.width);
    s.out(b.gradProjected, rows * a.rowWidth());
    s.out(b.gradMixed, rows * a.valueWidth());
    s.out(b.gradWeight, a.width * a.rowWidth());
    s.out(b.gradBias, biased ? a.rowWidth() : 0);
    s.out(b.gradPositionBias, placed ? a.positions : 0);
    s.out(b.gradTimeBias, timed ? a.timeBuckets + 1 : 0);
    s.out(b.gradOutWeight, a.width * a.valueWidth());
    s.out(b.gradOutBias, a.width);
    s.run(device.hstuLayerBackward, b);
}

void runOnDevice(const DeviceApi& device, GatedOutput a)
{
    Staging s(device);
    stageGated(s, a, false);
    s.in(a.residual, a.rows * a.width);
    s.out(a.output, a.rows * a.width);
    s.run(device.gatedOutputForward, a);
}

void runOnDevice(const DeviceApi& device, GatedOutputBackward b)
{
    Staging s(device);
    const GatedOutput& a = b.forward;
    stageGated(s, b.forward, true);
    s.in(b.gradOutput, a.rows * a.width);
    s.out(b.gradInput, a.rows * a.inner);
    s.rows(b.gradGate, a.rows, b.gradGateStride, a.inner);
    s.out(b.gradWeight, a.width * a.inner);
    s.out(b.gradBias, a.width);
    s.run(device.gatedOutputBackward, b);
}

void runOnDevice(const DeviceApi& device, UnitRows a)
{
    Staging s(device);
    s.in(a.input, a.rows * a.width);
    s.out(a.output, a.rows * a.width);
    s.out(a.inverse, a.rows);
    s.run(device.unitRowsForward, a);
}

void runOnDevice(const DeviceApi& device, UnitRowsBackward b)
{
    Staging s(device);
    UnitRows& a = b.forward;
    s.out(a.output, a.rows * a.width, true);
    s.out(a.inverse, a.rows, true);
    s.in(b.gradOutput, a.rows * a.width);
    s.out(b.gradInput, a.rows * a.width);
    s.run(device.unitRowsBackward, b);
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
