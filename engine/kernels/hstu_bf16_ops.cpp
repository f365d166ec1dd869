// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of HSTU attention on bfloat16. On the processor some sequences at a time become floats, go through the
// kernels for floats, and what these write is rounded: a sequence of L rows is converted once and multiplied L times.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/event_blocks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <vector>

namespace recoscope::kernels {

namespace {

void widen(
    const Bfloat16* from, std::int64_t stride, std::int64_t rows, std::int64_t width, float* to, std::int64_t toStride)
{
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t d = 0; d < width; ++d)
            to[r * toStride + d] = toFloat(from[r * stride + d]);
}

void narrow(
    const float* from, std::int64_t stride, std::int64_t rows, std::int64_t width, Bfloat16* to, std::int64_t toStride)
{
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t d = 0; d < width; ++d)
            to[r * toStride + d] = toBfloat16(from[r * stride + d]);
}

// Sequences [begin, end) as floats: values, queries and keys side by side.
class WideSequences {
public:
    WideSequences(const HstuAttentionBf16Forward& from, std::int64_t begin, std::int64_t end)
        : first(from.shape.offsets[begin])
        , rows(from.shape.offsets[end] - first)
        , queryWidth(from.shape.heads * from.shape.queryDim)
        , valueWidth(from.shape.heads * from.shape.valueDim)
        , stride(valueWidth + 2 * queryWidth)
        , arguments(from.shape)
        , m_inputs(rows * stride)
    {
        const std::int64_t at = first * from.shape.rowStride;
        for (std::int64_t b = begin; b <= end; ++b)
            m_offsets.push_back(from.shape.offsets[b] - first);
        widen(from.value + at, from.shape.rowStride, rows, valueWidth, m_inputs.data(), stride);
        widen(from.query + at, from.shape.rowStride, rows, queryWidth, m_inputs.data() + valueWidth, stride);
        widen(from.key + at, from.shape.rowStride, rows, queryWidth, m_inputs.data() + valueWidth + queryWidth, stride);
        arguments.offsets = m_offsets;
        arguments.value = m_inputs.data();
        arguments.query = arguments.value + valueWidth;
        arguments.key = arguments.query + queryWidth;
        arguments.rowStride = stride;
        if (!arguments.firstQueries.empty())
            arguments.firstQueries = arguments.firstQueries.subspan(begin, end - begin);
        if (arguments.timeBias) {
            arguments.queryTimes += first;
            arguments.keyTimes += first;
        }
    }
    WideSequences(const WideSequences&) = delete;
    WideSequences& operator=(const WideSequences&) = delete;

    std::int64_t sequences() const { return static_cast<std::int64_t>(m_offsets.size()) - 1; }

    const std::int64_t first, rows, queryWidth, valueWidth, stride;
    HstuAttentionForward arguments; // all but the output

private:
    std::vector<std::int64_t> m_offsets;
    std::vector<float> m_inputs;
};

// body(begin, end) for groups of sequences whose floats stay in a cache; a longer sequence is one by itself.
template <class Body>
void forGroups(std::span<const std::int64_t> offsets, std::int64_t begin, std::int64_t end, const Body& body)
{
    constexpr std::int64_t mostEvents = 512;
    while (begin < end) {
        std::int64_t next = begin + 1;
        while (next < end && offsets[next + 1] - offsets[begin] <= mostEvents)
            ++next;
        body(begin, next);
        begin = next;
    }
}

void forwardGroup(const KernelTable& table, const HstuAttentionBf16Forward& a, std::int64_t begin, std::int64_t end)
{
    WideSequences wide(a, begin, end);
    std::vector<float> output(wide.rows * wide.valueWidth);
    wide.arguments.output = output.data();
    table.hstuForward(wide.arguments, 0, wide.sequences());
    narrow(output.data(), wide.valueWidth, wide.rows, wide.valueWidth, a.output + wide.first * wide.valueWidth,
        wide.valueWidth);
}

void backwardGroup(const KernelTable& table, const HstuAttentionBf16Backward& b, std::int64_t begin, std::int64_t end,
    double* gradPosition, double* gradTime)
{
    const WideSequences wide(b.forward, begin, end);
    const std::int64_t outputs = wide.rows * wide.valueWidth;
    std::vector<float> gradOutput(outputs), gradients(wide.rows * wide.stride);
    widen(b.gradOutput + wide.first * wide.valueWidth, wide.valueWidth, wide.rows, wide.valueWidth, gradOutput.data(),
        wide.valueWidth);
    HstuAttentionBackward floats;
    floats.forward = wide.arguments;
    floats.gradOutput = gradOutput.data();
    floats.gradValue = gradients.data();
    floats.gradQuery = floats.gradValue + wide.valueWidth;
    floats.gradKey = floats.gradQuery + wide.queryWidth;
    floats.gradStride = wide.stride;
    table.hstuBackward(floats, 0, wide.sequences(), gradPosition, gradTime);
    const std::int64_t at = wide.first * b.gradStride;
    narrow(floats.gradValue, wide.stride, wide.rows, wide.valueWidth, b.gradValue + at, b.gradStride);
    narrow(floats.gradQuery, wide.stride, wide.rows, wide.queryWidth, b.gradQuery + at, b.gradStride);
    narrow(floats.gradKey, wide.stride, wide.rows, wide.queryWidth, b.gradKey + at, b.gradStride);
}

} // namespace

void hstuAttentionBf16Forward(const HstuAttentionBf16Forward& a)
{
    if (!checkArguments(a))
        return;
    const std::span<const std::int64_t> offsets = a.shape.offsets;
    checkFirstQueries("hstuAttentionBf16Forward", offsets, a.shape.firstQueries);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(offsets);
    parallelBlocks(static_cast<std::int64_t>(cuts.size()) - 1, [&](std::int64_t i) {
        forGroups(offsets, cuts[i], cuts[i + 1],
            [&](std::int64_t begin, std::int64_t end) { forwardGroup(table, a, begin, end); });
    });
}

void hstuAttentionBf16Backward(const HstuAttentionBf16Backward& b)
{
    checkArguments(b);
    const HstuAttentionForward& shape = b.forward.shape;
    checkFirstQueries("hstuAttentionBf16Backward", shape.offsets, shape.firstQueries);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, b);
    const KernelTable& table = activeTable();
    hstuBackwardBlocks(shape, b.gradPositionBias, b.gradTimeBias,
        [&](std::int64_t first, std::int64_t last, double* gradPosition, double* gradTime) {
            forGroups(shape.offsets, first, last, [&](std::int64_t begin, std::int64_t end) {
                backwardGroup(table, b, begin, end, gradPosition, gradTime);
            });
        });
}

} // namespace recoscope::kernels
