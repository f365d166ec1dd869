// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/hstu_checks.h"

#include <algorithm>
#include <cmath>

namespace recoscope::kernels {

namespace {

// Whether the head of a sequence has any rows; refuses what is out of range.
template <class Attention>
bool hasRows(const Checks& check, const Attention& a, std::int64_t sequence, std::int64_t head)
{
    check.require(sequence >= 0 && sequence < sequencesOf(a.offsets), "sequence", "is out of range");
    check.require(head >= 0 && head < a.heads, "head", "is out of range");
    return a.offsets[sequence] != a.offsets[sequence + 1];
}

template <class Attention> void checkFirstCount(const Checks& check, const Attention& a)
{
    check.require(a.firstQueries.empty() || std::ssize(a.firstQueries) == sequencesOf(a.offsets), "firstQueries",
        "has not one number for each sequence");
}

// Tables for `rows` rows, none of them farther than `longest` from the first of its sequence. The contents of
// tables.rows are not read.
void checkTables(
    const Checks& check, const RotaryTables& tables, std::int64_t headDim, std::int64_t rows, std::int64_t longest)
{
    if (!tables.cosine && !tables.sine)
        return;
    check.pointers({{tables.cosine, "rotary.cosine"}, {tables.sine, "rotary.sine"}});
    check.size(tables.positions, "rotary.positions");
    check.require(headDim % 2 == 0, "headDim", "is odd and cannot be turned by rotary");
    check.require(
        tables.rows.empty() || std::ssize(tables.rows) == rows, "rotary.rows", "has not one position for each row");
    check.require(!tables.rows.empty() || longest <= tables.positions, "rotary.positions",
        "is fewer than the rows of the longest sequence");
}

std::int64_t longestOf(std::span<const std::int64_t> offsets)
{
    std::int64_t longest = 0;
    for (std::size_t b = 1; b < offsets.size(); ++b)
        longest = std::max(longest, offsets[b] - offsets[b - 1]);
    return longest;
}

void checkAttention(const Checks& check, const SoftmaxAttentionForward& a)
{
    check.offsets(a.offsets, "offsets");
    check.positive(a.heads, "heads");
    check.require(a.heads < 65535, "heads", "must be below 65,535");
    check.positive(a.headDim, "headDim");
    check.require(a.rowStride >= a.heads * a.headDim, "rowStride", "is smaller than heads * headDim");
    check.probability(a.dropout, "dropout");
    checkFirstCount(check, a);
    checkTables(check, a.rotary, a.headDim, rowsOf(a.offsets), longestOf(a.offsets));
    if (rowsOf(a.offsets) > 0)
        check.pointers({{a.query, "query"}, {a.key, "key"}, {a.value, "value"}});
}

// Rows of a fused projection from their first number to their last.
Checks::Array rowsArray(
    const float* begin, std::int64_t rows, std::int64_t stride, std::int64_t width, const char* name)
{
    return {begin, (rows - 1) * stride + width, name};
}

void checkApart(const Checks& check, const SoftmaxAttentionForward& a)
{
    const std::int64_t rows = a.offsets.back(), width = a.heads * a.headDim;
    const Checks::Array query = rowsArray(a.query, rows, a.rowStride, width, "query"),
                        key = rowsArray(a.key, rows, a.rowStride, width, "key"),
                        value = rowsArray(a.value, rows, a.rowStride, width, "value"),
                        logSumExp{a.logSumExp, rows * a.heads, "logSumExp"};
    check.apart({a.output, rows * width, "output"}, {query, key, value, logSumExp});
    check.apart(logSumExp, {query, key, value});
}

void checkApart(const Checks& check, const HstuAttentionForward& a)
{
    const std::int64_t rows = a.offsets.back(), width = a.heads * a.queryDim;
    check.apart({a.output, rows * a.heads * a.valueDim, "output"},
        {rowsArray(a.query, rows, a.rowStride, width, "query"), rowsArray(a.key, rows, a.rowStride, width, "key"),
            rowsArray(a.value, rows, a.rowStride, a.heads * a.valueDim, "value"),
            {a.positionBias, a.positions, "positionBias"}, {a.timeBias, a.timeBuckets + 1, "timeBias"}});
}

// Gradients of query, key and value lie interleaved as they like, but in none of the inputs.
template <class Backward>
void checkGradients(const Checks& check, const Backward& b, std::int64_t queryWidth, std::int64_t valueWidth)
{
    const auto& a = b.forward;
    const std::int64_t rows = a.offsets.back();
    check.pointers(
        {{b.gradOutput, "gradOutput"}, {b.gradQuery, "gradQuery"}, {b.gradKey, "gradKey"}, {b.gradValue, "gradValue"}});
    const auto apart = [&](const float* gradient, std::int64_t width, const char* name) {
        check.apart(rowsArray(gradient, rows, b.gradStride, width, name),
            {rowsArray(a.query, rows, a.rowStride, queryWidth, "query"),
                rowsArray(a.key, rows, a.rowStride, queryWidth, "key"),
                rowsArray(a.value, rows, a.rowStride, valueWidth, "value"),
                {b.gradOutput, rows * valueWidth, "gradOutput"}});
    };
    apart(b.gradQuery, queryWidth, "gradQuery");
    apart(b.gradKey, queryWidth, "gradKey");
    apart(b.gradValue, valueWidth, "gradValue");
}

void checkHstu(const Checks& check, const HstuAttentionForward& a)
{
    checkHstuShape(check, a);
    if (rowsOf(a.offsets) > 0)
        check.pointers({{a.query, "query"}, {a.key, "key"}, {a.value, "value"}});
}

void checkBlock(const Checks& check, const LruStep& a)
{
    check.positive(a.width, "width");
    check.positive(a.channels, "channels");
    check.positive(a.inner, "inner");
    check.pointers({{a.lambda, "lambda"}, {a.in, "in"}, {a.out, "out"}, {a.w1, "w1"}, {a.w2, "w2"},
        {a.norm1Weight, "norm1Weight"}, {a.norm1Bias, "norm1Bias"}, {a.norm2Weight, "norm2Weight"},
        {a.norm2Bias, "norm2Bias"}, {a.state, "state"}, {a.x, "x"}});
}

// What rows that attend to `kept` kept rows have in common; false when there are none.
template <class Arguments> bool checkRows(const Checks& check, const Arguments& a, std::int64_t kept)
{
    check.size(a.rows, "rows");
    check.positive(a.headDim, "headDim");
    check.require(a.queryStride >= a.headDim, "queryStride", "is below headDim");
    check.require(a.outputStride >= a.headDim, "outputStride", "is below headDim");
    if (a.rows == 0)
        return false;
    check.pointers({{a.query, "query"}, {a.keys, "keys"}, {a.values, "values"}, {a.output, "output"}});
    const auto room = [&](std::int64_t stride) { return (a.rows - 1) * stride + a.headDim; };
    check.apart({a.output, room(a.outputStride), "output"},
        {{a.query, room(a.queryStride), "query"}, {a.keys, kept * a.headDim, "keys"},
            {a.values, kept * a.headDim, "values"}});
    return true;
}

} // namespace

void checkHstuShape(const Checks& check, const HstuAttentionForward& a)
{
    check.offsets(a.offsets, "offsets");
    check.positive(a.heads, "heads");
    check.require(a.heads < 65535, "heads", "must be below 65,535");
    check.positive(a.queryDim, "queryDim");
    check.positive(a.valueDim, "valueDim");
    check.require(a.rowStride >= a.heads * std::max(a.queryDim, a.valueDim), "rowStride", "is smaller than a row");
    check.require(std::isfinite(a.scale), "scale", "must be finite");
    check.require(std::isfinite(a.normaliser) && a.normaliser >= 0.0f, "normaliser", "must be 0 or more");
    checkFirstCount(check, a);
    check.require(a.timeBuckets >= 0 && a.timeBuckets < (1 << 20), "timeBuckets", "must be in [0, 2^20)");
    if (rowsOf(a.offsets) == 0)
        return;
    if (a.timeBias)
        check.pointers({{a.queryTimes, "queryTimes"}, {a.keyTimes, "keyTimes"}});
    for (std::size_t i = 1; a.positionBias && i < a.offsets.size(); ++i)
        check.require(a.offsets[i] - a.offsets[i - 1] <= a.positions, "positions", "is below the longest sequence");
}

bool checkArguments(const LruScanForward& a)
{
    const Checks check("lruScanForward");
    check.offsets(a.offsets, "offsets");
    check.positive(a.channels, "channels");
    if (rowsOf(a.offsets) == 0)
        return false;
    check.pointers({{a.lambda, "lambda"}, {a.input, "input"}, {a.states, "states"}});
    const std::int64_t width = 2 * a.channels, count = a.offsets.back() * width;
    check.apartOrSame({a.states, count, "states"}, {{a.input, count, "input"}});
    check.apart({a.states, count, "states"},
        {{a.lambda, width, "lambda"}, {a.initial, sequencesOf(a.offsets) * width, "initial"}});
    return true;
}

bool checkArguments(const LruScanBackward& a)
{
    const Checks check("lruScanBackward");
    check.offsets(a.offsets, "offsets");
    check.positive(a.channels, "channels");
    check.pointer(a.gradLambda, "gradLambda");
    if (rowsOf(a.offsets) == 0)
        return true;
    check.pointers(
        {{a.lambda, "lambda"}, {a.states, "states"}, {a.gradStates, "gradStates"}, {a.gradInput, "gradInput"}});
    const std::int64_t width = 2 * a.channels, count = a.offsets.back() * width;
    const Checks::Array gradInput{a.gradInput, count, "gradInput"}, states{a.states, count, "states"},
        gradStates{a.gradStates, count, "gradStates"}, lambda{a.lambda, width, "lambda"};
    const Checks::Array initial{a.initial, sequencesOf(a.offsets) * width, "initial"};
    check.apartOrSame(gradInput, {gradStates});
    check.apart(gradInput, {states, lambda, initial});
    check.apart({a.gradLambda, width, "gradLambda"}, {gradInput, gradStates, states, lambda, initial});
    check.apart({a.gradInitial, initial.count, "gradInitial"},
        {gradInput, gradStates, states, lambda, initial, {a.gradLambda, width, "gradLambda"}});
    return true;
}

bool checkArguments(const LruStepOp& op)
{
    const Checks check("lruStep");
    check.size(op.users, "users");
    checkBlock(check, op.step);
    return op.users > 0;
}

bool checkArguments(const LruSteps& a)
{
    const Checks check("lruSteps");
    check.offsets(a.offsets, "offsets");
    if (rowsOf(a.offsets) == 0)
        return false;
    const LruStep& b = a.block;
    checkBlock(check, b);
    const std::int64_t h = b.width, s2 = 2 * b.channels;
    const Checks::Array x{b.x, a.offsets.back() * h, "x"}, state{b.state, sequencesOf(a.offsets) * s2, "state"};
    check.apart(x, {state});
    for (const Checks::Array& output : {x, state})
        check.apart(output,
            {{b.lambda, s2, "lambda"}, {b.in, packedLinearFloats(s2, h), "in"},
                {b.out, packedLinearFloats(h, s2), "out"}, {b.w1, packedLinearFloats(b.inner, h), "w1"},
                {b.w2, packedLinearFloats(h, b.inner), "w2"}});
    return true;
}

bool checkArguments(const RotateRows& a)
{
    const Checks check("rotateRows");
    check.size(a.rows, "rows");
    check.positive(a.heads, "heads");
    check.positive(a.headDim, "headDim");
    const std::int64_t width = a.heads * a.headDim;
    check.require(a.inputStride >= width, "inputStride", "is smaller than heads * headDim");
    check.require(a.outputStride >= width, "outputStride", "is smaller than heads * headDim");
    check.pointers({{a.rotary.cosine, "rotary.cosine"}, {a.rotary.sine, "rotary.sine"}});
    checkTables(check, a.rotary, a.headDim, a.rows, a.rows);
    if (a.rows == 0)
        return false;
    check.pointers({{a.input, "input"}, {a.output, "output"}});
    if (a.output != a.input || a.outputStride != a.inputStride)
        check.apart(rowsArray(a.output, a.rows, a.outputStride, width, "output"),
            {rowsArray(a.input, a.rows, a.inputStride, width, "input")});
    return true;
}

void checkContents(const char* operation, const RotaryTables& tables)
{
    if (tables.cosine)
        Checks(operation).indices(tables.rows.data(), std::ssize(tables.rows), tables.positions, "rotary.rows");
}

bool checkArguments(const CachedAttention& a)
{
    const Checks check("cachedAttention");
    check.size(a.events, "events");
    check.require(a.rows <= a.events, "rows", "exceeds events");
    return checkRows(check, a, a.events);
}

bool checkArguments(const PagedAttention& a)
{
    const Checks check("pagedAttention");
    check.size(a.rows, "rows");
    check.size(a.kept, "kept");
    check.offsets(a.offsets, "offsets");
    check.require(sequencesOf(a.offsets) == a.rows, "offsets", "has not one number more than rows");
    check.require(rowsOf(a.offsets) == std::ssize(a.pages), "offsets", "does not end at the number of pages");
    return checkRows(check, a, a.kept);
}

void checkContents(const PagedAttention& a)
{
    const Checks check("pagedAttention");
    for (const KeptPage& page : a.pages)
        check.require(page.first >= 0 && page.count >= 0 && page.first <= a.kept - page.count, "pages",
            "names rows that are not kept");
    for (std::int64_t r = 0; r < a.rows; ++r) {
        const auto own = a.pages.subspan(a.offsets[r], a.offsets[r + 1] - a.offsets[r]);
        check.require(std::any_of(own.begin(), own.end(), [](const KeptPage& page) { return page.count > 0; }), "pages",
            "leaves a row nothing to attend to");
    }
}

void checkFirstQueries(
    const char* operation, std::span<const std::int64_t> offsets, std::span<const std::int64_t> first)
{
    const Checks check(operation);
    for (std::size_t b = 0; b < first.size(); ++b)
        check.require(
            first[b] >= 0 && first[b] <= offsets[b + 1] - offsets[b], "firstQueries", "is outside a sequence");
}

bool checkArguments(const SoftmaxAttentionForward& a)
{
    const Checks check("softmaxAttentionForward");
    checkAttention(check, a);
    if (rowsOf(a.offsets) == 0)
        return false;
    check.pointers({{a.output, "output"}, {a.logSumExp, "logSumExp"}});
    checkApart(check, a);
    return true;
}

bool checkArguments(const SoftmaxAttentionBackward& b)
{
    const Checks check("softmaxAttentionBackward");
    const SoftmaxAttentionForward& a = b.forward;
    checkAttention(check, a);
    check.require(b.gradStride >= a.heads * a.headDim, "gradStride", "is smaller than heads * headDim");
    if (rowsOf(a.offsets) == 0)
        return false;
    check.pointers({{a.output, "forward.output"}, {a.logSumExp, "forward.logSumExp"}});
    checkGradients(check, b, a.heads * a.headDim, a.heads * a.headDim);
    return true;
}

bool checkArguments(const HstuAttentionForward& a)
{
    const Checks check("hstuAttentionForward");
    checkHstu(check, a);
    if (rowsOf(a.offsets) == 0)
        return false;
    check.pointer(a.output, "output");
    checkApart(check, a);
    return true;
}

bool checkArguments(const HstuAttentionBackward& b)
{
    const Checks check("hstuAttentionBackward");
    const HstuAttentionForward& a = b.forward;
    checkHstu(check, a);
    check.require(b.gradStride >= a.heads * std::max(a.queryDim, a.valueDim), "gradStride", "is smaller than a row");
    if (a.positionBias && a.positions > 0)
        check.pointer(b.gradPositionBias, "gradPositionBias");
    if (a.timeBias)
        check.pointer(b.gradTimeBias, "gradTimeBias");
    if (rowsOf(a.offsets) > 0)
        checkGradients(check, b, a.heads * a.queryDim, a.heads * a.valueDim);
    return true;
}

bool checkHead(const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, const float* out)
{
    const Checks check("softmaxAttentionProbabilities");
    checkAttention(check, a);
    if (!hasRows(check, a, sequence, head))
        return false;
    check.pointer(out, "probabilities");
    return true;
}

bool checkHead(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, const float* out)
{
    const Checks check("hstuAttentionWeights");
    checkHstu(check, a);
    if (!hasRows(check, a, sequence, head))
        return false;
    check.pointer(out, "weights");
    return true;
}

} // namespace recoscope::kernels
