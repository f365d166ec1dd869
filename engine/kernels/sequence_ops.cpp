// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the operations on packed sequences.
#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels {

namespace {

std::int64_t sequencesOf(std::span<const std::int64_t> offsets)
{
    return offsets.empty() ? 0 : static_cast<std::int64_t>(offsets.size()) - 1;
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

// Pairs of sequence and head in one block: about 2^17 multiplications.
std::int64_t attentionGrain(const SoftmaxAttentionForward& a)
{
    const std::int64_t sequences = sequencesOf(a.offsets);
    const std::int64_t length = std::max<std::int64_t>(1, a.offsets.back() / sequences);
    return std::max<std::int64_t>(1, (1 << 17) / (length * length * a.headDim));
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
    const KernelTable& table = activeTable();
    const std::vector<std::int64_t> cuts = cutByEvents(a.offsets);
    const auto blocks = static_cast<std::int64_t>(cuts.size()) - 1;
    std::vector<double> partial(blocks * width, 0.0);
    parallelBlocks(
        blocks, [&](std::int64_t i) { table.lruBackward(a, cuts[i], cuts[i + 1], partial.data() + i * width); });
    for (std::int64_t c = 0; c < width; ++c) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < blocks; ++i)
            sum += partial[i * width + c];
        a.gradLambda[c] = static_cast<float>(sum);
    }
}

void softmaxAttentionForward(const SoftmaxAttentionForward& a)
{
    const Checks check("softmaxAttentionForward");
    checkAttention(check, a);
    if (a.offsets.empty() || a.offsets.back() == 0)
        return;
    check.pointer(a.output, "output");
    check.pointer(a.logSumExp, "logSumExp");
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
    const KernelTable& table = activeTable();
    parallelRanges(sequencesOf(a.forward.offsets) * a.forward.heads, attentionGrain(a.forward),
        [&](std::int64_t begin, std::int64_t end) { table.attentionBackward(a, begin, end); });
}

void softmaxAttentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities)
{
    const Checks check("softmaxAttentionProbabilities");
    checkAttention(check, a);
    check.require(sequence >= 0 && sequence < sequencesOf(a.offsets), "sequence", "is out of range");
    check.require(head >= 0 && head < a.heads, "head", "is out of range");
    if (a.offsets[sequence] == a.offsets[sequence + 1])
        return;
    check.pointer(probabilities, "probabilities");
    activeTable().attentionProbabilities(a, sequence, head, probabilities);
}

} // namespace recoscope::kernels
