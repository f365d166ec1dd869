// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/history_tokens.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/nn/functional.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

// The events that tokens stand behind, once for each token.
std::vector<std::int64_t> closingEvents(const SegmentedRows& rows)
{
    std::vector<std::int64_t> events;
    for (std::int64_t row = 0; row < rows.rows(); ++row)
        if (rows.isToken(row))
            events.push_back(rows.event[row]);
    return events;
}

// With times always there, and the last event of a segment asked at its own.
PackedBatch closed(PackedBatch batch, const SegmentedRows& rows)
{
    if (!batch.times.defined()) {
        batch.times = batch.queryTimes = torch::zeros({batch.events()}, batch.items.options().dtype(torch::kInt64));
        return batch;
    }
    const Tensor events = copied(closingEvents(rows), batch.times.device());
    batch.queryTimes = batch.queryTimes.index_copy(0, events, batch.times.index_select(0, events));
    return batch;
}

std::vector<std::int32_t> tokenRows(const SegmentedRows& rows)
{
    std::vector<std::int32_t> found;
    for (std::int64_t row = 0; row < rows.rows(); ++row)
        if (rows.isToken(row))
            found.push_back(static_cast<std::int32_t>(row));
    return found;
}

// [N] int32
Tensor positionsOf(const SegmentedRows& rows, const PackedBatch& batch)
{
    const torch::Device device = batch.positions.device();
    return batch.positions.index_select(0, copied(rows.event, device)) + copied(rows.later, device);
}

// For every token row, the mean of x [T, D] over the j-th of k equal parts of its segment.
Tensor sharesOf(const Tensor& x, const SegmentedRows& rows, std::int64_t tokens)
{
    std::vector<Share> shares;
    for (std::int64_t row = 0; row < rows.rows(); ++row)
        if (rows.isToken(row))
            shares.push_back(Share::of(rows.first[row], rows.event[row] + 1, rows.token[row], tokens));
    return meansOf(x, shares);
}

// The memories' keys and values of a layer at their columns of attention rows, zero elsewhere.
Tensor attentionRows(const HistoryMemories& memories, std::size_t layer, const AttentionModel& model)
{
    const auto ranges = model.keysAndValues();
    std::vector<Tensor> values;
    for (const HistoryMemory* memory : memories)
        if (memory->tokens() > 0)
            values.push_back(memory->values(layer, ranges, model.parameters().type()));
    const Tensor kept = torch::cat(values);
    Tensor rows = torch::zeros({kept.size(0), model.attentionRowWidth()}, kept.options());
    std::int64_t column = 0;
    for (const ColumnRange& range : ranges) {
        const std::int64_t width = range.last - range.first;
        rows.slice(1, range.first, range.last).copy_(kept.slice(1, column, column + width));
        column += width;
    }
    return rows;
}

Tensor keysAndValuesOf(const Tensor& rows, const AttentionModel& model)
{
    std::vector<Tensor> parts;
    for (const ColumnRange& range : model.keysAndValues())
        parts.push_back(rows.slice(1, range.first, range.last));
    return torch::cat(parts, 1);
}

AttentionView viewOf(
    const AttentionModel& model, const PackedBatch& batch, const SegmentedRows& rows, const HistoryMemories& memories)
{
    const torch::Device device = batch.times.device();
    AttentionView view;
    view.sources = copied(rows.sources, device);
    view.offsets = copied(rows.pieceOffsets);
    view.places = copied(rows.places, device);
    view.firstQueries = copied(rows.firstQueries());
    std::vector<std::int64_t> tokenTimes;
    for (const HistoryMemory* memory : memories)
        tokenTimes.insert(tokenTimes.end(), memory->times.begin(), memory->times.end());
    const Tensor before = copied(tokenTimes, device);
    const Tensor event = copied(rows.event, device), own = batch.times.index_select(0, event);
    const Tensor asked = torch::where(copied(rows.token, device) >= 0, own, batch.queryTimes.index_select(0, event));
    view.times = torch::cat({before, own}).index_select(0, view.sources);
    view.queryTimes = torch::cat({before, asked}).index_select(0, view.sources);
    for (std::int64_t layer = 0; !tokenTimes.empty() && layer < model.layerCount(); ++layer)
        view.before.push_back(attentionRows(memories, static_cast<std::size_t>(layer), model));
    return view;
}

} // namespace

HistoryTokens::HistoryTokens(Parameters& parameters, const Json& settings, std::int64_t width, std::int64_t maxLength)
    : HistoryCompression(settings, maxLength)
    , m_pooled(settings.at("initialisation") == "pooled")
{
    if (geometry.tokens > 0)
        m_tokens = parameters.truncatedNormal( // as large as scaled item vectors
            "tokens", {geometry.tokens, width}, true, 0.02 * std::sqrt(static_cast<double>(width)));
}

// [N, D]: rows of events as they are; token j is its learned vector plus its position, plus, when pooled, the mean of
// the j-th of k equal parts of its segment.
Tensor HistoryTokens::insertTokens(
    const AttentionModel& model, const Tensor& x, const Tensor& positions, const SegmentedRows& rows) const
{
    const torch::Device device = x.device();
    std::vector<std::int32_t> order, tokens;
    const std::vector<std::int32_t> at = tokenRows(rows);
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
        order.push_back(rows.isToken(row) ? static_cast<std::int32_t>(x.size(0) + tokens.size()) : rows.event[row]);
        if (rows.isToken(row))
            tokens.push_back(rows.token[row]);
    }
    if (tokens.empty())
        return x;
    Tensor inserted
        = model.placed(nn::embedding(m_tokens, copied(tokens, device)), positions.index_select(0, copied(at, device)));
    if (m_pooled)
        inserted = inserted + sharesOf(x, rows, geometry.tokens);
    return gatherRows(torch::cat({x, inserted}), copied(order, device));
}

Tensor HistoryTokens::encodeRows(const AttentionModel& model, const PackedBatch& given, const SegmentedRows& rows,
    const PassOptions& options, ForwardContext& context) const
{
    const PackedBatch events = closed(given, rows);
    const Tensor positions = positionsOf(rows, events);
    const Tensor x = insertTokens(model, model.input(events, context), positions, rows);
    auto view = std::make_shared<AttentionView>(viewOf(model, events, rows, options.memories));
    if (options.kept) {
        view->kept = options.kept;
        view->keptRows = copied(tokenRows(rows), x.device());
    }
    PackedBatch laidOut;
    laidOut.offsets = copied(rows.offsets);
    laidOut.positions = positions;
    laidOut.view = view;
    const Tensor answers = copied(rows.answer, x.device());
    if (options.asked.defined())
        return model.layersAndHead(
            x, laidOut, context, answers.index_select(0, options.asked.to(x.device())).to(torch::kInt64));
    return gatherRows(model.layersAndHead(x, laidOut, context), answers);
}

Tensor HistoryTokens::encode(
    const AttentionModel& model, const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const
{
    const auto counts = segmentCounts(batch.offsetSpan(), geometry);
    if (std::all_of(counts.begin(), counts.end(), [](std::int64_t count) { return count == 0; }))
        return model.layersAndHead(model.input(batch, context), batch, context, asked);
    return encodeRows(model, batch, segmentRows(batch.offsetSpan(), geometry, counts), {.asked = asked}, context);
}

void HistoryTokens::compress(
    const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory, ForwardContext& context) const
{
    ++memory.segments;
    if (geometry.tokens == 0)
        return;
    const std::int64_t one = 1, before = static_cast<std::int64_t>(memory.times.size());
    std::vector<Tensor> rows;
    encodeRows(model, segment, segmentRows(segment.offsetSpan(), geometry, {&one, 1}, {&before, 1}),
        {.memories = {&memory}, .kept = &rows}, context);
    for (std::size_t layer = 0; layer < rows.size(); ++layer)
        memory.add(layer, keysAndValuesOf(rows[layer], model), model.keysAndValues());
    const std::int64_t last = segment.times.defined() ? segment.times[segment.events() - 1].item<std::int64_t>() : 0;
    memory.times.insert(memory.times.end(), geometry.tokens, last);
}

Tensor HistoryTokens::encodeRecent(const AttentionModel& model, const PackedBatch& recent,
    const HistoryMemories& memories, ForwardContext& context) const
{
    const std::vector<std::int64_t> none(memories.size(), 0);
    std::vector<std::int64_t> before;
    for (const HistoryMemory* memory : memories)
        before.push_back(memory->tokens());
    return encodeRows(model, recent, segmentRows(recent.offsetSpan(), geometry, std::span(none), before),
        {.memories = memories, .asked = recent.lastRows()}, context);
}

Tensor HistoryTokens::encodePartial(
    const AttentionModel& model, const PartialHistories& given, TokenContents* contents, ForwardContext& context) const
{
    SegmentedRows rows = segmentRows(given.events.offsetSpan(), geometry, std::span(given.segments));
    const auto* places = given.events.positions.const_data_ptr<std::int32_t>();
    for (std::size_t b = 0; b + 1 < rows.offsets.size(); ++b)
        for (std::int64_t row = rows.offsets[b]; row < rows.offsets[b + 1]; ++row) {
            if (!rows.isToken(row))
                continue;
            const std::int32_t place = places[rows.event[row]];
            // A token keeps its position where the last event of its segment is absent.
            rows.later[row] = static_cast<std::int32_t>(geometry.segment - 1 - place % geometry.segment);
            if (contents) {
                contents->sequence.push_back(static_cast<std::int64_t>(b));
                contents->token.push_back(geometry.tokenAfter(place, rows.token[row]));
            }
        }
    std::vector<Tensor> kept;
    const bool keeps = contents && !contents->token.empty();
    const Tensor vectors = encodeRows(model, given.events, rows, {.kept = keeps ? &kept : nullptr}, context);
    for (Tensor& layer : kept)
        layer = keysAndValuesOf(layer, model);
    if (keeps)
        contents->values = torch::stack(kept, 1);
    return vectors;
}

} // namespace recoscope::nn
