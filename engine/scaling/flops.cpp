// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/flops.h"

#include <algorithm>

#include "engine/core/error.h"

namespace recoscope {

double FlopCount::forward() const
{
    double sum = 0.0;
    for (const WorkPart& part : parts)
        sum += part.forward;
    return sum;
}

double FlopCount::backward() const
{
    double sum = 0.0;
    for (const WorkPart& part : parts)
        sum += part.backward;
    return sum;
}

void FlopCount::add(const std::string& name, double forward, double backward)
{
    if (!(forward > 0.0))
        return;
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const WorkPart& p) { return p.name == name; });
    if (part == parts.end()) {
        parts.push_back({name, forward, backward});
        return;
    }
    part->forward += forward;
    part->backward += backward;
}

FlopCount& FlopCount::operator+=(const FlopCount& other)
{
    for (const WorkPart& part : other.parts)
        add(part.name, part.forward, part.backward);
    return *this;
}

std::vector<std::int64_t> sequenceLengths(std::span<const std::int64_t> offsets)
{
    std::vector<std::int64_t> lengths;
    for (std::size_t b = 1; b < offsets.size(); ++b)
        lengths.push_back(offsets[b] - offsets[b - 1]);
    return lengths;
}

SequenceCounts countSequences(std::span<const std::int64_t> lengths, std::int64_t window)
{
    SequenceCounts counts;
    for (std::int64_t length : lengths) {
        if (length < 0 || window < 0)
            throw Error(ErrorKind::Usage,
                "a sequence cannot have " + std::to_string(std::min(length, window)) + " events",
                "pass the lengths as they are stored, and a window of 0 or more");
        const double n = static_cast<double>(window > 0 ? std::min(length, window) : length);
        counts.sequences += 1.0;
        counts.events += n;
        counts.causalPairs += n * (n + 1.0) / 2.0;
        counts.allPairs += n * n;
    }
    return counts;
}

FlopCount sasRecFlops(const SasRecSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double rows = counts.events * s.layers;
    FlopCount work;
    work.addProduct("projections", rows, s.width, ((s.outputProjection ? 2.0 : 1.0) + 2.0 * s.keyShare) * s.width);
    const double pairs = (s.bidirectional ? counts.allPairs : counts.causalPairs) * s.layers;
    work.add("attention", 2.0 * pairs * (s.width + s.width));
    const double filter = 8.0 * rows * s.filterFrequencies * s.width;
    work.add("filter", filter, filter);
    work.addProduct("feed-forward", rows, s.width, (s.swiGlu ? 3.0 : 2.0) * s.inner);
    if (s.gated)
        work.addProduct("gates", rows, s.width, 2.0 * s.width);
    if (s.denseHead)
        work.addProduct("head", counts.events, s.width, s.width);
    work.addScores(score, s.width);
    return work;
}

FlopCount hstuFlops(const HstuSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double rows = counts.events * s.layers, values = s.heads * s.valueDim, queries = s.heads * s.queryDim;
    FlopCount work;
    if (s.narrowItems > 0.0)
        work.addProduct("item projection", counts.events + score.candidates, s.narrowItems, s.itemWidth);
    work.addProduct("projections", rows, s.width, 2.0 * (values + queries));
    work.add("attention", 2.0 * counts.causalPairs * s.layers * (queries + values));
    work.addProduct("output", rows, (s.concatenate ? 3.0 : 1.0) * values, s.width);
    work.addScores(score, s.itemWidth);
    return work;
}

FlopCount lruRecFlops(const LruRecSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double rows = counts.events * s.layers;
    FlopCount work;
    work.addProduct("projections", rows, s.width, 2.0 * (2.0 * s.state));
    work.add("recurrence", 8.0 * rows * s.state);
    work.addProduct("feed-forward", rows, s.width, 2.0 * s.inner);
    work.addScores(score, s.width);
    return work;
}

FlopCount gru4RecFlops(const Gru4RecSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double inputs = s.embedding + (s.layers - 1.0) * s.hidden;
    FlopCount work;
    work.addProduct("projections", counts.events, inputs, 3.0 * s.hidden);
    work.addProduct("recurrence", counts.events * s.layers, s.hidden, 3.0 * s.hidden);
    work.addProduct("output", counts.events, s.hidden, s.embedding);
    work.addScores(score, s.embedding);
    return work;
}

namespace {

double causal(double rows)
{
    return rows * (rows + 1.0) / 2.0;
}

// Keys and values of the tokens are kept: a segment's rows see those of the `seen` tokens before it.
void addSegment(SequenceCounts& rows, double events, double tokens, double seen, bool tokensRead)
{
    rows.events += events + tokens;
    rows.causalPairs
        += (tokensRead ? causal(events + tokens) : causal(events) + causal(tokens)) + (events + tokens) * seen;
}

} // namespace

CompressedWork compressedWork(
    std::span<const std::int64_t> lengths, const CompressionSizes& sizes, CompressionMemory memory)
{
    CompressedWork work;
    SequenceCounts& rows = work.rows;
    const auto tokens = static_cast<double>(sizes.tokens), events = static_cast<double>(sizes.segment);
    for (const std::int64_t length : lengths) {
        const std::int64_t segments = std::max<std::int64_t>(0, length - sizes.recent) / sizes.segment;
        const auto recent = static_cast<double>(length - segments * sizes.segment);
        rows.sequences += 1.0;
        for (std::int64_t j = 0; j <= segments; ++j) {
            const bool closes = j < segments;
            const double own = closes ? events : recent, added = closes ? tokens : 0.0;
            const double before = tokens
                * static_cast<double>(memory == CompressionMemory::Recursive ? std::min<std::int64_t>(j, 1) : j);
            if (memory == CompressionMemory::KeysValues) {
                addSegment(rows, own, added, before, sizes.tokensRead);
                continue;
            }
            work.reread += before;
            rows.events += before + own + added;
            rows.causalPairs += causal(before + own + added);
        }
    }
    return work;
}

FlopCount argusFlops(
    const ArgusSizes& s, std::span<const std::int64_t> lengths, bool asksFeedback, const ScoreWork& score)
{
    const bool feedback = asksFeedback && s.feedbackClasses > 0.0;
    const SequenceCounts events = countSequences(lengths);
    std::vector<std::int64_t> rows(lengths.begin(), lengths.end());
    for (std::int64_t& row : rows)
        row = s.interleaved ? 3 * row + 1 + (feedback ? 1 : 0) : row;
    FlopCount work = sasRecFlops(s.layers, countSequences(rows), {});
    const double width = s.layers.width, inner = 2.0 * width;
    if (s.itemWidth != width)
        work.addProduct(
            "item widening", events.events + (s.interleaved && feedback ? events.sequences : 0.0), s.itemWidth, width);
    const double state = width + (s.context && !s.interleaved ? width : 0.0);
    const auto addHead = [&](const char* name, double in, double out) {
        work.addProduct(name, events.events, in, inner);
        work.addProduct(name, events.events, inner, out);
    };
    addHead("next-item head", state, s.itemWidth);
    if (feedback)
        addHead("feedback head", state + (s.interleaved ? 0.0 : s.itemWidth), s.feedbackClasses);
    work.addScores(score, s.itemWidth);
    return work;
}

double SrtSizes::parametersWithoutTokens() const
{
    const double layer = 4.0 * width * width + 2.0 * width * inner + 9.0 * width + inner;
    return layers * layer + maxLength * width + (2.0 * tokenWidth * width + width) + 2.0 * width;
}

FlopCount srtFlops(const SrtSizes& s, const SequenceCounts& counts, const ScoreWork& score, double encodedItems)
{
    SasRecSizes user;
    user.width = s.width;
    user.layers = s.layers;
    user.inner = s.inner;
    FlopCount count = sasRecFlops(user, counts, score);
    count.addProduct("item encoder", encodedItems, 2.0 * s.tokenWidth, s.width);
    return count;
}

double srtPaperCompute(const SrtSizes& s, double samples, double negatives)
{
    const double linear = s.maxLength * s.layers * (4.0 * s.width * s.width + 2.0 * s.width * s.inner);
    const double encoder = (s.maxLength + 1.0 + negatives) * 2.0 * s.tokenWidth * s.width;
    const double norms = 4.0 * (2.0 * s.layers + 1.0) * s.maxLength * s.width;
    const double softmax = s.layers * s.heads * s.maxLength * (3.0 * s.maxLength - 1.0);
    return samples * (linear + encoder + norms + softmax);
}

} // namespace recoscope
