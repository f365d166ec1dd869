// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the operations on packed sequences.
#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recoscope::kernels {

namespace {

std::int64_t sequencesOf(std::span<const std::int64_t> offsets)
{
    return offsets.empty() ? 0 : static_cast<std::int64_t>(offsets.size()) - 1;
}

// Whether the head of a sequence has any rows; refuses what is out of range.
template <class Attention>
bool hasRows(const Checks& check, const Attention& a, std::int64_t sequence, std::int64_t head)
{
    check.require(sequence >= 0 && sequence < sequencesOf(a.offsets), "sequence", "is out of range");
    check.require(head >= 0 && head < a.heads, "head", "is out of range");
    return a.offsets[sequence] != a.offsets[sequence + 1];
}

// Cuts the sequences into blocks of about equal numbers of events; the cut depends on the offsets alone, so sums
// over blocks come out the same on any number of threads. Block i is [cuts[i], cuts[i + 1]).
std::vector<std::int64_t> cutByEvents(std::span<const std::int64_t> offsets)
{
    constexpr std::int64_t mostBlocks = 64, leastEvents = 2048;
    const std::int64_t blocks = std::clamp<std::int64_t>(offsets.back() / leastEvents, 1, mostBlocks);
    std::vector<std::int64_t> cuts{0};
    for (std::int64_t i = 1; i < blocks; ++i) {
        const auto at = std::lower_bound(offsets.begin(), offsets.end(), offsets.back() * i / blocks);
        cuts.push_back(std::max<std::int64_t>(cuts.back(), at - offsets.begin()));
    }
    cuts.push_back(sequencesOf(offsets));
    return cuts;
}

void checkAttention(const Checks& check, const SoftmaxAttentionForward& a)
{
    check.offsets(a.offsets, "offsets");
    check.positive(a.heads, "heads");
    check.require(a.heads < 65535, "heads", "must be below 65,535");
    check.positive(a.headDim, "headDim");
    check.require(a.rowStride >= a.heads * a.headDim, "rowStride", "is smaller than heads * headDim");
    check.probability(a.dropout, "dropout");
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.query, "query");
    check.pointer(a.key, "key");
    check.pointer(a.value, "value");
}

// Rows of a fused projection from their first number to their last.
Checks::Array rowsOf(const float* begin, std::int64_t rows, std::int64_t stride, std::int64_t width, const char* name)
{
    return {begin, (rows - 1) * stride + width, name};
}

// Pairs of sequence and head in one block: about 2^17 multiplications.
std::int64_t attentionGrain(const SoftmaxAttentionForward& a)
{
    const std::int64_t sequences = sequencesOf(a.offsets);
    const std::int64_t length = std::max<std::int64_t>(1, a.offsets.back() / sequences);
    return std::max<std::int64_t>(1, (1 << 17) / (length * length * a.headDim));
}

void checkApart(const Checks& check, const SoftmaxAttentionForward& a)
{
    const std::int64_t rows = a.offsets.back(), width = a.heads * a.headDim;
    const Checks::Array query = rowsOf(a.query, rows, a.rowStride, width, "query"),
                        key = rowsOf(a.key, rows, a.rowStride, width, "key"),
                        value = rowsOf(a.value, rows, a.rowStride, width, "value"),
                        logSumExp{a.logSumExp, rows * a.heads, "logSumExp"};
    check.apart({a.output, rows * width, "output"}, {query, key, value, logSumExp});
    check.apart(logSumExp, {query, key, value});
}

void checkApart(const Checks& check, const HstuAttentionForward& a)
{
    const std::int64_t rows = a.offsets.back(), width = a.heads * a.queryDim;
    check.apart({a.output, rows * a.heads * a.valueDim, "output"},
        {rowsOf(a.query, rows, a.rowStride, width, "query"), rowsOf(a.key, rows, a.rowStride, width, "key"),
            rowsOf(a.value, rows, a.rowStride, a.heads * a.valueDim, "value"),
            {a.positionBias, a.positions, "positionBias"}, {a.timeBias, a.timeBuckets + 1, "timeBias"}});
}

// Gradients of query, key and value lie interleaved as they like, but in none of the inputs.
template <class Backward, class Forward>
void checkGradientsApart(
    const Checks& check, const Backward& b, const Forward& a, std::int64_t queryWidth, std::int64_t valueWidth)
{
    const std::int64_t rows = a.offsets.back();
    const auto apart = [&](const float* gradient, std::int64_t width, const char* name) {
        check.apart(rowsOf(gradient, rows, b.gradStride, width, name),
            {rowsOf(a.query, rows, a.rowStride, queryWidth, "query"),
                rowsOf(a.key, rows, a.rowStride, queryWidth, "key"),
                rowsOf(a.value, rows, a.rowStride, valueWidth, "value"),
                {b.gradOutput, rows * valueWidth, "gradOutput"}});
    };
    apart(b.gradQuery, queryWidth, "gradQuery");
    apart(b.gradKey, queryWidth, "gradKey");
    apart(b.gradValue, valueWidth, "gradValue");
}

void checkHstu(const Checks& check, const HstuAttentionForward& a)
{
    check.offsets(a.offsets, "offsets");
    check.positive(a.heads, "heads");
    check.require(a.heads < 65535, "heads", "must be below 65,535");
    check.positive(a.queryDim, "queryDim");
    check.positive(a.valueDim, "valueDim");
    check.require(a.rowStride >= a.heads * std::max(a.queryDim, a.valueDim), "rowStride", "is smaller than a row");
    check.require(std::isfinite(a.scale), "scale", "must be finite");
    check.require(std::isfinite(a.normaliser) && a.normaliser >= 0.0f, "normaliser", "must be 0 or more");
    check.require(a.timeBuckets >= 0 && a.timeBuckets < (1 << 20), "timeBuckets", "must be in [0, 2^20)");
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.query, "query");
    check.pointer(a.key, "key");
    check.pointer(a.value, "value");
    if (a.timeBias) {
        check.pointer(a.queryTimes, "queryTimes");
        check.pointer(a.keyTimes, "keyTimes");
    }
    for (std::size_t i = 1; a.positionBias && i < a.offsets.size(); ++i)
        check.require(a.offsets[i] - a.offsets[i - 1] <= a.positions, "positions", "is below the longest sequence");
}

// Adds up the blocks in order and overwrites `out`, which may be null.
void joinBlocks(const std::vector<double>& partial, std::int64_t blocks, std::int64_t width, std::int64_t begin,
    std::int64_t end, float* out)
{
    for (std::int64_t c = begin; out && c < end; ++c) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < blocks; ++i)
            sum += partial[i * width + c];
        out[c - begin] = static_cast<float>(sum);
    }
}

} // namespace

void lruScanForward(const LruScanForward& a)
{
    const Checks check("lruScanForward");
    check.offsets(a.offsets, "offsets");
    check.positive(a.channels, "channels");
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.lambda, "lambda");
    check.pointer(a.input, "input");
    check.pointer(a.states, "states");
    check.apartOrSame({a.states, a.offsets.back() * 2 * a.channels, "states"},
        {{a.input, a.offsets.back() * 2 * a.channels, "input"}});
    check.apart({a.states, a.offsets.back() * 2 * a.channels, "states"},
        {{a.lambda, 2 * a.channels, "lambda"}, {a.initial, sequencesOf(a.offsets) * 2 * a.channels, "initial"}});
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    parallelBlocks(
        static_cast<std::int64_t>(cuts.size()) - 1, [&](std::int64_t i) { table.lruForward(a, cuts[i], cuts[i + 1]); });
}

void lruScanBackward(const LruScanBackward& a)
{
    const Checks check("lruScanBackward");
    check.offsets(a.offsets, "offsets");
    check.positive(a.channels, "channels");
    check.pointer(a.gradLambda, "gradLambda");
    const std::int64_t width = 2 * a.channels;
    std::fill_n(a.gradLambda, width, 0.0f);
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.lambda, "lambda");
    check.pointer(a.states, "states");
    check.pointer(a.gradStates, "gradStates");
    check.pointer(a.gradInput, "gradInput");
    const std::int64_t count = a.offsets.back() * width;
    check.apartOrSame({a.gradInput, count, "gradInput"}, {{a.gradStates, count, "gradStates"}});
    check.apart({a.gradInput, count, "gradInput"}, {{a.states, count, "states"}, {a.lambda, width, "lambda"}});
    check.apart({a.gradLambda, width, "gradLambda"},
        {{a.gradInput, count, "gradInput"}, {a.gradStates, count, "gradStates"}, {a.states, count, "states"},
            {a.lambda, width, "lambda"}});
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    const auto blocks = static_cast<std::int64_t>(cuts.size()) - 1;
    std::vector<double> partial(blocks * width, 0.0);
    parallelBlocks(
        blocks, [&](std::int64_t i) { table.lruBackward(a, cuts[i], cuts[i + 1], partial.data() + i * width); });
    joinBlocks(partial, blocks, width, 0, width, a.gradLambda);
}

void softmaxAttentionForward(const SoftmaxAttentionForward& a)
{
    const Checks check("softmaxAttentionForward");
    checkAttention(check, a);
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.output, "output");
    check.pointer(a.logSumExp, "logSumExp");
    checkApart(check, a);
    const KernelTable& table = activeTable();
    parallelRanges(sequencesOf(a.offsets) * a.heads, attentionGrain(a),
        [&](std::int64_t begin, std::int64_t end) { table.attentionForward(a, begin, end); });
}

void softmaxAttentionBackward(const SoftmaxAttentionBackward& a)
{
    const Checks check("softmaxAttentionBackward");
    checkAttention(check, a.forward);
    check.require(a.gradStride >= a.forward.heads * a.forward.headDim, "gradStride", "is smaller than heads * headDim");
    if (a.forward.offsets.empty() || a.forward.offsets.back() == 0)
        return;
    check.pointer(a.forward.output, "forward.output");
    check.pointer(a.forward.logSumExp, "forward.logSumExp");
    check.pointer(a.gradOutput, "gradOutput");
    check.pointer(a.gradQuery, "gradQuery");
    check.pointer(a.gradKey, "gradKey");
    check.pointer(a.gradValue, "gradValue");
    const SoftmaxAttentionForward& f = a.forward;
    checkGradientsApart(check, a, f, f.heads * f.headDim, f.heads * f.headDim);
    const KernelTable& table = activeTable();
    parallelRanges(sequencesOf(a.forward.offsets) * a.forward.heads, attentionGrain(a.forward),
        [&](std::int64_t begin, std::int64_t end) { table.attentionBackward(a, begin, end); });
}

void softmaxAttentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities)
{
    const Checks check("softmaxAttentionProbabilities");
    checkAttention(check, a);
    if (!hasRows(check, a, sequence, head))
        return;
    check.pointer(probabilities, "probabilities");
    activeTable().attentionProbabilities(a, sequence, head, probabilities);
}

void hstuAttentionForward(const HstuAttentionForward& a)
{
    const Checks check("hstuAttentionForward");
    checkHstu(check, a);
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.output, "output");
    checkApart(check, a);
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    parallelBlocks(static_cast<std::int64_t>(cuts.size()) - 1,
        [&](std::int64_t i) { table.hstuForward(a, cuts[i], cuts[i + 1]); });
}

void hstuAttentionBackward(const HstuAttentionBackward& b)
{
    const Checks check("hstuAttentionBackward");
    const HstuAttentionForward& a = b.forward;
    checkHstu(check, a);
    check.require(b.gradStride >= a.heads * std::max(a.queryDim, a.valueDim), "gradStride", "is smaller than a row");
    const std::int64_t positions = a.positionBias ? a.positions : 0, times = a.timeBias ? a.timeBuckets + 1 : 0;
    if (positions > 0)
        check.pointer(b.gradPositionBias, "gradPositionBias");
    if (times > 0)
        check.pointer(b.gradTimeBias, "gradTimeBias");
    std::int64_t blocks = 0;
    const std::int64_t width = positions + times;
    std::vector<double> partial;
    if (!a.offsets.empty() && a.offsets.back() > 0) {
        check.pointer(b.gradOutput, "gradOutput");
        check.pointer(b.gradQuery, "gradQuery");
        check.pointer(b.gradKey, "gradKey");
        check.pointer(b.gradValue, "gradValue");
        checkGradientsApart(check, b, a, a.heads * a.queryDim, a.heads * a.valueDim);
        const KernelTable& table = activeTable();
        const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
        blocks = static_cast<std::int64_t>(cuts.size()) - 1;
        partial.assign(blocks * width, 0.0);
        parallelBlocks(blocks, [&](std::int64_t i) {
            double* sums = partial.data() + i * width;
            table.hstuBackward(b, cuts[i], cuts[i + 1], sums, sums + positions);
        });
    }
    joinBlocks(partial, blocks, width, 0, positions, positions > 0 ? b.gradPositionBias : nullptr);
    joinBlocks(partial, blocks, width, positions, width, times > 0 ? b.gradTimeBias : nullptr);
}

void hstuAttentionWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights)
{
    const Checks check("hstuAttentionWeights");
    checkHstu(check, a);
    if (!hasRows(check, a, sequence, head))
        return;
    check.pointer(weights, "weights");
    activeTable().hstuWeights(a, sequence, head, weights);
}

} // namespace recoscope::kernels
