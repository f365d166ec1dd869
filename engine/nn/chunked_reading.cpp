// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/chunked_reading.h"

#include <algorithm>

#include "engine/nn/pass_threads.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

// Events [begin, end) of all histories, asked for when the event after them came.
PackedBatch eventsOf(const PackedView& histories, std::int64_t begin, std::int64_t end, std::int64_t requestTime)
{
    const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    PackedSequences part;
    if (histories.times.empty())
        part.append(histories.items.subspan(first, count));
    else
        part.append(histories.items.subspan(first, count), histories.times.subspan(first, count), requestTime);
    if (!histories.feedback.empty())
        part.appendFeedback(histories.feedback.subspan(first, count));
    part.appendMarks(histories.marksOf(first, count));
    return makePackedBatch(part.view());
}

std::int64_t windowOf(const NeuralModel& model, const PackedView& histories, std::int64_t b)
{
    return std::min(static_cast<std::int64_t>(histories.sequence(b).size()), model.setup().maxLength);
}

} // namespace

bool readsInChunks(const NeuralModel& model, const PackedView& histories, std::int64_t b)
{
    return model.carriedFloats() > 0 && windowOf(model, histories, b) > chunkEvents;
}

Tensor lastVectorByChunks(
    const NeuralModel& model, const PackedView& histories, std::int64_t b, std::int64_t chunk, ForwardContext& context)
{
    const torch::NoGradGuard guard;
    const std::int64_t end = histories.offsets[static_cast<std::size_t>(b) + 1];
    Tensor carried = torch::zeros({1, model.carriedFloats()}, model.itemTable().options()), rows;
    for (std::int64_t begin = end - windowOf(model, histories, b); begin < end; begin += chunk) {
        const std::int64_t stop = std::min(end, begin + chunk);
        std::int64_t request = 0;
        if (!histories.times.empty())
            request = stop < end                 ? histories.times[static_cast<std::size_t>(stop)]
                : histories.requestTimes.empty() ? histories.times[static_cast<std::size_t>(end) - 1]
                                                 : histories.requestTimes[static_cast<std::size_t>(b)];
        const PassThreads threads((stop - begin) * (stop - begin + 64));
        rows = model.encodeChunk(eventsOf(histories, begin, stop, request), carried, context);
    }
    return rows[rows.size(0) - 1];
}

namespace {

// Rows [first, first + count) of a batch, with every sequence of it.
PackedBatch cut(const PackedBatch& batch, std::int64_t first, std::int64_t count)
{
    const auto rows = [&](const Tensor& t) { return t.defined() ? t.slice(0, first, first + count) : t; };
    PackedBatch part;
    part.items = rows(batch.items);
    part.offsets = (batch.offsets - first).clamp(0, count);
    part.positions = rows(batch.positions);
    part.padMask = rows(batch.padMask);
    part.times = rows(batch.times);
    part.queryTimes = rows(batch.queryTimes);
    part.feedback = rows(batch.feedback);
    part.surfaces = rows(batch.surfaces);
    part.kinds = rows(batch.kinds);
    part.nextSurfaces = rows(batch.nextSurfaces);
    return part;
}

std::int64_t longestSequence(const PackedBatch& batch)
{
    const auto offsets = batch.offsetSpan();
    std::int64_t longest = 0;
    for (std::size_t b = 1; b < offsets.size(); ++b)
        longest = std::max(longest, offsets[b] - offsets[b - 1]);
    return longest;
}

// What a chunk began with.
struct ChunkStart {
    std::int64_t first, count;
    Tensor carried;
    ForwardContext context;
};

void backwardByChunks(
    const NeuralModel& model, const PackedBatch& batch, const std::vector<ChunkStart>& chunks, const Tensor& gradRows)
{
    const torch::AutoGradMode enabled(true);
    Tensor gradCarried = torch::zeros_like(chunks.front().carried);
    for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
        const Tensor before = chunk->carried.detach().requires_grad_();
        ForwardContext context = chunk->context;
        Tensor carried = before;
        const Tensor rows = model.encodeChunk(cut(batch, chunk->first, chunk->count), carried, context);
        torch::autograd::backward(
            {rows, carried}, {gradRows.slice(0, chunk->first, chunk->first + chunk->count), gradCarried});
        gradCarried = before.grad();
    }
}

} // namespace

Tensor encodeForTraining(
    const NeuralModel& model, const PackedBatch& batch, ForwardContext& context, std::int64_t chunk)
{
    if (model.carriedFloats() == 0 || longestSequence(batch) <= chunk)
        return model.encode(batch, context);
    std::vector<ChunkStart> chunks;
    std::vector<Tensor> parts;
    {
        const torch::NoGradGuard guard;
        Tensor carried = torch::zeros({batch.sequences(), model.carriedFloats()}, model.itemTable().options());
        for (std::int64_t first = 0; first < batch.events(); first += chunk) {
            const std::int64_t count = std::min(chunk, batch.events() - first);
            chunks.push_back({first, count, carried, context});
            parts.push_back(model.encodeChunk(cut(batch, first, count), carried, context));
        }
    }
    Tensor rows = torch::cat(parts).requires_grad_();
    rows.register_hook([&model, batch, chunks = std::move(chunks)](
                           const Tensor& gradRows) { backwardByChunks(model, batch, chunks, gradRows); });
    return rows;
}

} // namespace recoscope::nn
